"""Which stored functions the files of a folder define. Names are found by plain text searches, so that a folder may hold hundreds of files.

`.kql` and `.csl`: the function named like the file, the one that a last `let` defines, or those of `.create-or-alter function`
commands. YAML and JSON are read in `function_documents.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from kqlpy.environment.function_documents import Document, FromDocument, names_in_json, names_in_yaml
from kqlpy.environment.written import Written
from kqlpy.rules import messages
from kqlpy.rules.load import read_text, without_fence
from kqlpy.source import Source

__all__ = ["COMMAND", "TEXT", "Definition", "FromText", "list_functions"]


class Definition(Protocol):
    """A place that defines a function. `doubtful`: whether it does shows only when it is parsed."""

    @property
    def file(self) -> str:
        """The file."""

    @property
    def doubtful(self) -> bool:
        """True when the text may turn out to define nothing of the name."""

    def read(self) -> Written | None:
        """The function as written; None when there is none after all."""


@dataclass(frozen=True)
class FromText:
    """A function in a file of KQL, or given as text."""

    written: Written
    doubtful: bool = False

    @property
    def file(self) -> str:
        """The file of the text."""
        return self.written.body.file or ""

    def read(self) -> Written:
        """The text."""
        return self.written


def list_functions(folder: Path) -> dict[str, list[Definition]]:
    """Name -> definitions, the one to take first: KQL files before YAML, YAML before JSON. Raises KqlRuleError."""
    if not folder.is_dir():
        raise messages.unreadable(str(folder), "it is not a folder" if folder.exists() else "there is no such folder")
    found: dict[str, list[Definition]] = {}
    files = (file for file in folder.rglob("*") if file.suffix.lower() in _ENDINGS and file.is_file())
    for file in sorted(files, key=lambda file: (_ENDINGS[file.suffix.lower()], str(file))):
        for name, definition in _definitions(file):
            found.setdefault(name, []).append(definition)
    return found


_ENDINGS = {".kql": 0, ".csl": 0, ".yaml": 1, ".yml": 1, ".json": 2}


def _definitions(file: Path) -> Iterator[tuple[str, Definition]]:
    source = Source(read_text(file), str(file))
    match _ENDINGS[file.suffix.lower()]:
        case 0:
            yield from _in_query(source, file.stem)
        case 1:
            document = Document(source)
            yield from ((name, FromDocument(document, name)) for name in names_in_yaml(source.text))
        case _:
            document = Document(source)
            yield from ((name, FromDocument(document, name)) for name in names_in_json(source.text))


def _in_query(source: Source, stem: str) -> Iterator[tuple[str, Definition]]:
    starts = [match.start() for match in _COMMANDS.finditer(source.text)]
    for start, end in pairwise([*starts, len(source.text)]):
        command = COMMAND.match(source.text, start, end)
        if command:
            yield command[1] or command[2], FromText(Written(source, start, end))
    if starts:
        return
    inner, skipped = without_fence(source.text)
    written = Written(source, skipped, skipped + len(inner))
    yield stem, FromText(written)
    lets = list(_LET.finditer(source.text))
    if lets and lets[-1][1] != stem and _ENDS_A_LET.search(source.text[lets[-1].end() :]):
        yield lets[-1][1], FromText(written, doubtful=True)


TEXT = r""""(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|//[^\n]*"""
"""A text or a comment, in which brackets mean nothing."""

COMMAND = re.compile(
    rf"""\.(?:create|alter|create-or-alter)\s+function\s+(?:ifnotexists\s+)?(?:with\s*\((?:{TEXT}|[^()"'])*+\)\s*)?(?:\['([^']+)'\]|([\w-]+))\s*(?=\()"""
)
"""What stands before the parameters in the command that stores a function; group 1 or 2 is its name."""

_COMMANDS = re.compile(r"^\.(?=create|alter)", re.MULTILINE)
_LET = re.compile(r"^let\s+([A-Za-z_]\w*)\s*=\s*(?:view\s*)?\(", re.MULTILINE)
_ENDS_A_LET = re.compile(r"\}\s*;?\s*(?://[^\n]*\s*)*\Z")
