"""Text cases: each file in `cases/` is a query and what it gives.

A file opens with a comment that tells the behaviour, then the query, then sections that begin with a line of two dashes:

    -- table T            an input table: a line of `name: type, ...`, then rows of JSON values
    -- now 2024-05-01T12:00:00Z
    -- rows               the result, in the same form, in any order
    -- rows in order
    -- refused: KqlSemanticError KS106
    -- known gap: why the engine gives something else
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import kqlpy
from kqlpy.testing.compare import Answer, assert_equal

CASES = Path(__file__).parent / "cases"
SECTION = re.compile(r"^-- (table|now|rows|refused:|known gap:) ?(.*)$", re.MULTILINE)


@dataclass
class Case:
    """A case as read from its file."""

    query: str
    now: dt.datetime | None = None
    tables: dict[str, Answer] = field(default_factory=dict)
    expected: Answer | None = None
    ordered: bool = False
    refused: str | None = None
    gap: str | None = None


def read(path: Path) -> Case:
    """The case in a file."""
    text = path.read_text(encoding="utf-8")
    marks = list(SECTION.finditer(text))
    case = Case(text[: marks[0].start()])
    for mark, end in zip(marks, [*(m.start() for m in marks[1:]), len(text)], strict=True):
        word, rest, body = mark[1], mark[2].strip(), text[mark.end() : end]
        match word:
            case "table":
                case.tables[rest] = read_table(body)
            case "now":
                case.now = dt.datetime.fromisoformat(rest)
            case "rows":
                case.expected, case.ordered = read_table(body), rest == "in order"
            case "refused:":
                case.refused = rest
            case "known gap:":
                case.gap = rest
    return case


def read_table(body: str) -> Answer:
    """Columns and rows: the first line names columns with their types, each other line is a row."""
    header, *rows = [line for line in body.splitlines() if line.strip()]
    columns = [(name.strip(), type_.strip()) for name, _, type_ in (part.rpartition(":") for part in header.split(","))]
    return Answer(columns, [json.loads(f"[{row}]") for row in rows])


def as_let(name: str, table: Answer) -> str:
    """An input table as a let, so that cases need no files."""
    schema = ", ".join(f"['{column}']: {type_}" for column, type_ in table.columns)
    cells = ", ".join(
        f"{type_}({json.dumps(cell)})" if type_ != "string" else json.dumps(cell)
        for row in table.rows
        for cell, (_, type_) in zip(row, table.columns, strict=True)
    )
    return f"let {name} = view () {{ datatable({schema})[{cells}] }};\n"


def params() -> list[object]:
    """One parameter for each file; known gaps are strict expected failures."""
    found = []
    for path in sorted(CASES.rglob("*.kql")):
        case = read(path)
        marks = [pytest.mark.xfail(reason=case.gap, strict=True)] if case.gap else []
        found.append(pytest.param(case, id=str(path.relative_to(CASES).with_suffix("")), marks=marks))
    return found


@pytest.mark.parametrize("case", params())
def test_case(case: Case) -> None:
    """The query gives these rows, or is refused with this error."""
    query = "".join(as_let(name, table) for name, table in case.tables.items()) + case.query
    if case.refused is not None:
        error, _, words = case.refused.partition(" ")
        with pytest.raises(getattr(kqlpy, error), match=re.escape(words)):
            kqlpy.query(query, now=case.now)
        return
    assert case.expected is not None
    assert_equal(kqlpy.query(query, now=case.now), case.expected, ordered=case.ordered)
