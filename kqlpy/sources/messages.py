"""The wording of every error about data, one factory per message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kqlpy.errors import KqlDataError

__all__ = [
    "bad_folder", "bad_json", "bad_schema_file", "bad_schema_type", "bad_table_value", "broken_file", "empty_file", "failed_answer", "long_value", "no_files",
    "no_reader", "no_zone", "not_a_table", "not_objects", "not_strict", "other_tables", "packed_file", "repeated_column", "unreadable", "unsupported_type",
    "value_failed", "zone_unknown",
]  # fmt: skip


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


def long_value(file: str, line: int, reason: str) -> KqlDataError:
    """JSON that cannot be read piece by piece."""
    return KqlDataError(f"{file}, line {line}: {reason}", code="KD022", hint="write the rows as JSON lines, one object a line, for example with jq -c '.[]'")


def not_objects(file: str, line: int, found: str) -> KqlDataError:
    """JSON whose rows are not objects."""
    return KqlDataError(
        f"{file}, line {line}: a row should be a JSON object, but here is {found}",
        code="KD006",
        hint='rows are objects such as {"TimeGenerated": "2024-05-01T00:00:00Z"}',
    )


def packed_file(file: str, kind: str, names: Sequence[str] = ()) -> KqlDataError:
    """An archive instead of a data file."""
    listed = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
    holds = f" that holds {listed}" if names else ""
    return KqlDataError(f"{file} is a {kind} archive{holds}", code="KD007", hint="unpack it into the data folder")


def other_tables(file: str, names: Sequence[str]) -> KqlDataError:
    """An archive that is asked for as a table and holds others."""
    listed = f"holds the tables {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}" if names else "holds no data file"
    return KqlDataError(f"{file} {listed}", code="KD021", hint="ask for one of these; or give the archive for one table: --table NAME=ARCHIVE")


def not_a_table(file: str, found: str) -> KqlDataError:
    """A file whose content is no table."""
    return KqlDataError(
        f"{file} holds {found}, which is not a table",
        code="KD008",
        hint="supported: CSV, TSV, JSON, JSON lines, Parquet, Arrow, Excel workbooks, Windows event logs",
    )


def no_reader(file: str, kind: str, package: str, extra: str) -> KqlDataError:
    """A format whose reader is not installed."""
    return KqlDataError(f"{file} is {kind}, and {package}, which reads these, is not installed", code="KD016", hint=f"pip install 'kqlpy[{extra}]'")


def no_files(table: str, place: str) -> KqlDataError:
    """A place that is given for a table and holds nothing."""
    return KqlDataError(f"table {table}: there is no data file at {place}", code="KD015", hint="give a file, a folder, an archive, or a pattern such as logs/*.csv")


def failed_answer(file: str, reason: str) -> KqlDataError:
    """A saved answer of a service that did not answer the query in full."""
    return KqlDataError(f"{file} is the answer to a query that failed: {reason}", code="KD017", hint="its rows are not complete; run the query again")


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
        hint="say which zone it was: --zone Europe/Berlin, or Engine(zone=...); or export the times in UTC",
    )


def no_zone(zone: str) -> KqlDataError:
    """A zone that is given and that nobody knows."""
    return KqlDataError(f"there is no time zone `{zone}`", code="KD018", hint="zones are called as in Europe/Berlin, or UTC")


def value_failed(file: str, line: int | None, column: str, type_: str, example: str) -> KqlDataError:
    """A value that its column's type cannot hold, where that is an error."""
    place = "" if line is None else f", line {line}"
    return KqlDataError(
        f"{file}{place}: {_shortened(example)!r} cannot be read as {type_}, the type of column `{column}`",
        code="KD019",
        hint="without --strict such values count as null",
    )


def not_strict(file: str, remark: str) -> KqlDataError:
    """Something of a file that is not in its table, where that is an error."""
    return KqlDataError(f"{file}: {remark}", code="KD020", hint="without --strict this is only a remark")


# ---------------------------------------------------------------- remarks


def open_dates(columns: Sequence[str], example: str) -> str:
    """Dates that do not say which number is the month."""
    listed = ", ".join(columns[:5]) + (f" and {len(columns) - 5} more" if len(columns) > 5 else "")
    return f"no date tells day and month apart in {listed}; they are read month first, such as {_shortened(example)}"


def odd_hours(column: str, count: int, example: str) -> str:
    """Times such as 14:51 PM."""
    counted = "1 time has" if count == 1 else f"{count:,} times have"
    return f"column `{column}`: {counted} an hour that contradicts AM or PM and is read as of 24 hours, such as {_shortened(example)!r}"


def failed_values(file: str, line: int | None, column: str, type_: str, count: int, example: str) -> str:
    """Values that count as null."""
    place = "" if line is None else f", line {line}"
    counted = "1 value" if count == 1 else f"{count:,} values"
    return f"{file}{place}: {counted} of {column} cannot be read as {type_} and count as null, such as {_shortened(example)!r}"


def guessed_types(table: str, rows: int | None, files: int, columns: Sequence[tuple[str, str]]) -> str:
    """What was worked out from the values of a table's files."""
    listed = ", ".join(f"{name} {type_}" for name, type_ in columns[:6]) + (f" and {len(columns) - 6} more" if len(columns) > 6 else "")
    counted = "" if rows is None else f"{rows:,} row{'' if rows == 1 else 's'}, "
    of = f" of {files} files" if files > 1 else ""
    return f"{table}{of}: {counted}no schema declares {listed}; these types are guessed from the values"


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
