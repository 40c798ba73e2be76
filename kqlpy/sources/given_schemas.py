"""Schemas that users declare: as Python values, or in a file such as `_schemas.json` beside the data. Written here, too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kqlpy.schema import Column, Schema
from kqlpy.sources import messages
from kqlpy.sources.files import reading
from kqlpy.types import Type, parse_type

__all__ = ["SCHEMA_FILE", "GivenSchema", "given_schemas", "read_schemas", "schemas_text"]

GivenSchema = Sequence[Sequence[str]] | Mapping[str, str]
SCHEMA_FILE = "_schemas.json"


def given_schemas(given: Mapping[str, GivenSchema] | str | Path | None) -> dict[str, Schema]:
    """Schemas by table, from a mapping or from a file."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {name: _schema(name, columns) for name, columns in given.items()}
    return read_schemas(Path(given))


def read_schemas(path: Path) -> dict[str, Schema]:
    """The schemas of a file."""
    with reading(str(path)):
        data = path.read_bytes()
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise messages.bad_json(str(path), error.lineno, error.colno, error.msg) from error
    except (RecursionError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "it is nested too deeply"
        raise messages.bad_json(str(path), 1, 1, reason) from error
    if not isinstance(found, dict):
        raise messages.bad_schema_file(str(path))
    return {name: _schema(name, columns) for name, columns in found.items()}


def schemas_text(schemas: Mapping[str, Schema]) -> str:
    """Schemas as the text of such a file, a line for each column."""
    tables = []
    for name, schema in schemas.items():
        columns = ",\n".join(f"    {json.dumps([column, type_], ensure_ascii=False)}" for column, type_ in schema.pairs())
        tables.append(f"  {json.dumps(name, ensure_ascii=False)}: [\n{columns}\n  ]")
    return "{\n" + ",\n".join(tables) + "\n}\n"


def _schema(table: str, columns: GivenSchema) -> Schema:
    pairs: Iterable[Sequence[str]] = list(columns.items()) if isinstance(columns, Mapping) else columns
    try:
        return Schema(tuple(Column(name, _type(table, name, type_)) for name, type_ in pairs))
    except (TypeError, ValueError, AttributeError) as error:
        raise messages.bad_schema_file(f"the schema of {table}") from error


def _type(table: str, column: str, text: str) -> Type:
    found = parse_type(text)
    if found is None:
        raise messages.bad_schema_type(table, column, text, [t for t in Type if t is not Type.UNKNOWN])
    return found
