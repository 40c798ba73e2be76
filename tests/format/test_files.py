"""Files: only the query changes, and what cannot be laid out stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from kqlpy.errors import KqlError
from kqlpy.format.files import files_under, format_file, write_file

HEAD = "id: 1\nname: 'a  rule' # kept\n"
TAIL = "\ntactics:\n- Execution   # as it is\n"


def rewritten(path: Path, data: str | bytes) -> bytes:
    """The bytes of a file after it was formatted."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    write_file(format_file(path))
    return path.read_bytes()


def test_a_block_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    before = f"{HEAD}query: |\n    T|where a==1 // one\n    // two\n\n    |count{TAIL}"
    after = f"{HEAD}query: |\n    T\n    | where a == 1 // one\n    // two\n    | count{TAIL}"
    assert rewritten(tmp_path / "r.yaml", before).decode() == after


def test_the_style_of_a_block_is_kept(tmp_path: Path) -> None:
    before = f"{HEAD}query: |-\n  T|count\n\n\nversion: 1.0.0\n"
    assert rewritten(tmp_path / "r.yaml", before).decode() == f"{HEAD}query: |-\n  T\n  | count\n\n\nversion: 1.0.0\n"


def test_a_block_at_the_end_keeps_the_end(tmp_path: Path) -> None:
    assert rewritten(tmp_path / "r.yaml", "query: |\n  T|count").decode() == "query: |\n  T\n  | count"


def test_a_fence_in_a_block_is_kept(tmp_path: Path) -> None:
    before = "query: |\n  ```kusto\n  T|count\n  ```\nname: x\n"
    assert rewritten(tmp_path / "r.yaml", before).decode() == "query: |\n  ```kusto\n  T\n  | count\n  ```\nname: x\n"


def test_double_quotes_on_one_line_stay_one_line(tmp_path: Path) -> None:
    before = f'{HEAD}query: "T|where a==@\\"x\\\\y\\"\\n|count\\n"{TAIL}'
    assert rewritten(tmp_path / "r.yaml", before).decode() == f'{HEAD}query: "T\\n| where a == @\\"x\\\\y\\"\\n| count\\n"{TAIL}'


@pytest.mark.parametrize(
    ("query", "style"),
    [("T|count", "without quotes"), ("'T|count'", "single quotes"), (">\n  T\n  |count", "folded"), ('"T\n  |count"', "over several lines")],
)
def test_other_scalars_are_left_and_told(tmp_path: Path, query: str, style: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(f"{HEAD}query: {query}{TAIL}")
    formatted = format_file(path)
    assert not formatted.changed
    assert style in formatted.left
    assert "`query: |`" in formatted.left


def test_a_formatted_folded_query_needs_no_remark(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(f"{HEAD}query: T{TAIL}")
    assert format_file(path).left == ""


def test_line_ends_and_marks_of_a_file_are_kept(tmp_path: Path) -> None:
    assert rewritten(tmp_path / "q.kql", b"\xef\xbb\xbfT|count\r\n") == b"\xef\xbb\xbfT\r\n| count\r\n"
    assert rewritten(tmp_path / "r.yaml", b"query: |\r\n  T|count\r\nname: x\r\n") == b"query: |\r\n  T\r\n  | count\r\nname: x\r\n"


def test_utf_16_stays_utf_16(tmp_path: Path) -> None:
    assert rewritten(tmp_path / "q.kql", "T|count\n".encode("utf-16")).decode("utf-16") == "T\n| count\n"


def test_rules_in_json_are_left(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text('{"properties": {"displayName": "n", "query": "T|count"}, "kind": "NRT"}')
    formatted = format_file(path)
    assert (formatted.changed, formatted.left) == (False, "rules in JSON keep their queries as they are")


def test_a_fence_around_a_query_file_is_kept(tmp_path: Path) -> None:
    assert rewritten(tmp_path / "q.kql", "```kql\nT|count\n```\n") == b"```kql\nT\n| count\n```\n"


def test_a_wrong_query_is_told_with_its_place_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(f"{HEAD}query: |\n  T\n  | where\n")
    with pytest.raises(KqlError) as told:
        format_file(path)
    assert told.value.line == 5


def test_a_folder_gives_queries_and_rules(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name, text in {"b.kql": "T", "deep/a.yaml": "query: T", "other.yaml": "key: value", "notes.txt": "T", "list.yml": "- 1", ".hidden.kql": "T"}.items():
        (tmp_path / name).write_text(text)
    assert [path.name for path in files_under(tmp_path)] == ["b.kql", "a.yaml"]
