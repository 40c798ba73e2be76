"""Functions that take structured text apart: URLs, CSV, XML, paths, versions, command lines."""

from __future__ import annotations

import csv
import io
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions import parse_text, urls
from tests.columns.strategies import texts
from tests.functions.values import answer


@settings(deadline=None)
@given(st.lists(texts.filter(lambda one: "\0" not in one), min_size=1, max_size=4))
def test_a_written_csv_record_reads_back(values: list[str]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow(values)
    assert parse_text.parse_csv(written.getvalue() + "next,record") == values


@settings(deadline=None)
@given(st.lists(st.integers(0, 99_999_999), min_size=1, max_size=4), st.lists(st.integers(0, 99_999_999), min_size=1, max_size=4))
def test_versions_sort_as_their_parts(first: list[int], second: list[int]) -> None:
    left, right = (parse_text.parse_version(".".join(map(str, parts))) for parts in (first, second))
    padded_left, padded_right = ([*parts, 0, 0, 0][:4] for parts in (first, second))
    assert left is not None
    assert right is not None
    assert (left < right) == (padded_left < padded_right)


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from('ab "\\'), max_size=5), max_size=3))
def test_a_quoted_command_line_reads_back(arguments: list[str]) -> None:
    from subprocess import list2cmdline

    assert parse_text.parse_command_line("program " + list2cmdline(arguments), "windows") == ["program", *arguments]


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<e/>", {"e": None}),
        ("<e>text</e>", {"e": "text"}),
        ('<e name="value" />', {"e": {"@name": "value"}}),
        ('<e name="value">text</e>', {"e": {"@name": "value", "#text": "text"}}),
        ("<e> <a>text</a> <b>text</b> </e>", {"e": {"a": "text", "b": "text"}}),
        ("<e> <a>text</a> <a>text</a> </e>", {"e": {"a": ["text", "text"]}}),
        ("<e> text <a>text</a> </e>", {"e": {"#text": "text", "a": "text"}}),
        ('<?xml version="1.0" encoding="UTF-8"?><e><!-- c --><v>118.0</v></e>', {"e": {"v": "118.0"}}),
        ("<e", None),
        ('<!DOCTYPE e [<!ENTITY a "aaaa">]><e>&a;</e>', None),
    ],
)
def test_xml_becomes_a_bag(xml: str, expected: Any) -> None:
    assert parse_text.parse_xml(xml) == expected


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("scheme://username:password@host:1234/this/is/a/path?k1=v1&k2#fragment",
         ["scheme", "host", "1234", "/this/is/a/path", "username", "password", {"k1": "v1", "k2": ""}, "fragment"]),
        ("https://user@h.io/p", ["https", "user@h.io", "", "/p", "", "", {}, ""]),
        ("https://[::1]:80", ["https", "[::1]", "80", "", "", "", {}, ""]),
    ],
)  # fmt: skip
def test_parts_of_urls(url: str, parts: list[Any]) -> None:
    assert list((urls.parse_url(url) or {}).values()) == parts


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (r"C:\temp\file.txt", ["", "C:\\", r"C:\temp", "temp", "file.txt", "txt", ""]),
        (r"temp\file.txt", ["", "", "temp", "temp", "file.txt", "txt", ""]),
        ("file://C:/temp/file.txt:some.exe", ["file", "C:/", "C:/temp", "temp", "file.txt", "txt", "some.exe"]),
        (r"\\shared\users\temp\file.txt.gz", ["", "", r"\\shared\users\temp", "temp", "file.txt.gz", "gz", ""]),
        ("/usr/lib/temp/file.txt", ["", "", "/usr/lib/temp", "temp", "file.txt", "txt", ""]),
    ],
)
def test_parts_of_paths(path: str, parts: list[str]) -> None:
    assert list(parse_text.parse_path(path).values()) == parts


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("parse_version('0.0.7.0')", "700000000"),
        ("parse_version('1')", "1000000000000000000000000"),
        ("isnull(parse_version('1.2.x'))", "True"),
        ("parse_command_line('echo \"hello world!\"', 'windows')", '["echo","hello world!"]'),
        ("parse_csv('aa,\"Escaping: \"\"Title\"\"\"')", '["aa","Escaping: \\"Title\\""]'),
        ("parse_urlquery('k1=v1&k2=v2')", '{"Query Parameters":{"k1":"v1","k2":"v2"}}'),
        ("format_bytes(564)", "564 Bytes"),
        ("format_bytes(10332, 1)", "10.1 KB"),
        ("format_bytes(20010332, 0, 'KB')", "19541 KB"),
    ],
)
def test_traps(expression: str, expected: str) -> None:
    assert answer(expression) == expected


def test_user_agents_are_refused_by_name_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ua_parser", None)
    with pytest.raises(KqlUnsupportedError, match="ua-parser"):
        urls.parse_user_agent("an agent that no test has asked for", "browser")
