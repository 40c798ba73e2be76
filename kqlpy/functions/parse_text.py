"""Functions that take structured text apart: CSV records, XML, file paths, versions, command lines; and `format_bytes`."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any
from xml.parsers import expat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import dynamic, lanes
from kqlpy.columns.byte_places import rows_of_bytes
from kqlpy.columns.pieces import pieces
from kqlpy.columns.reals import format_real
from kqlpy.columns.texts import Value
from kqlpy.columns.xml_shapes import read_by_shape
from kqlpy.errors import KqlSemanticError, KqlUnsupportedError
from kqlpy.functions.registry import scalar
from kqlpy.types import Type

__all__ = ["format_bytes", "parse_command_line", "parse_csv", "parse_path", "parse_version", "parse_xml"]

_LONGEST_XML = 1_048_576


@scalar("(text: string) -> dynamic", rows=True, naming="first")
def parse_csv(text: str) -> list[str]:
    r"""The values of the first record of comma-separated text; a quoted value may hold commas, line ends and doubled quotes.

    >>> print parse_csv('aa,"b,b",cc\nsecond,record')
    ["aa","b,b","cc"]
    """
    values: list[str] = []
    at = 0
    while True:
        value = _VALUE.match(text, at)
        assert value is not None
        values.append(value["plain"] if value["quoted"] is None else value["quoted"].replace('""', '"') + value["rest"])
        at = value.end() + 1
        if text[at - 1 : at] != ",":
            return values


_VALUE = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"?(?P<rest>[^,\r\n]*)|(?P<plain>[^,\r\n]*)')


def _common_xml(text: pa.Array) -> tuple[np.ndarray, pa.Array] | None:
    if (pc.max(pc.binary_length(text)).as_py() or 0) > _LONGEST_XML:
        return None
    return read_by_shape(text, lambda some: dynamic.from_values([parse_xml(one) for one in some.to_pylist()]))


@scalar("(text: string) -> dynamic", rows=True, arrays=_common_xml, naming="first")
def parse_xml(text: str) -> Any:
    """XML as a bag: `@name` for attributes, `#text` for text beside them, an array for repeated elements; null when it is not well formed.

    >>> print parse_xml("<e name='value'><a>1</a><a>2</a></e>")
    {"e":{"@name":"value","a":["1","2"]}}
    """
    if len(text.encode()) > _LONGEST_XML:
        return None
    reader = _XmlReader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(text.strip().encode(), True)
    except (expat.ExpatError, ValueError):
        return None
    return reader.root


class _XmlReader:
    """Builds the bag while the parser reads; entities of one's own are refused, as they can blow up a small text."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.open: list[dict[str, Any]] = [self.root]

    def start(self, _: str, attributes: dict[str, str]) -> None:
        self.open.append({f"@{name}": value for name, value in attributes.items()})

    def end(self, name: str) -> None:
        bag = self.open.pop()
        _add(self.open[-1], name, _simplest(bag))

    def text(self, text: str) -> None:
        if text.strip():
            _add(self.open[-1], "#text", text.strip())

    def entity(self, *_: Any) -> None:
        raise ValueError("entities are not read")


def _add(bag: dict[str, Any], name: str, value: Any) -> None:
    if name not in bag:
        bag[name] = value
    elif isinstance(bag[name], list):
        bag[name].append(value)
    else:
        bag[name] = [bag[name], value]


def _simplest(bag: dict[str, Any]) -> Any:
    if not bag:
        return None
    return bag["#text"] if len(bag) == 1 and isinstance(bag.get("#text"), str) else bag


@scalar("(path: string) -> dynamic", rows=True)
def parse_path(path: str) -> dict[str, str]:
    r"""The parts of a file path as a bag; a part that is missing is an empty text.

    >>> print parse_path(@"C:\temp\file.txt").Extension
    txt
    """
    scheme, mark, rest = path.partition("://")
    if not mark or not scheme.isalnum():
        scheme, rest = "", path
    root = re.match(r"[A-Za-z]:[\\/]", rest)
    cut = max(rest.rfind("\\"), rest.rfind("/"))
    directory, last = rest[: max(cut, 0)], rest[cut + 1 :]
    if root and len(directory) < root.end():
        directory = root[0]
    filename, _, stream = last.partition(":")
    return {
        "Scheme": scheme,
        "RootPath": root[0] if root else "",
        "DirectoryPath": directory,
        "DirectoryName": re.split(r"[\\/]", directory)[-1],
        "Filename": filename,
        "Extension": filename.rpartition(".")[2] if "." in filename else "",
        "AlternateDataStreamName": stream,
    }


_VERSION = re.compile(r"\d{1,8}(?:\.\d{1,8}){0,3}", re.ASCII)


