"""Declared schemas: from values, from files, and written to files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.api import Engine
from kqlpy.errors import KqlDataError
from kqlpy.schema import Schema
from kqlpy.sources.catalog import Catalog
from kqlpy.sources.given_schemas import given_schemas, read_schemas, schemas_text
from kqlpy.types import Type
from tests.sources.helpers import folder, rows_of

columns = st.lists(st.tuples(st.text(min_size=1, max_size=4), st.sampled_from([t for t in Type if t is not Type.UNKNOWN])), max_size=4, unique_by=lambda c: c[0])


@given(schemas=st.dictionaries(st.text(min_size=1, max_size=4).filter(lambda name: "\ud800" not in name), columns, max_size=3))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, schemas: dict[str, list[tuple[str, Type]]]) -> None:
    path = tmp_path_factory.mktemp("schemas") / "s.json"
    expected = {name: Schema.of(pairs) for name, pairs in schemas.items()}
    path.write_text(schemas_text(expected), encoding="utf-8")
    assert read_schemas(path) == expected


def test_a_line_for_each_column() -> None:
    assert schemas_text({"T": Schema.of([("n", Type.LONG), ("é", Type.STRING)])}) == '{\n  "T": [\n    ["n", "long"],\n    ["é", "string"]\n  ]\n}\n'


def test_a_file_of_schemas_is_as_good_as_a_mapping(tmp_path: Path) -> None:
    folder(tmp_path, T__csv="x,y\n1,2\n", mine__json='\ufeff{"T": [["z", "long"], ["x", "string"]]}')
    for given_ in (tmp_path / "mine.json", str(tmp_path / "mine.json"), {"T": [["z", "long"], ["x", "string"]]}):
        assert rows_of(Catalog(tmp_path, schemas=given_).table("T")) == [(None, "1", 2)]
    assert Engine(tmp_path, schemas=tmp_path / "mine.json").query("T | project x").to_pylist() == [{"x": "1"}]
    assert given_schemas(None) == {}


@pytest.mark.parametrize(
    ("content", "message"), [("{", "not valid JSON"), ("[]", "is not a list of columns"), ('{"T": 5}', "is not a list of columns"), ('{"T": [5]}', "is not a list of columns")]
)
def test_other_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    folder(tmp_path, s__json=content)
    with pytest.raises(KqlDataError, match=message):
        Catalog(tmp_path, schemas=tmp_path / "s.json")


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KqlDataError, match=r"cannot read .*s\.json: No such file"):
        Catalog(tmp_path, schemas=tmp_path / "s.json")
