"""Rule files as they go wrong: the message names the file, the line and the column, and the exit code is 2."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Ended

posix = pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
DEEP = 100_000
BOMB = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)), "query: print 1"])


def checked(command: Command, name: str, content: str | bytes) -> Ended:
    """`kqlpy check` of a file; never a defect, never a traceback."""
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    ended = command("check", name)
    assert "Traceback" not in ended.err
    assert "defect" not in ended.err
    return ended


REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "an empty YAML file": ("r.yaml", "", "r.yaml, line 1, column 1: this is not a rule: the file says nothing"),
    "an empty query file": ("r.kql", "", "r.kql, line 1, column 1: the query is empty"),
    "an empty JSON file": ("r.json", "", "r.json, line 1, column 1: this is not a rule: the file says nothing"),
    "a byte order mark alone": ("r.yaml", b"\xef\xbb\xbf", "the file says nothing"),
    "a byte order mark of UTF-16 alone": ("r.kql", b"\xff\xfe", "the query is empty"),
    "binary data": ("r.yaml", bytes(range(256)) * 10, "r.yaml, line 2: this is not UTF-8 text"),
    "binary data as a query": ("r.kql", bytes(range(256)) * 10, "r.kql, line 2: this is not UTF-8 text"),
    "a NUL": ("r.kql", b"T\0 | count", "r.kql, line 1: this is not UTF-8 text"),
    "Latin-1": ("r.yaml", "name: café\nquery: T\n".encode("latin-1"), "r.yaml, line 1: this is not UTF-8 text"),
    "UTF-16 without a mark": ("r.yaml", "query: T\n".encode("utf-16-le"), "r.yaml, line 1: this is not UTF-8 text"),
    "UTF-16 with half a character": ("r.yaml", "query: T\n".encode("utf-16") + b"x", "this is not UTF-8 text"),
    "a YAML bomb": ("r.yaml", BOMB, "r.yaml is no rule: it has more than 100,000 values"),
    "a tag that makes objects": ("r.yaml", "name: !!python/object/apply:os.system ['id']\nquery: print 1\n", "has no place in a rule"),
    "a tag of its own": ("r.yaml", "name: !mine x\nquery: print 1\n", "r.yaml, line 1, column 7: not valid YAML: the tag !mine has no place in a rule"),
    "an alias within itself": ("r.yaml", "x: &a [*a]\nquery: print 1\n", "r.yaml, line 1, column 8: not valid YAML: the alias *a refers to nothing before it"),
    "deep YAML": ("r.yaml", "query: " + "{a: " * DEEP, "nested more than 100 levels deep"),
    "deep JSON": ("r.json", "[" * DEEP, "r.json, line 1, column 101: not valid JSON: nested more than 100 levels deep"),
    "deep JSON below a query": ("r.json", '{"query":' + "[" * DEEP + "]" * DEEP + "}", "not valid JSON: nested more than 100 levels deep"),
    "a deep query": ("r.kql", f"print {'(' * 50_000}1{')' * 50_000}", "nested deeper than 500 levels"),
    "a deep constant": ("r.kql", f"print dynamic({'[' * 50_000}{']' * 50_000})", "nested deeper than 500 levels"),
    "a query that is too long": ("r.kql", "// " + "x" * (3 << 20), "the limit is 2,097,152"),
    "a file that is too large": ("r.kql", "// " + "x" * (17 << 20), "r.kql is no rule: it is larger than 16 MB"),
    "a quote that is never closed": ("r.kql", "print 'abc", "r.kql, line 1, column 7: this string is not closed"),
    "several documents": ("r.yaml", "query: print 1\n---\nquery: print 2\n", "r.yaml, line 3, column 1: the file holds 2 documents"),
    "two queries": ("r.yaml", "query: print 1\nquery: print 2\n", "r.yaml, line 2, column 1: `query` stands here a second time"),
    "a field that stands twice": ("r.yaml", "name: a\nquery: print 1\nname: b\n", "KL007 r.yaml, line 3, column 1: `name` stands here a second time"),
    "tabs before a field": ("r.yaml", "name: a\n\tquery: print 1\n", "this line is indented further than the one above"),
    "no query": ("r.yaml", "name: a\nQuerry: print 1\n", "did you mean `query` instead of `Querry`?"),
    "a query that is null": ("r.yaml", "query:\n", "r.yaml, line 1, column 7: `query` should be text, but here is nothing"),
    "a query that is a mapping": ("r.yaml", "query: {a: b}\n", "r.yaml, line 1, column 8: `query` should be text, but here is a mapping"),
    "a query of blanks": ("r.yaml", "query: '   '\n", "r.yaml, line 1, column 8: the query is empty"),
    "a query of comments": ("r.yaml", "query: |\n  // nothing\n  // here\n", "r.yaml, line 2, column 3: the query is empty"),
    "an empty code fence": ("r.yaml", "query: |\n  ```kusto\n  ```\n", "the query is empty"),
    "names without a result": ("r.yaml", "query: |\n  let x = 1;\n", "KL022 r.yaml, line 1, column 8: the query defines names but asks for no result"),
    "JSON that ends too early": ("r.json", '{"resources": [\n {"properties": {"query": "T', "r.json, line 2, column 27: not valid JSON: this quote is never closed"),
    "JSON without a comma": ("r.json", '{"name": "a"\n "query": "T"}', "r.json, line 2, column 2: not valid JSON: `,` or `}` is missing"),
    "JSON of another kind": ("r.json", '{"a": 1}', "there is no rule in this JSON"),
    "Sigma": ("r.yaml", "title: x\nlogsource: {product: windows}\ndetection: {condition: a}\n", "this looks like a Sigma rule"),
    "a name that is no rule's": ("r.md", "print 1", "r.md: not the name of a rule file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, command: Command) -> None:
    name, content, message = REFUSED[case]
    ended = checked(command, name, content)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


READ: dict[str, tuple[str, str | bytes]] = {
    "UTF-16": ("r.yaml", "query: print 1\n".encode("utf-16")),
    "an end of document": ("r.yaml", "query: print 1\n---\n"),
    "JSON with comments": ("r.json", '{ // mine\n"query": "print 1",}'),
    "a character of two escapes in JSON": ("r.json", '{"query": "print 1 // \\ud83d\\ude00"}'),
    "tabs between": ("r.yaml", "query:\tprint 1\t\n"),
}


@pytest.mark.parametrize("case", READ)
def test_odd_but_read(case: str, command: Command) -> None:
    ended = checked(command, *READ[case])
    assert (ended.code, ended.err) == (0, "")


# ---------------------------------------------------------------- places

_LINES = ["SecurityEvent", *(f"| where EventID != {n}" for n in range(7)), "| where Computr == 1", "| count"]
_HEAD = "id: x\n" + "".join(f"# remark {n}\n" for n in range(30))
WRITTEN = {
    "block.yaml": _HEAD + "query: |\n" + "".join(f"  {line}\n" for line in _LINES),
    "folded.yaml": _HEAD + "query: >-\n" + "".join(f"  {line}\n" for line in _LINES),
    "quoted.yaml": _HEAD + "query: " + json.dumps("\n".join(_LINES)) + "\n",
    "query.kql": "// remark\n" * 31 + "\n".join(_LINES),
    "rule.json": json.dumps({"remarks": list(range(30)), "query": "\n".join(_LINES)}, indent=1),
    "template.json": json.dumps({"resources": [{"remarks": list(range(30)), "type": "Microsoft.SecurityInsights/alertRules", "properties": {"query": "\n".join(_LINES)}}]}, indent=1),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_a_mistake_far_down_is_found(name: str, command: Command) -> None:
    ended = checked(command, name, WRITTEN[name])
    line = next(n for n, text in enumerate(WRITTEN[name].splitlines(), 1) if "Computr" in text)
    column = WRITTEN[name].splitlines()[line - 1].index("Computr") + 1
    assert line > 30
    assert f"error: KS142 {name}, line {line}, column {column}: " in ended.err
    assert "did you mean `Computer`?" in ended.err


@pytest.mark.parametrize(("query", "meant"), [("SecurtyEvent | count", "SecurityEvent"), ("securityevent | count", "SecurityEvent")])
def test_a_table_that_is_nearly_known(query: str, meant: str, command: Command) -> None:
    ended = checked(command, "r.yaml", f"query: {query}\n")
    assert "KS204 r.yaml, line 1, column 8: no table is named" in ended.err
    assert f"did you mean `{meant}`?" in ended.err


# ---------------------------------------------------------------- what is no file


@posix
def test_a_pipe(command: Command) -> None:
    os.mkfifo("r.yaml")
    assert command("check", "r.yaml").err == "error: KR001 cannot read r.yaml: it is not a file\n"


@posix
def test_a_device(command: Command) -> None:
    Path("r.yaml").symlink_to("/dev/zero")
    assert command("check", "r.yaml").err == "error: KR001 cannot read r.yaml: it is not a file\n"


@posix
def test_a_link_to_itself(command: Command) -> None:
    Path("r.yaml").symlink_to("r.yaml")
    assert command("check", "r.yaml").err == "error: KR001 cannot read r.yaml: Too many levels of symbolic links\n"


@pytest.mark.parametrize("args", [["query", "rules", "-d", "."], ["explain", "rules.kql"]])
def test_a_folder_in_the_place_of_a_query(args: list[str], command: Command) -> None:
    Path(args[1]).mkdir()
    assert command(*args).err == f"error: KR001 cannot read {args[1]}: it is a folder\n"


def test_a_folder_without_rules(command: Command) -> None:
    Path("rules").mkdir()
    assert (command("check", "rules").code, command("check", "rules").err) == (2, "error: there is no rule in rules\n")


def test_an_address_is_not_fetched(command: Command) -> None:
    ended = command("check", "https://example.com/rule.yaml")
    assert ended.code == 2
    assert "addresses are not fetched: save the file first" in ended.err


@posix
def test_a_circle_of_folders(command: Command) -> None:
    Path("rules").mkdir()
    Path("rules/a.kql").write_text("print 1")
    Path("rules/again").symlink_to("../rules")
    assert command("check", "rules").out == "rules/a.kql: ok, 1 column\n"


# ---------------------------------------------------------------- stored functions

LIBRARIES = {
    "functions that call each other": ({"F.kql": "G()", "G.kql": "F()"}, "G.kql, line 1, column 1: the function `F` calls itself"),
    "a function that calls itself": ({"F.kql": "F() | take 1"}, "F.kql, line 1, column 1: the function `F` calls itself"),
    "a function that is no KQL": ({"F.kql": "print ("}, "F.kql, line 1, column 7: this `(` is never closed"),
    "a function of bytes": ({"F.kql": b"\x00\x01\xff"}, "F.kql, line 1: this is not UTF-8 text"),
    "no such function": ({"G.kql": "print 1"}, "no function is named `F`"),
}


@pytest.mark.parametrize("case", LIBRARIES)
def test_stored_functions(case: str, command: Command) -> None:
    files, message = LIBRARIES[case]
    Path("lib").mkdir()
    for name, content in files.items():
        Path("lib", name).write_bytes(content if isinstance(content, bytes) else content.encode())
    ended = command("query", "-e", "F()", "--functions", "lib")
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


# ---------------------------------------------------------------- what a terminal would obey


def test_control_characters_are_shown_and_not_sent(command: Command) -> None:
    ended = checked(command, "r.kql", "T | where \x1b[31mx == 1")
    assert "\x1b" not in ended.err
    assert ended.err.splitlines()[1:] == ["    T | where ␛[31mx == 1", "              ^"]


def test_a_name_cannot_colour_the_terminal(command: Command) -> None:
    Path("rules").mkdir()
    Path("rules/a.yaml").write_text('name: "\\e[31mred\\u202e"\nquery: print 1\n')
    ended = command("run", "rules", "--data", ".")
    assert "\x1b" not in ended.out + ended.err
    assert "\u202e" not in ended.out + ended.err
