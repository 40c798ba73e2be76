"""Texts that are not plain UTF-8, and cells that are never closed."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from kqlpy.errors import KqlDataError
from kqlpy.sources import open_part
from kqlpy.sources.read_options import ReadOptions
from tests.sources.helpers import load, rows_of, table_of

NOTE = "bytes that are not UTF-8 are read as Windows-1252"


@pytest.fixture(params=[True, False], ids=["kept", "read anew"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether files stay in memory."""
    found: bool = request.param
    if not found:
        monkeypatch.setattr(open_part, "_KEEP_BYTES", 0)
    return found


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("ending", ["csv", "json", "jsonl"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""), ("utf-16-be", b""),
    ],
)  # fmt: skip
def test_every_unicode_encoding(tmp_path: Path, ending: str, encoding: str, mark: bytes) -> None:
    rows = {"csv": "a,b\n1,é\n2,😀\n", "json": '[{"a": 1, "b": "é"}, {"a": 2, "b": "😀"}]', "jsonl": '{"a": 1, "b": "é"}\n{"a": 2, "b": "😀"}\n'}
    assert rows_of(table_of(tmp_path, mark + rows[ending].encode(encoding), ending)) == [(1, "é"), (2, "😀")]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("csv", "a,é\n1,x\n2,€uro\n"),
        ("csv", "\na,é\n1,x\n2,€uro\n"),
        ("csv", "a,é\n1,x\n2,€uro,more\n"),
        ("json", '[{"a": 1, "é": "x"}, {"a": 2, "é": "€uro"}]'),
        ("json", '{"a": 1, "é": "x"}\n{"a": 2, "é": "€uro"}'),
    ],
)
def test_windows_1252_is_read_as_such_and_told(tmp_path: Path, ending: str, text: str) -> None:
    catalog = load(tmp_path, text.encode("cp1252"), ending)
    assert rows_of(catalog.table("T"), "a", "é") == [(1, "x"), (2, "€uro")]
    assert NOTE in catalog.reports()[0].notes


@pytest.mark.usefixtures("kept")
def test_foreign_bytes_late_in_a_file(tmp_path: Path) -> None:
    rows = 150_000
    catalog = load(tmp_path, b"a,b\n" + b"1,x\n" * rows + "2,ü\n".encode("cp1252") + b"3,y\n")
    found = rows_of(catalog.table("T"))
    assert (len(found), found[-2:]) == (rows + 2, [(2, "ü"), (3, "y")])


def test_one_foreign_byte_does_not_change_the_rest(tmp_path: Path) -> None:
    catalog = load(tmp_path, "a\né\n".encode() + "ü\n".encode("cp1252") + b"\x81\n")
    assert rows_of(catalog.table("T")) == [("é",), ("ü",), ("\ufffd",)]


def test_bytes_that_only_look_cut_at_the_edge_of_a_piece(tmp_path: Path) -> None:
    text = "a\n" + "é" * 300_000 + "\n"
    assert rows_of(table_of(tmp_path, text.encode() + "ü\n".encode("cp1252"))) == [("é" * 300_000,), ("ü",)]


# ---------------------------------------------------------------- quotes


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("text", "first", "lines"),
    [
        ('a,b\n1,"x\n2,y\n3,z\n', 2, 3),
        ('a,b\n1,x\n2,"y ""z""\n3,z', 3, 2),
        ('a,b\n1\n2,"y\n3,z\n', 3, 2),
        ('a,b\r\n1,"x\r\n2,y\r\n', 2, 2),
    ],
)
def test_a_quote_that_is_never_closed_is_told(tmp_path: Path, text: str, first: int, lines: int) -> None:
    catalog = load(tmp_path, text)
    rows_of(catalog.table("T"))
    [note] = [note for note in catalog.reports()[0].notes if "quote" in note]
    assert note.startswith(f"the quote that begins a cell in line {first} is never closed; all {lines} lines")
    with pytest.raises(KqlDataError, match="is never closed"):
        rows_of(load(tmp_path, text, options=ReadOptions(strict=True)).table("T"))


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("text", ['a,b\n1,"x\n2"\n', 'a,b\n1,"x\n""2"""', 'a,b\n1,"x\n2"\n\n\n', 'a,b\n1,5" disk\n', 'a,b\n1,"x\n2"y\n'])
def test_cells_that_are_closed_need_no_remark(tmp_path: Path, text: str) -> None:
    catalog = load(tmp_path, text)
    assert len(rows_of(catalog.table("T"))) == 1
    assert catalog.reports()[0].notes == ()
