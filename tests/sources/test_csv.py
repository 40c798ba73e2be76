"""CSV files as exports write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kqlpy.errors import KqlDataError
from kqlpy.sources import open_part
from kqlpy.sources.read_options import ReadOptions
from tests.sources.helpers import at, load, rows_of, table_of


def test_byte_order_mark_crlf_and_newlines_in_cells(tmp_path: Path) -> None:
    table = table_of(tmp_path, b'\xef\xbb\xbfa,b\r\n1,"x\r\ny"\r\n2,"x\ny"\r\n')
    assert table.schema.pairs() == [("a", "long"), ("b", "string")]
    assert rows_of(table) == [(1, "x\r\ny"), (2, "x\ny")]


def test_quotes_inside_json_text(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'a,b\n"{""x"": ""y""}",2\nab"c,3\n', schemas={"T": [["a", "dynamic"], ["b", "int"]]})
    assert rows_of(table) == [('{"x":"y"}', 2), ('"ab\\"c"', 3)]


def test_empty_cell_is_null_but_the_empty_string_for_a_string(tmp_path: Path) -> None:
    columns = [["s", "string"], ["n", "long"], ["b", "bool"], ["t", "datetime"], ["d", "dynamic"], ["r", "real"], ["g", "guid"]]
    table = table_of(tmp_path, "s,n,b,t,d,r,g\n,,,,,,\n", schemas={"T": columns})
    assert rows_of(table) == [("", None, None, None, None, None, None)]


@pytest.mark.parametrize("word", ["None", "N/A", "-", "NULL", "(null)", "null"])
def test_words_for_nothing_are_text(tmp_path: Path, word: str) -> None:
    assert rows_of(table_of(tmp_path, f"a,b\n{word},1\n")) == [(word, 1)]


def test_the_word_null_in_a_number_column_is_no_failure(tmp_path: Path) -> None:
    catalog = load(tmp_path, "n,m\nnull,1\n5,-\n", schemas={"T": [["n", "long"], ["m", "long"]]})
    assert rows_of(catalog.table("T")) == [(None, 1), (5, None)]
    assert [(f.column, f.count, f.example, f.line) for f in catalog.reports()[0].failed] == [("m", 1, "-", 3)]


def test_failed_values_are_null_counted_and_placed(tmp_path: Path) -> None:
    catalog = load(tmp_path, 'n,s\n1,"a\nb"\nx,\ny,\n', schemas={"T": {"n": "int", "s": "string"}})
    assert rows_of(catalog.table("T"), "n") == [(1,), (None,), (None,)]
    [failed] = catalog.reports()[0].failed
    assert (failed.column, str(failed.type), failed.count, failed.example, failed.line) == ("n", "int", 2, "x", 4)


def test_short_and_long_rows_are_kept_and_reported(tmp_path: Path) -> None:
    catalog = load(tmp_path, "a,b\n1\n2,3,4\n5,6\n")
    assert rows_of(catalog.table("T")) == [(1, None), (2, 3), (5, 6)]
    assert catalog.reports()[0].notes == (
        "1 row (line 2) has fewer cells than the header; the missing cells are empty",
        "1 row (line 3) has more cells than the header; the surplus cells are left out",
    )


def test_repeated_and_missing_names_get_names_of_their_own(tmp_path: Path) -> None:
    catalog = load(tmp_path, "a,a,,\n1,2,3,4\n")
    assert rows_of(catalog.table("T"), "a", "a1", "Column3", "Column4") == [(1, 2, 3, 4)]
    assert catalog.reports()[0].notes == ("columns without a name of their own are called a1, Column3, Column4",)


def test_names_differ_by_case_only(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, "Type,type\n1,2\n"), "type", "Type") == [(2, 1)]


def test_declared_type_wins_over_what_the_values_look_like(tmp_path: Path) -> None:
    table = table_of(tmp_path, "ResultType\n0\n50057\n", schemas={"T": {"ResultType": "string"}})
    assert rows_of(table) == [("0",), ("50057",)]


@pytest.mark.parametrize(("text", "separator"), [("a;b\n1;x,y\n", ";"), ("a\tb\n1\tx,y\n", "tab"), ("a|b\n1|x,y\n", "|")])
def test_other_separators(tmp_path: Path, text: str, separator: str) -> None:
    assert rows_of(table_of(tmp_path, text)) == [(1, "x,y")]


def test_separator_line_of_excel(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, "sep=;\r\na;b\r\n1;2\r\n")) == [(1, 2)]


def test_empty_lines_are_skipped(tmp_path: Path) -> None:
    table = table_of(tmp_path, "\n\na,b\n1,2\n\n3,4\n")
    assert table.schema.names == ("a", "b")
    assert rows_of(table) == [(1, 2), (3, 4)]


def test_newline_in_a_header(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, '"a\nx",b\n1,2\n'), "a\nx") == [(1,)]


def test_header_without_rows(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b")
    assert table.schema.pairs() == [("a", "string"), ("b", "string")]
    assert rows_of(table) == []


def test_utf16(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, "a,b\n1,é\n".encode("utf-16"))) == [(1, "é")]


def test_whole_column_decides_its_type(tmp_path: Path) -> None:
    text = "a\n" + "1\n" * 200_000 + "x\n"
    assert table_of(tmp_path, text).schema.pairs() == [("a", "string")]


cell = st.text(st.sampled_from('ab1 ,;"\n\r\t\\é\U0001f600-.:/'), max_size=6)
width = st.integers(1, 4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=width.flatmap(lambda n: st.lists(st.lists(cell, min_size=n, max_size=n), min_size=1, max_size=12)))
def test_every_cell_comes_back(tmp_path: Path, rows: list[list[str]]) -> None:
    names = [f"c{i}" for i in range(len(rows[0]))]
    lines = [names, *rows]
    text = "".join(",".join('"' + c.replace('"', '""') + '"' for c in line) + "\n" for line in lines)
    table = table_of(tmp_path, text, schemas={"T": [[name, "string"] for name in names]})
    assert rows_of(table) == [tuple(row) for row in rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(rows=st.lists(st.lists(cell.filter(lambda c: "\0" not in c), min_size=1, max_size=4), min_size=1, max_size=12))
def test_ragged_rows_read_the_same_when_the_file_is_not_kept(tmp_path: Path, rows: list[list[str]]) -> None:
    lines = [["c0", "c1"], *rows]
    text = "".join(",".join('"' + c.replace('"', '""') + '"' for c in line) + "\n" for line in lines)
    kept = table_of(tmp_path, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_part, "_KEEP_BYTES", 0)
        streamed = table_of(tmp_path, text)
        assert streamed.schema == kept.schema
        assert rows_of(streamed) == rows_of(kept)
    assert len(rows_of(kept)) == len(rows)


def test_times_of_all_kinds(tmp_path: Path) -> None:
    texts = {
        "2021-04-28T14:32:14.029Z": "2021-04-28T14:32:14.029",
        "2021-04-28 14:32:14": "2021-04-28T14:32:14",
        "2021-04-28T14:32:14.1234567-08:00": "2021-04-28T22:32:14.1234567",
        "2021-04-28T14:32:14.123456789Z": "2021-04-28T14:32:14.1234567",
        "2022-3-24T11:41:57Z": "2022-03-24T11:41:57",
        "2021-04-28": "2021-04-28",
        '"4/28/2021, 2:32:14.029 PM"': "2021-04-28T14:32:14.029",
        "11/4/2020 21:11": "2020-11-04T21:11",
        "3/21/2021 10:38:56 PM": "2021-03-21T22:38:56",
        '"03/03/2021, 7:38:08.000 AM"': "2021-03-03T07:38:08",
        '"3/31/2022, 14:51:35.857 PM"': "2022-03-31T14:51:35.857",
        "1614758888": "2021-03-03T08:08:08",
        "1614758888123": "2021-03-03T08:08:08.123",
        "1614758888.5": "2021-03-03T08:08:08.5",
    }
    table = table_of(tmp_path, "t\n" + "\n".join(texts) + "\n", schemas={"T": {"t": "datetime"}})
    assert rows_of(table) == [(at(expected),) for expected in texts.values()]


def test_day_first_holds_for_the_whole_column(tmp_path: Path) -> None:
    text = 't,u\n"3/11/2021, 9:07:56.643 pm","3/11/2021, 9:07:56.643 pm"\n"19/11/2021, 9:07:56 am","12/11/2021, 9:07:56 am"\n'
    table = table_of(tmp_path, text, schemas={"T": {"t": "datetime", "u": "datetime"}})
    assert rows_of(table) == [
        (at("2021-11-03T21:07:56.643"), at("2021-03-11T21:07:56.643")),
        (at("2021-11-19T09:07:56"), at("2021-12-11T09:07:56")),
    ]


def test_display_zone_behind_the_name(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'TimeGenerated [UTC],Size [MB]\n"4/28/2021, 2:32:14.029 PM",1\n')
    assert table.schema.pairs() == [("TimeGenerated", "datetime"), ("Size [MB]", "long")]
    assert rows_of(table, "TimeGenerated") == [(at("2021-04-28T14:32:14.029"),)]


def test_other_zone_is_converted_and_reported(tmp_path: Path) -> None:
    catalog = load(tmp_path, 't [Pacific Time (US and Canada)]\n"4/28/2021, 2:32:14 PM"\n2021-01-01T00:00:00Z\n')
    assert rows_of(catalog.table("T"), "t") == [(at("2021-04-28T21:32:14"),), (at("2021-01-01"),)]
    assert catalog.reports()[0].notes == ("column `t`: times in the zone [Pacific Time (US and Canada)] are converted to UTC",)


def test_unknown_zone_is_refused_when_the_column_is_read(tmp_path: Path) -> None:
    text = 't [Local Time],n\n"4/28/2021, 2:32:14 PM",1\n'
    table = table_of(tmp_path, text)
    assert rows_of(table, "n") == [(1,)]
    with pytest.raises(KqlDataError, match=r"column `t \[Local Time\]` holds times in the zone \[Local Time\]"):
        rows_of(table, "t")


def test_a_zone_that_is_given_holds_for_columns_that_name_none(tmp_path: Path) -> None:
    text = 't [Local Time],u [Eastern Time (US and Canada)]\n"4/28/2021, 2:32:14 PM","4/28/2021, 2:32:14 PM"\n'
    catalog = load(tmp_path, text, options=ReadOptions(zone="Europe/Berlin"))
    assert rows_of(catalog.table("T")) == [(at("2021-04-28T12:32:14"), at("2021-04-28T18:32:14"))]
    assert catalog.reports()[0].notes == (
        "column `t`: times in the zone [Local Time] are converted to UTC as Europe/Berlin",
        "column `u`: times in the zone [Eastern Time (US and Canada)] are converted to UTC",
    )
    assert rows_of(load(tmp_path, text, options=ReadOptions(zone="UTC")).table("T"), "t") == [(at("2021-04-28T14:32:14"),)]
    assert rows_of(load(tmp_path, text, options=ReadOptions(as_utc=True)).table("T"), "u") == [(at("2021-04-28T14:32:14"),)]


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(KqlDataError, match="there is no time zone `Mars`"):
        ReadOptions(zone="Mars")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("time, local;host\n1;x\n2;y, z\n", ("time, local", "host")),
        ("a\tb, c, d\te\n1\t2\t3\n", ("a", "b, c, d", "e")),
        ('"a;b;c",d\n1,2\n', ("a;b;c", "d")),
        ("a,b\n1;2,3\n1;2;3,4\n", ("a", "b")),
        ('a;b\n"1\n2";x\n3;"y,z"\n', ("a", "b")),
        ("a,b,c\n1\n2\n3\n", ("a", "b", "c")),
        ("a\n1,5\n2,5\n", ("a",)),
    ],
)
def test_the_separator_splits_the_first_rows_alike(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    assert table_of(tmp_path, text).schema.names == names


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("UTC", "14:32:14"), ("UTC+01:00", "13:32:14"), ("GMT-5", "19:32:14"), ("+05:30", "09:02:14"), ("Europe/Berlin", "12:32:14"),
        ("(UTC-08:00) Pacific Time (US & Canada)", "21:32:14"), ("(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "13:32:14"), ("CET", "12:32:14"),
    ],
)  # fmt: skip
def test_zones_behind_a_name(tmp_path: Path, zone: str, utc: str) -> None:
    text = f'"t [{zone}]"\n"4/28/2021, 2:32:14 PM"\n'
    assert rows_of(table_of(tmp_path, text, schemas={"T": {"t": "datetime"}})) == [(at(f"2021-04-28T{utc}"),)]
