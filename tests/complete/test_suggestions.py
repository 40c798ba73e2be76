"""Suggestions at a cursor, which `‸` marks."""

from __future__ import annotations

import pytest

import kqlpy
from kqlpy.complete.suggest import Suggestion, suggestions

ENGINE = kqlpy.Engine(
    tables={"Logons": [{"Time": "2024-05-01T00:00:00Z", "User": "ann", "Odd name": 1}], "Hosts": [{"Host": "a", "Owner": "ann"}]},
    functions={"Busy": "(limit: long) { Logons | take limit }"},
)


def found(marked: str) -> list[Suggestion]:
    return suggestions(ENGINE, marked.replace("‸", ""), marked.index("‸"))


def texts(marked: str, kind: str | None = None) -> list[str]:
    return [s.text for s in found(marked) if kind is None or s.kind == kind]


@pytest.mark.parametrize(
    ("marked", "kind", "expected"),
    [
        ("‸", "table", ["Hosts", "Logons"]),
        ("Log‸", "table", ["Logons"]),
        ("let x = Log‸", "table", ["Logons"]),
        ("print 1; Ho‸", "table", ["Hosts"]),
        ("Logons | join (Ho‸", "table", ["Hosts"]),
        ("Logons | join kind=inner Ho‸", "table", ["Hosts"]),
        ("Logons | union Ho‸", "table", ["Hosts"]),
        ("Logons | where User in (Ho‸", "table", ["Hosts"]),
        ("let found = Hosts; fo‸", "variable", ["found"]),
        ("B‸", "function", ["Busy"]),
        ("Logons | wh‸", "operator", ["parse-where", "where"]),
        ("Logons | project-a‸", "operator", ["project-away"]),
        ("Logons | join (Hosts | summ‸", "operator", ["summarize"]),
        ("Logons | where ‸", "column", ["User", "['Odd name']", "Time"]),
        ("Logons | where Us‸ | take 1", "column", ["User"]),
        ("Logons | project Who = User | where ‸", "column", ["Who"]),
        ("Logons | extend n = strlen(Us‸", "column", ["User"]),
        ("Logons | join (Hosts | where ‸", "column", ["Host", "Owner"]),
        ("let x = Hosts; x | where ‸", "column", ["Host", "Owner"]),
        ("let x = Hosts | where ‸", "column", ["Host", "Owner"]),
        ("let f = (n: long) { Hosts | where ‸", "column", ["Host", "Owner"]),
        ("let f = (n: long) { let y = Hosts; y | where ‸", "column", ["Host", "Owner"]),
        ("Hosts | where nonsense | where ‸", "column", ["Host", "Owner"]),
        ("Hosts | project-away ‸", "column", ["Host", "Owner"]),
        ("Hosts | sort by Ho‸", "column", ["Host"]),
        ("Logons | join (Hosts) on $left.U‸", "column", ["User"]),
        ("Logons | join (Hosts) on $left.User == $right.‸", "column", ["Host", "Owner"]),
        ("Logons | join Hosts on $left.User == $right.Ow‸", "column", ["Owner"]),
        ("Hosts | partition by Host (where Ow‸", "column", ["Owner"]),
        ("Hosts | summarize dcounti‸", "aggregate", ["dcountif"]),
        ("Hosts | summarize n = dcount(Ho‸", "column", ["Host"]),
        ("Hosts | evaluate bag‸", "plugin", ["bag_unpack"]),
        ("Hosts | where Host startsw‸", "keyword", ["startswith", "startswith_cs", "!startswith"]),
        ("Hosts | summarize count() b‸", "keyword", ["by", "between"]),
        ("Hosts | render pie‸", "chart", ["piechart"]),
        ("Hosts | extend x = url_dec‸", "function", ["url_decode"]),
    ],
)
def test_suggestions(marked: str, kind: str, expected: list[str]) -> None:
    assert sorted(texts(marked, kind)) == sorted(expected)


@pytest.mark.parametrize("marked", ["Hosts | where Host == 'Ho‸", "// Ho‸", "Hosts | take 10‸", "Hosts | take ‸", "Hosts | extend x = Host.‸"])
def test_nothing_fits(marked: str) -> None:
    assert found(marked) == []


def test_a_suggestion_knows_its_type_and_place() -> None:
    assert found("Hosts | where Ow‸")[0] == Suggestion("Owner", "column", 14, "string")


def test_words_that_begin_so_come_first() -> None:
    assert texts("print ip‸")[0].startswith("ip")


def test_columns_come_before_functions() -> None:
    kinds = [s.kind for s in found("Hosts | where ‸")]
    assert kinds.index("column") < kinds.index("function")


def test_every_cut_of_a_query_is_survived() -> None:
    query = "let f = (a: string) { Hosts | where Host in~ (dynamic(['x'])) };\nLogons | mv-apply x = dynamic([1]) on (where x > 1) | join kind=inner (f('b')) on $left.User == $right.Owner"
    for cut in range(len(query) + 1):
        suggestions(ENGINE, query, cut)
