"""Stored functions in YAML, as ASIM parsers and Sentinel functions come, and in JSON, as the saved searches of deployment templates.

JSON is read as the YAML that it nearly is, so that positions in it are known too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kqlpy.environment.written import Written
from kqlpy.rules.load import without_fence
from kqlpy.rules.yaml_text import Listing, Mapped, Node, RuleSource, Scalar, plain, read_yaml
from kqlpy.source import Source

__all__ = ["Document", "FromDocument", "names_in_json", "names_in_yaml"]

_NAMES = ("FunctionName", "FunctionAlias", "ParserName", "EquivalentBuiltInParser", "functionAlias")
_QUERIES = ("FunctionQuery", "ParserQuery", "query")
_PARAMETERS = ("ParserParams", "FunctionParams", "FunctionParameters", "functionParameters")
_IN_YAML = re.compile(rf"""^(?:{"|".join(_NAMES[:4])})[ \t]*:[ \t]*["']?([A-Za-z_][\w.-]*)""", re.MULTILINE)
_IN_JSON = re.compile(r'"functionAlias"\s*:\s*"([A-Za-z_][\w.-]*)"')


def names_in_yaml(text: str) -> list[str]:
    """The names of the function in the text of a YAML file; an ASIM parser has two (`imDns`, `_Im_Dns`)."""
    return list(dict.fromkeys(_IN_YAML.findall(text)))


def names_in_json(text: str) -> list[str]:
    """The names of the functions in the text of a deployment template."""
    return list(dict.fromkeys(_IN_JSON.findall(text)))


@dataclass(frozen=True)
class Document:
    """A file, read when one of its functions is called for."""

    source: Source

    @cached_property
    def functions(self) -> Mapping[str, Written]:
        """The functions by all their names."""
        found: dict[str, Written] = {}
        for mapped in _mappings(read_yaml(self.source)):
            body = next((node for key in _QUERIES if isinstance(node := mapped.items.get(key), Scalar)), None)
            names = [plain(mapped.items[key]) for key in _NAMES if key in mapped.items]
            if body is not None and names:
                text, skipped = without_fence(body.text)
                source = RuleSource(text, self.source.file, whole=self.source.text, scalar=body, skipped=skipped)
                written = Written(source, parameters=_parameters(mapped))
                found |= {name: written for name in names if isinstance(name, str) and name not in found}
        return found


@dataclass(frozen=True)
class FromDocument:
    """A function in a document."""

    document: Document
    name: str
    doubtful: bool = False

    @property
    def file(self) -> str:
        """The file of the document."""
        return self.document.source.file or ""

    def read(self) -> Written | None:
        """The function's text and parameters."""
        return self.document.functions.get(self.name)


def _mappings(nodes: list[Node]) -> Iterator[Mapped]:
    """All mappings, outer ones first."""
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if isinstance(node, Mapped):
            yield node
            stack.extend(reversed(node.items.values()))
        elif isinstance(node, Listing):
            stack.extend(reversed(node.items))


# ---------------------------------------------------------------- parameters


def _parameters(mapped: Mapped) -> str:
    """The list of parameters as KQL: JSON has it as a text, YAML as Name, Type and Default of each."""
    node = next((mapped.items[key] for key in _PARAMETERS if key in mapped.items), None)
    given = plain(node) if node is not None else None
    if isinstance(given, list):
        return ", ".join(_parameter(fields) for fields in given if isinstance(fields, dict))
    return given if isinstance(given, str) else ""


def _parameter(fields: dict[str, Any]) -> str:
    name, type_ = fields.get("Name"), str(fields.get("Type", "string")).strip()
    if type_.startswith("table"):
        return f"{name}:{type_.removeprefix('table').lstrip(': ') or '(*)'}"
    default = fields.get("Default")
    return f"{name}:{type_}" if default is None else f"{name}:{type_}={_literal(default, type_)}"


def _literal(default: Any, type_: str) -> str:
    """A default as KQL: YAML has taken the quotes of texts, and its booleans are Python's."""
    text = str(default).lower() if isinstance(default, bool) else str(default)
    if type_ != "string" or text[:1] in ("'", '"', "@"):
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
