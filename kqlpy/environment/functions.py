"""Stored functions by name, from a folder or from texts. Only names are looked for at first; a function is parsed when a query calls it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import RLock

from kqlpy.environment import messages
from kqlpy.environment.function_files import COMMAND, TEXT, Definition, FromText, list_functions
from kqlpy.environment.positions import SourceMap, shift
from kqlpy.environment.written import Written
from kqlpy.errors import KqlError
from kqlpy.source import Source, Span
from kqlpy.syntax import ast
from kqlpy.syntax.parser import parse

__all__ = ["FunctionLibrary"]


class FunctionLibrary(Mapping[str, ast.Function]):
    """Name -> function. `given` is a folder, or maps names to texts: `(parameters) { body }`, `let f = ...`, or a query."""

    def __init__(self, given: str | Path | Mapping[str, str] | None = None) -> None:
        self._definitions: dict[str, list[Definition]] = {}
        if isinstance(given, Mapping):
            self._definitions = {name: [FromText(Written(Source(text, f"function {name}")))] for name, text in given.items()}
        elif given is not None:
            self._definitions = list_functions(Path(given))
        self._places = SourceMap()
        self._found: dict[str, ast.Function | None] = {}
        self._lock = RLock()

    def __getitem__(self, name: str) -> ast.Function:
        """The function, parsed at its first call. Raises a KqlError when it cannot be."""
        with self._lock:
            if name not in self._found:
                self._found[name] = self._parsed(name)
        found = self._found[name]
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        definitions = self._definitions.get(str(name))
        return definitions is not None and (not definitions[0].doubtful or self.get(str(name)) is not None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)

    def locate(self, error: KqlError) -> KqlError:
        """The error, told in the file of the stored function that it lies in."""
        return self._places.locate(error)

    def note(self, name: str) -> str | None:
        """A remark on a function that several files define."""
        files = list(dict.fromkeys(definition.file for definition in self._definitions.get(name, ())))
        return f"several files define the function `{name}`: {files[0]} is taken, not {', '.join(files[1:])}" if len(files) > 1 else None

    def _parsed(self, name: str) -> ast.Function | None:
        definition = self._definitions[name][0]
        written = definition.read()
        found = _function(written, self._places, lets=definition.doubtful) if written is not None else None
        if found is None and not definition.doubtful:
            raise messages.not_a_function(name, written.body if written else Source("", definition.file))
        return found


# ---------------------------------------------------------------- one function


def _function(written: Written, places: SourceMap, *, lets: bool) -> ast.Function | None:
    """The function of a text; None for a text of lets whose last is no function, and where only `lets` count for a query."""
    text = _Text(written, places.place(written.body))
    if written.parameters:
        return ast.Function(_parameters(written, text.base), text.parse(""), span=text.top)
    tree = text.parse("let f = " if text.has_parameters else "")
    *before, last = tree.statements
    if not isinstance(last, ast.Let):
        return None if lets else ast.Function((), tree, span=text.top)
    if not isinstance(last.value, ast.Function):
        return None
    body = last.value.body
    body = ast.Query((*before, *body.statements), span=body.span) if before else body
    return ast.Function(last.value.params, body, last.value.view, span=last.value.span)


class _Text:
    """The stretch of a text that holds a function, behind comments and a command such as `.create-or-alter function Name`."""

    def __init__(self, written: Written, base: int) -> None:
        self.base = base
        self.top = Span(base, base + 1)
        self._source = written.body
        whole = written.body.text
        self._end = len(whole) if written.end is None else written.end
        lead = _LEAD.match(whole, written.start, self._end)
        assert lead is not None
        command = COMMAND.match(whole, lead.end(), self._end)
        self._start = (command or lead).end()

    @property
    def has_parameters(self) -> bool:
        """True when the text is `(parameters) { body }`."""
        return _HAS_PARAMETERS.match(self._source.text, self._start, self._end) is not None

    def parse(self, prefix: str) -> ast.Query:
        """The tree of the text behind a prefix, with the spans that the whole text has in the map; errors have their places in the text."""
        moved = self._start - len(prefix)
        try:
            return shift(parse(prefix + self._source.text[self._start : self._end]), self.base + moved)
        except KqlError as error:
            for one in error.errors:
                one.source = self._source
                if one.span is not None:
                    one.span = Span(max(0, one.span.start + moved), max(0, one.span.end + moved))
            raise


def _parameters(written: Written, base: int) -> tuple[ast.FunctionParam, ...]:
    """Parameters that stand apart from the body; their places are those of the body's first characters."""
    try:
        tree = parse(f"let f = ({written.parameters}) {{ print 1 }};")
    except KqlError as error:
        for one in error.errors:
            one.source, one.span = written.body, Span(0, 1)
        error.hint = f"in the list of parameters: {written.parameters}"
        raise
    statement = tree.statements[0]
    assert isinstance(statement, ast.Let)
    assert isinstance(statement.value, ast.Function)
    return shift(statement.value.params, base)


_LEAD = re.compile(r"(?:\s|//[^\n]*(?:\n|\Z))*+")
_HAS_PARAMETERS = re.compile(
    rf"""(?:view\s*)?\((?:{TEXT}|[^()"']|\((?:{TEXT}|[^()"']|\((?:{TEXT}|[^()"'])*+\))*+\))*+\)\s*(?://[^\n]*\n\s*)*+\{{"""
)