@scalar("(version: string) -> decimal", rows=True)
def parse_version(version: str) -> Decimal | None:
    """A version of one to four numbers as one decimal that sorts as the version does; null when it is none.

    Each number takes eight digits; missing ones count as zero.

    >>> print parse_version("0.0.7.0")
    700000000
    """
    if not _VERSION.fullmatch(version):
        return None
    return Decimal("".join(part.zfill(8) for part in [*version.split("."), "0", "0", "0"][:4]))


def _plain_commands(command: Value, parser: Value) -> tuple[np.ndarray, pa.Array] | None:
    """`parse_command_line` of lines whose quotes come in pairs, none beside another or behind a backslash."""
    if not isinstance(command, pa.Array) or isinstance(parser, pa.Array) or parser.as_py().lower() != "windows":
        return None
    plain = pc.and_(pc.match_substring_regex(command, _PLAIN_COMMAND), pc.invert(pc.match_substring_regex(command, r'[\\"]"')))
    rows = rows_of_bytes(command.filter(plain))
    blanks = np.flatnonzero((rows.data == ord(" ")) | (rows.data == ord("\t")))
    outside = np.searchsorted(rows.signs('"'), blanks) % 2 == 0
    starts, stops, row = rows.parts(blanks[outside], rows.starts, rows.ends)
    words = pieces(rows.data, starts, stops)
    if len(rows.signs('"')):
        words = pc.replace_substring(words, '"', "")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(rows.starts)))])
    return plain.to_numpy(zero_copy_only=False), lanes.make_lane(offsets, words, Type.STRING)


_PLAIN_COMMAND = r'^(?:"[^"]*"|[^ \t"]+)(?:[ \t]+(?:[^ \t"]|"[^"]*")+)*[ \t]*$'


@scalar("(command: string, parser: string) -> dynamic", rows=True, arrays=_plain_commands)
def parse_command_line(command: str, parser: str) -> list[str] | None:
    r"""The arguments of a command line, as Windows' CommandLineToArgvW divides it; null when the parser is not `windows`.

    >>> print parse_command_line('echo "hello world!"', "windows")
    ["echo","hello world!"]
    """
    if parser.lower() != "windows":
        raise KqlUnsupportedError(f"kqlpy does not run parse_command_line() with the parser {parser!r}", code="KQLPY001")
    if not command.strip():
        return None
    program = re.match(r'"([^"]*)"?|([^ \t]*)', command)
    assert program is not None
    return [program[1] if program[1] is not None else program[2], *_arguments(command[program.end() :])]


def _arguments(text: str) -> list[str]:
    """What follows the program's name: blanks divide outside quotes; backslashes count only before a quote; of three quotes one stays."""
    found: list[str] = []
    current: list[str] = []
    started, quotes, slashes = False, 0, 0
    for at, char in enumerate(text):
        if char in " \t" and not quotes:
            if started:
                found.append("".join(current))
            current, started, slashes = [], False, 0
            continue
        started = True
        if char != '"':
            current.append(char)
            slashes = slashes + 1 if char == "\\" else 0
            continue
        del current[len(current) - (slashes + 1) // 2 :]
        if slashes % 2:
            current.append('"')
        else:
            quotes += 1
        slashes = 0
        if quotes == 3:
            current.append('"')
            quotes = 0
        elif quotes == 2 and text[at + 1 : at + 2] != '"':
            quotes = 0
    return [*found, "".join(current)] if started else found


_UNITS = ("Bytes", "KB", "MB", "GB", "TB", "PB", "EB")


@scalar("(size: number, precision: const number = ?, units: const string = ?) -> string", rows=True, naming="first")
def format_bytes(size: Any, precision: Any = 0, units: str = "") -> str:
    """A number of bytes in a fitting or a given unit of 1,024, rounded to so many digits.

    >>> print format_bytes(20010332, 2)
    19.08 MB
    """
    value = float(size)
    if not math.isfinite(value):
        return f"{format_real(value)} {_UNITS[0]}"
    if units:
        names = [name for name in _UNITS if name.lower() == units.lower()]
        if not names:
            raise KqlSemanticError(f"format_bytes(): {units!r} is none of {', '.join(_UNITS)}", code="SEM0231")
        power = _UNITS.index(names[0])
    else:
        power = 0
        while abs(value) >= 1024 ** (power + 1) and power < len(_UNITS) - 1:
            power += 1
    scaled = value / 1024**power
    if precision > _MOST_DIGITS:
        return f"{_plain(scaled)} {_UNITS[power]}"
    scale = 10 ** max(int(precision), -_MOST_DIGITS)
    rounded = math.copysign(math.floor(abs(scaled) * scale + 0.5) / scale, scaled)
    return f"{_plain(rounded)} {_UNITS[power]}"


#: digits behind the point that rounding can touch
_MOST_DIGITS = 15


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)
