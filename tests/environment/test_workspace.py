"""Watchlists, file profiles, external files, other databases, times of arrival."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kqlpy.api import Engine
from kqlpy.engine.result import warnings_of
from kqlpy.errors import KqlDataError, KqlError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a watchlist and a table."""
    (tmp_path / "_watchlists").mkdir()
    (tmp_path / "_watchlists" / "VIP.csv").write_text("User,Level\nann,1\nbob,2\n")
    (tmp_path / "Logon.csv").write_text("User,SHA1\nann,AB\neve,cd\n")
    return tmp_path


def refused(engine: Engine, query: str) -> str:
    with pytest.raises(KqlError) as caught:
        engine.query(query)
    return str(caught.value)


# ---------------------------------------------------------------- watchlists


def test_a_watchlist_has_its_columns_and_those_of_the_system(folder: Path) -> None:
    table = Engine(folder).query("_GetWatchlist('VIP') | where Level == '2'")
    assert table.to_pylist() == [{"_DTItemId": "", "LastUpdatedTimeUTC": None, "SearchKey": "bob", "User": "bob", "Level": "2"}]


def test_search_keys_select_rows(folder: Path) -> None:
    assert Engine(folder).query("_GetWatchlist('VIP', dynamic(['ann', 'x'])) | project User").to_pylist() == [{"User": "ann"}]
    assert Engine(folder).query("_GetWatchlist('VIP', dynamic([])) | count").to_pylist() == [{"Count": 2}]


def test_a_watchlist_in_a_list(folder: Path) -> None:
    query = "let vip = _GetWatchlist('VIP') | project SearchKey; Logon | where User in (vip) | project User"
    assert Engine(folder).query(query).to_pylist() == [{"User": "ann"}]


def test_the_aliases(folder: Path) -> None:
    assert Engine(folder).query("_GetWatchlistAlias()").to_pylist() == [{"WatchlistAlias": "VIP"}]


def test_a_watchlist_without_a_file_binds_and_does_not_run(folder: Path) -> None:
    engine = Engine(folder)
    assert engine.plan("_GetWatchlist('VIPs') | where Tier == 1").is_open
    assert refused(engine, "_GetWatchlist('VIPs') | where Tier == 1").splitlines()[0] == (
        "KQLPY020 query, line 1, column 1: there is no data for `_GetWatchlist('VIPs')`"
    )
    assert "put _watchlists/VIPs.csv into the data folder; there are VIP" in refused(engine, "_GetWatchlist('VIPs')")


def test_a_watchlist_of_asim_may_be_absent(folder: Path) -> None:
    assert Engine(folder).query("_GetWatchlist('ASimDisabledParsers') | extend s = column_ifexists('Source', '')").num_rows == 0


def test_an_alias_that_is_not_constant(folder: Path) -> None:
    assert "a constant watchlist alias is expected here" in refused(Engine(folder), "_GetWatchlist(1)")


def test_a_function_of_ones_own_goes_before(folder: Path) -> None:
    engine = Engine(folder, functions={"_GetWatchlist": "(a: string) { print own = a }"})
    assert engine.query("_GetWatchlist('VIP')").to_pylist() == [{"own": "VIP"}]


# ---------------------------------------------------------------- profiles of files


def test_profiles_are_found_by_hash_in_any_case(folder: Path) -> None:
    (folder / "_profiles.csv").write_text("SHA1,SHA256,GlobalPrevalence,Signer\nab,ff,7,Contoso\n")
    engine = Engine(folder, options={"file_profile": folder / "_profiles.csv"})
    rows = engine.query("Logon | invoke FileProfile(SHA1, 1000) | project User, GlobalPrevalence, Signer, ProfileAvailability").to_pylist()
    assert rows == [
        {"User": "ann", "GlobalPrevalence": 7, "Signer": "Contoso", "ProfileAvailability": "Available"},
        {"User": "eve", "GlobalPrevalence": None, "Signer": "", "ProfileAvailability": "Missing"},
    ]


def test_the_hash_may_be_named_by_a_text_and_be_of_another_kind(folder: Path) -> None:
    (folder / "_profiles.jsonl").write_text('{"SHA256": "ab", "IsCertificateValid": true}\n')
    engine = Engine(folder, options={"file_profile": str(folder / "_profiles.jsonl")})
    assert engine.query("Logon | invoke FileProfile('SHA1') | where IsCertificateValid | project User").to_pylist() == [{"User": "ann"}]


