"""Packed files, and archives: which tables they are, and what is said of damage."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from kqlpy.errors import KqlDataError
from kqlpy.sources import open_part
from kqlpy.sources.catalog import Catalog
from tests.sources.helpers import rows_of
from tests.sources.packing import PACKERS, tar_of, write, zip_of

# Lines that hardly shrink, so that a cut or a hole lies in the middle of the rows.
ROWS = "a,b\n" + "".join(f"{number},{hash((number, 'x')) & 0xFFFFFFFFFFFF:x}\n" for number in range(20_000))


def packed(way: str) -> bytes:
    """The rows, packed."""
    if way == "zip":
        return zip_of({"x.csv": ROWS})
    return tar_of({"x.csv": ROWS}, "w:gz") if way == "tar.gz" else PACKERS[way](ROWS.encode())


def name_of(way: str) -> str:
    return f"T.{way}" if way in ("zip", "tar.gz") else f"T.csv.{way}"


@pytest.mark.parametrize("way", ["gz", "zst", "bz2", "xz", "zip", "tar.gz"])
def test_packed_rows(tmp_path: Path, way: str) -> None:
    write(tmp_path / name_of(way), packed(way))
    assert len(rows_of(Catalog(tmp_path).table("T"), "a")) == 20_000


@pytest.mark.parametrize("way", ["gz", "zst", "bz2", "xz", "zip", "tar.gz"])
@pytest.mark.parametrize("kept", [True, False])
def test_a_file_that_is_cut_short_is_named_and_gives_no_rows(tmp_path: Path, way: str, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not kept:
        monkeypatch.setattr(open_part, "_KEEP_BYTES", 0)
    write(tmp_path / name_of(way), packed(way)[:-100])
    with pytest.raises(KqlDataError, match=rf"KD004 .*{name_of(way)}.* cannot be read as (compressed data|an archive)"):
        rows_of(Catalog(tmp_path).table("T"), "a")


@pytest.mark.parametrize("way", ["gz", "bz2", "xz", "zip", "tar.gz"])
def test_a_damaged_file_is_named_and_gives_no_rows(tmp_path: Path, way: str) -> None:
    content = packed(way)
    middle = len(content) // 2
    write(tmp_path / name_of(way), content[:middle] + b"\0" * 64 + content[middle + 64 :])
    with pytest.raises(KqlDataError, match=rf"KD004 .*{name_of(way)}.* cannot be read as (compressed data|an archive)"):
        rows_of(Catalog(tmp_path).table("T"), "a")


def test_what_follows_a_packed_file_is_no_row(tmp_path: Path) -> None:
    write(tmp_path / "T.csv.gz", PACKERS["gz"](b"a\n1\n") + b"more")
    with pytest.raises(KqlDataError, match="cannot be read as compressed data: Not a gzipped file"):
        rows_of(Catalog(tmp_path).table("T"))


def test_parts_one_behind_the_other_are_one_file(tmp_path: Path) -> None:
    for way, pack in PACKERS.items():
        write(tmp_path / f"{way.title()}.csv.{way}", pack(b"a\n1\n") + pack(b"2\n"))
    catalog = Catalog(tmp_path)
    assert [rows_of(catalog.table(name)) for name in catalog.names()] == [[(1,), (2,)]] * 4


def test_packed_twice(tmp_path: Path) -> None:
    write(tmp_path / "T.json.gz.bz2", PACKERS["bz2"](PACKERS["gz"](b'{"a": 1}')))
    write(tmp_path / "U.zip", zip_of({"x.json.gz": PACKERS["gz"](b'{"a": 2}')}))
    catalog = Catalog(tmp_path)
    assert (rows_of(catalog.table("T")), rows_of(catalog.table("U"))) == ([(1,)], [(2,)])


def test_the_content_tells_how_a_file_is_packed_or_what_it_is(tmp_path: Path) -> None:
    write(tmp_path / "A.csv", PACKERS["gz"](b'[{"a": 1}]'))
    write(tmp_path / "B.json", zip_of({"x.csv": "a\n2\n"}))
    write(tmp_path / "C.gz", PACKERS["gz"](b"a\n3\n"))
    write(tmp_path / "D.csv", b'{"a": 4}\n')
    write(tmp_path / "E.json", b"a,b\n5,6\n")
    write(tmp_path / "F.csv.gz", b"a\n7\n")
    catalog = Catalog(tmp_path)
    assert [rows_of(catalog.table(name), "a") for name in "ABCDEF"] == [[(1,)], [(2,)], [(3,)], [(4,)], [(5,)], [(7,)]]


@pytest.mark.parametrize("way", ["gz", "zip"])
def test_formats_that_are_not_read_from_front_to_back(tmp_path: Path, way: str) -> None:
    table = pa.table({"a": [1, 2]})
    parquet.write_table(table, tmp_path / "_p")
    feather.write_feather(table, tmp_path / "_a")
    for name, file in (("P.parquet", "_p"), ("A.arrow", "_a")):
        content = (tmp_path / file).read_bytes()
        write(tmp_path / (f"{name}.gz" if way == "gz" else f"{name[0]}.zip"), PACKERS["gz"](content) if way == "gz" else zip_of({name: content}))
    catalog = Catalog(tmp_path)
    assert rows_of(catalog.table("P")) == rows_of(catalog.table("A")) == [(1,), (2,)]


# ---------------------------------------------------------------- archives


@pytest.fixture(params=["zip", "tar", "tar.gz", "tgz", "tar.bz2", "tar.zst"])
def ending(request: pytest.FixtureRequest) -> str:
    """Every kind of archive."""
    found: str = request.param
    return found


def archive(ending: str, files: dict[str, str | bytes]) -> bytes:
    if ending == "zip":
        return zip_of(files)
    if ending == "tar.zst":
        return PACKERS["zst"](tar_of(files))
    return tar_of(files, {"tar": "w", "tar.gz": "w:gz", "tgz": "w:gz", "tar.bz2": "w:bz2"}[ending])


def tables(folder: Path) -> dict[str, int]:
    """The tables of a folder and how many rows each has."""
    catalog = Catalog(folder)
    return {name: len(rows_of(catalog.table(name))) for name in catalog.names()}


def test_files_of_known_tables_are_these_tables(tmp_path: Path, ending: str) -> None:
    files: dict[str, str | bytes] = {"export/SigninLogs.csv": "ResultType\n0\n", "export/Mine_CL.json": '{"a_s": 1}', "export/README.md": "x"}
    write(tmp_path / f"export.{ending}", archive(ending, {**files, "__MACOSX/export/._SigninLogs.csv": "x"}))
    assert tables(tmp_path) == {"SigninLogs": 1, "Mine_CL": 1}


def test_an_archive_of_a_known_table_is_that_table(tmp_path: Path, ending: str) -> None:
    files: dict[str, str | bytes] = {"run/first_2020.json": '{"EventID": 1}\n{"EventID": 2}', "run/second.json": '{"EventID": 3}'}
    write(tmp_path / f"SecurityEvent.{ending}", archive(ending, files))
    assert tables(tmp_path) == {"SecurityEvent": 3}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"whatever.csv": "x\n1\n"}, {"T": 1}),
        ({"notes": '{"x": 1}'}, {"T": 1}),
        ({"Proxy.csv": "x\n1\n", "Dns.csv": "x\n1\n2\n"}, {"Proxy": 1, "Dns": 2}),
        ({"Proxy.csv": "x\n1\n", "Dns/a.csv": "x\n1\n", "Dns/b.csv": "x\n1\n"}, {"Proxy": 1, "Dns": 2}),
        ({"Proxy/a.csv": "x\n1\n", "Proxy/b.csv": "x\n2\n"}, {"Proxy": 2}),
        ({"part-0001.csv": "x\n1\n", "part-0002.csv": "x\n2\n"}, {"T": 2}),
        ({"Proxy_2024-05-01.csv": "x\n1\n", "Proxy_2024-05-02.csv": "x\n2\n"}, {"T": 2}),
        ({"day=2024-05-01/x.csv": "x\n1\n", "day=2024-05-02/y.csv": "x\n2\n"}, {"T": 2}),
        ({"all/SecurityEvent/a.csv": "EventID\n1\n", "all/Proxy.csv": "x\n1\n"}, {"SecurityEvent": 1, "Proxy": 1}),
    ],
)
def test_which_tables_the_files_of_an_archive_are(tmp_path: Path, files: dict[str, str | bytes], expected: dict[str, int]) -> None:
    write(tmp_path / "T.zip", zip_of(files))
    assert tables(tmp_path) == expected


def test_folders_of_partitions_in_an_archive_are_columns(tmp_path: Path) -> None:
    write(tmp_path / "T.zip", zip_of({"day=2024-05-01/x.csv": "n\n1\n", "day=2024-05-02/y.csv": "n\n2\n"}))
    table = Catalog(tmp_path).table("T")
    assert table is not None
    assert table.schema.pairs() == [("n", "long"), ("day", "datetime")]


def test_archives_among_the_files_of_a_table(tmp_path: Path) -> None:
    write(tmp_path / "T" / "a.csv", b"n\n1\n")
    write(tmp_path / "T" / "b.zip", zip_of({"x.csv": "n\n2\n", "notes.doc": "x"}))
    catalog = Catalog(tmp_path)
    assert rows_of(catalog.table("T")) == [(1,), (2,)]
    assert [Path(report.file).name for report in catalog.reports() if report.notes] == ["notes.doc"]


def test_a_file_in_an_archive_is_named_with_it(tmp_path: Path) -> None:
    write(tmp_path / "T.zip", zip_of({"x.json": '{"a": 1}\n{"a": \n'}))
    with pytest.raises(KqlDataError, match=r"T\.zip/x\.json, line 2, column 7: not valid JSON"):
        rows_of(Catalog(tmp_path).table("T"))


def test_a_damaged_header_in_a_tar_file_is_not_its_end(tmp_path: Path) -> None:
    content = bytearray(tar_of({"a.csv": "n\n1\n", "b.csv": "n\n2\n"}))
    content[1024:1032] = b"damaged!"
    write(tmp_path / "SecurityEvent.tar", bytes(content))
    with pytest.raises(KqlDataError, match="the file's header at byte 1024 is damaged"):
        rows_of(Catalog(tmp_path).table("SecurityEvent"))


def test_a_damaged_archive_does_not_hide_other_tables(tmp_path: Path) -> None:
    write(tmp_path / "bad.zip", zip_of({"A.csv": ROWS})[:-100])
    write(tmp_path / "Good.csv", b"n\n1\n")
    catalog = Catalog(tmp_path)
    assert rows_of(catalog.table("Good")) == [(1,)]
    with pytest.raises(KqlDataError, match=r"bad\.zip cannot be read as an archive: its table of contents is missing"):
        catalog.table("bad")


def test_an_archive_asked_for_as_a_table_tells_what_it_holds(tmp_path: Path) -> None:
    write(tmp_path / "bundle.zip", zip_of({"Proxy.csv": "n\n1\n", "Dns.csv": "n\n1\n"}))
    with pytest.raises(KqlDataError, match=r"bundle\.zip holds the tables Proxy, Dns"):
        Catalog(tmp_path).table("bundle")


def test_archives_in_archives_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "T.zip", zip_of({"inner.zip": zip_of({"a.csv": "n\n1\n", "b.csv": "n\n1\n"})}))
    with pytest.raises(KqlDataError, match=r"T\.zip/inner\.zip is a zip archive that holds a\.csv, b\.csv"):
        Catalog(tmp_path).table("T")


def test_a_password_is_told(tmp_path: Path) -> None:
    content = bytearray(zip_of({"x.csv": "n\n1\n"}))
    content[6] |= 1  # encrypted, says the file's own header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and the table of contents
    write(tmp_path / "T.zip", bytes(content))
    with pytest.raises(KqlDataError, match=r"T\.zip/x\.csv cannot be read as an archive: File .* is encrypted, password required"):
        rows_of(Catalog(tmp_path).table("T"))


def test_temporary_files_vanish_with_the_last_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    parquet.write_table(pa.table({"a": [1]}), tmp_path / "_p")
    write(tmp_path / "T.parquet.gz", PACKERS["gz"]((tmp_path / "_p").read_bytes()))
    catalog = Catalog(tmp_path)
    assert rows_of(catalog.table("T")) == [(1,)]
    assert len(list((tmp_path / "tmp").iterdir())) == 1
    del catalog
    assert list((tmp_path / "tmp").iterdir()) == []
