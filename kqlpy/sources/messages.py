"""The wording of every error about data, one factory per message."""

from __future__ import annotations

from collections.abc import Iterable

from kqlpy.errors import KqlDataError

__all__ = ["bad_folder", "bad_json", "bad_schema_file", "bad_schema_type", "bad_table_value", "broken_file", "empty_file", "not_a_table", "not_objects", "packed_file", "repeated_column", "unreadable", "unsupported_type", "zone_unknown"]  # fmt: skip


def bad_folder(folder: str, reason: str) -> KqlDataError:
    """The data folder is absent or not a folder."""
    return KqlDataError(f"cannot read the data folder {folder}: {reason}", code="KD001")


def unreadable(file: str, reason: str) -> KqlDataError:
    """The operating system refuses the file."""
    return KqlDataError(f"cannot read {file}: {reason}", code="KD002")


def empty_file(file: str) -> KqlDataError:
    """A file of no bytes says nothing, not even its columns."""
    return KqlDataError(
        f"{file} is empty: it has not even a header", code="KD003", hint="remove the file, or write the header line"
    )


def broken_file(file: str, kind: str, reason: str) -> KqlDataError:
    """A file that is cut short or damaged."""
    return KqlDataError(f"{file} cannot be read as {kind}: {reason}", code="KD004")


def bad_json(file: str, line: int, column: int, reason: str) -> KqlDataError:
    """Text that is not JSON, with its place."""
    return KqlDataError(f"{file}, line {line}, column {column}: not valid JSON: {reason}", code="KD005")


def not_objects(file: str, line: int, found: str) -> KqlDataError:
    """JSON whose rows are not objects."""
    return KqlDataError(
        f"{file}, line {line}: a row should be a JSON object, but here is {found}",
        code="KD006",
        hint='rows are objects such as {"TimeGenerated": "2024-05-01T00:00:00Z"}',
    )


def packed_file(file: str, kind: str) -> KqlDataError:
    """An archive instead of a data file."""
    return KqlDataError(f"{file} is a {kind} archive", code="KD007", hint="unpack it into the data folder")


def not_a_table(file: str, found: str) -> KqlDataError:
    """A file whose content is no table."""
    return KqlDataError(
        f"{file} holds {found}, which is not a table", code="KD008", hint="supported: CSV, TSV, JSON, JSON lines, Parquet, Arrow"
    )


def repeated_column(file: str, column: str) -> KqlDataError:
    """Two columns of one name in a format whose columns are known by name."""
    return KqlDataError(f"{file}: two columns have the name `{column}`", code="KD014", hint="rename one of them")


def unsupported_type(table: str, column: str, type_: str) -> KqlDataError:
    """An Arrow column that no KQL type can hold."""
    return KqlDataError(f"{table}: column `{column}` has the Arrow type {type_}, which KQL cannot hold", code="KD009")


def bad_schema_type(table: str, column: str, type_: str, known: Iterable[str]) -> KqlDataError:
    """A given schema names no KQL type."""
    return KqlDataError(
        f"schema of {table}: `{type_}`, given for column `{column}`, is no KQL type",
        code="KD010",
        hint=f"types: {', '.join(known)}",
    )


def bad_schema_file(file: str) -> KqlDataError:
    """A schema of another form."""
    return KqlDataError(
        f"{file} is not a list of columns",
        code="KD013",
        hint='for each table: [["TimeGenerated", "datetime"], ["EventID", "int"]]',
    )


def bad_table_value(table: str, found: str) -> KqlDataError:
    """An in-memory table of a kind that cannot be read."""
    return KqlDataError(
        f"table {table} is given as {found}, which cannot be read as a table",
        code="KD011",
        hint="give an Arrow, pandas or Polars table, or a list of dicts",
    )


def zone_unknown(file: str, column: str, zone: str) -> KqlDataError:
    """A time column in a zone that cannot be told."""
    return KqlDataError(
        f"{file}: column `{column}` holds times in the zone [{zone}], which cannot be converted to UTC",
        code="KD012",
        hint="export the times in UTC, or have them taken as UTC (zones_as_utc)",
    )