def test_profiles_that_nobody_gave(folder: Path) -> None:
    engine = Engine(folder)
    assert ("GlobalPrevalence", "long") in engine.plan("Logon | invoke FileProfile()").schema
    assert "name a file of profiles with a column SHA1, SHA256 or MD5" in refused(engine, "Logon | invoke FileProfile()")


def test_a_hash_column_that_is_not_there(folder: Path) -> None:
    assert "`FileProfile` looks for the hash in `MD5`, which is no column of its input" in refused(Engine(folder), "Logon | invoke FileProfile(MD5)")


def test_profiles_without_a_hash(folder: Path) -> None:
    (folder / "_profiles.csv").write_text("Name\nab\n")
    engine = Engine(folder, options={"file_profile": folder / "_profiles.csv"})
    with pytest.raises(KqlDataError, match="has no column SHA1, SHA256 or MD5"):
        engine.query("Logon | invoke FileProfile()")


# ---------------------------------------------------------------- external files

FEED = "externaldata(ip:string, n:long)['https://example.com/list.csv']"


def test_an_external_file_that_the_data_folder_lists(folder: Path) -> None:
    (folder / "feeds").mkdir()
    (folder / "feeds" / "list.csv").write_text("10.0.0.1,5\n")
    (folder / "_external.yaml").write_text("https://example.com/: feeds\n")
    assert Engine(folder).query(FEED).to_pylist() == [{"ip": "10.0.0.1", "n": 5}]


def test_what_the_caller_gives_goes_before_the_list(folder: Path) -> None:
    (folder / "_external.yaml").write_text("https://example.com/list.csv: nowhere.csv\n")
    (folder / "mine.csv").write_text("10.0.0.2,6\n")
    engine = Engine(folder, options={"external": {"https://example.com/list.csv": folder / "mine.csv"}})
    assert engine.query(FEED).to_pylist() == [{"ip": "10.0.0.2", "n": 6}]


@pytest.mark.parametrize(
    ("text", "problem"), [("- a\n", "it is not a mapping of addresses to files"), ("https://a.b/c: [d]\n", "no file is named for https://a.b/c")]
)
def test_a_list_of_external_files_that_is_not_understood(folder: Path, text: str, problem: str) -> None:
    (folder / "_external.yaml").write_text(text)
    with pytest.raises(KqlDataError) as caught:
        Engine(folder)
    assert str(caught.value) == (
        f"KE003 {folder / '_external.yaml'}: {problem}\n    each line says which file stands for an address: https://example.com/list.csv: list.csv"
    )


# ---------------------------------------------------------------- places


@pytest.mark.parametrize("place", ["workspace('w')", "database('d')", "cluster('c').database('d')", "app('a')", "cluster('c')"])
def test_every_place_is_the_data_folder(folder: Path, place: str) -> None:
    engine = Engine(folder)
    assert engine.query(f"{place}.Logon | count").to_pylist() == [{"Count": 2}]
    assert engine.query(f"{place}.table('Logon') | count").to_pylist() == [{"Count": 2}]


def test_a_database_of_its_own_folder(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    (other / "Logon.csv").write_text("User\nzoe\n")
    engine = Engine(folder, options={"databases": {"Archive": other}})
    table = engine.query("union Logon, database('archive').Logon, cluster('x').database('Archive').table('Logon'), workspace('w').Logon | summarize count() by User")
    assert sorted((r["User"], r["count_"]) for r in table.to_pylist()) == [("ann", 2), ("eve", 2), ("zoe", 2)]
    assert warnings_of(table) == ["no folder is given for w: its tables are taken from the data folder"]


# ---------------------------------------------------------------- times of arrival


def test_a_row_arrives_when_it_was_received_else_when_it_was_generated() -> None:
    early, late = dt.datetime(2024, 5, 1, tzinfo=dt.UTC), dt.datetime(2024, 5, 2, tzinfo=dt.UTC)
    rows = [{"TimeGenerated": early, "_TimeReceived": late}, {"TimeGenerated": early, "_TimeReceived": None}]
    table = Engine(tables={"T": rows}).query("T | project at = ingestion_time()")
    assert table["at"].to_pylist() == [late, early]
    assert warnings_of(table) == ["ingestion_time() is the first of these columns that has a value: _TimeReceived, TimeGenerated"]


def test_rows_without_any_time_never_arrive() -> None:
    table = Engine().query("print a = 1 | extend at = ingestion_time()")
    assert table["at"].to_pylist() == [None]
    assert warnings_of(table) == [
        "ingestion_time() is null here: the rows have none of the columns _TimeReceived, ingestion_time, TimeGenerated, Timestamp"
    ]
