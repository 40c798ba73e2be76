"""Windows event logs (.evtx), read with the package `evtx` (extra `evtx`): events as the tables SecurityEvent, Event or WindowsEvent hold them.

How an event becomes a row is in `event_columns.py`. Events come one by one as XML: to parse and spread one takes about 70 us.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any
from xml.etree import ElementTree

from kqlpy.schema import Schema
from kqlpy.sources import messages
from kqlpy.sources.event_columns import Event, as_event, as_security_event, as_windows_event, is_security
from kqlpy.sources.files import DataFile
from kqlpy.sources.headers import Header, read_headers
from kqlpy.sources.parts import Block, TextPart
from kqlpy.sources.read_options import PLAINLY, ReadOptions
from kqlpy.sources.reports import FileLog
from kqlpy.sources.row_columns import Gathered, Row, columns_of
from kqlpy.sources.schemas import table_schema
from kqlpy.types import Type

__all__ = ["EventLogPart"]

_BLOCK_ROWS = 65_536
_STEP = 1024
_LAYOUTS: dict[str, Callable[[Event], Row]] = {"SecurityEvent": as_security_event, "Event": as_event, "WindowsEvent": as_windows_event}


class EventLogPart(TextPart):
    """The events of a log as rows of its table; a table of another name gets the columns of WindowsEvent."""

    def __init__(self, file: DataFile, log: FileLog, declared: Schema | None, options: ReadOptions = PLAINLY) -> None:
        self._file = file
        self._layout = log.table if log.table in _LAYOUTS else "WindowsEvent"
        super().__init__(log, declared, options, keep=True)

    def headers(self) -> Mapping[str, Header]:
        """All columns that any event fills."""
        with self._lock:
            return self._headers

    @cached_property
    def _headers(self) -> dict[str, Header]:
        return read_headers(dict.fromkeys(key for block in self.kept() for key in block.columns), self.declared, unique=True)

    def own_types(self) -> Mapping[str, Type]:
        """Those of the table whose columns the events have."""
        schema = table_schema(self._layout) or Schema()
        return {name: schema.by_name[name] for name in self.headers() if name in schema.by_name}

    def read(self, keys: Collection[str] | None) -> Iterator[Block]:
        """Blocks of events."""
        number = first = 0
        rows = self._rows()
        while step := list(islice(rows, _STEP)):
            gathered = Gathered()
            while step:
                gathered.add(len(step), columns_of(step, lambda _: True))
                step = list(islice(rows, _STEP)) if gathered.rows < _BLOCK_ROWS else []
            yield Block(number, first, gathered.rows, gathered.columns())
            first += gathered.rows
            number += 1

    def line_of(self, row: int) -> int | None:
        """There are no lines."""
        return None

    def _rows(self) -> Iterator[Row]:
        make = _LAYOUTS[self._layout]
        for time, text in self._records():
            event = Event.of(_parsed(text), time)
            if not self._file.shared or is_security(event) == (self._layout == "SecurityEvent"):
                yield make(event)

    def _records(self) -> Iterator[tuple[str, str]]:
        """When each event was written, and its XML. What cannot be read is left out and told; a stretch of zeros was never written."""
        try:
            from evtx import PyEvtxParser
        except ImportError:
            raise messages.no_reader(self._file.shown, "a Windows event log", "evtx", "evtx") from None
        try:
            records = iter(PyEvtxParser(str(self._file.seekable)).records())
        except (RuntimeError, ValueError, OSError) as error:
            raise messages.broken_file(self._file.shown, "a Windows event log", _first_line(error)) from error
        lost: list[str] = []
        while True:
            try:
                record: dict[str, Any] | None = next(records, None)
            except RuntimeError as error:
                if not _UNUSED.search(str(error)):
                    lost.append(_first_line(error))
                continue
            if record is None:
                break
            yield record["timestamp"], record["data"]
        if lost:
            self.log.lose(f"the log is damaged in {len(lost):,} place{'' if len(lost) == 1 else 's'}, whose events are missing: {lost[0]}")


_UNUSED = re.compile(r"found `\[ 0,  0,  0,  0,  0,  0,  0,  0\]`")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _parsed(text: str) -> ElementTree.Element:
    """The event's XML. Strings of events may hold characters that XML forbids; these become blanks."""
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return ElementTree.fromstring(_FORBIDDEN.sub(" ", re.sub(r"&#x?0*(?:[0-8bcef]|1[0-9a-f]);", " ", text, flags=re.IGNORECASE)))


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
