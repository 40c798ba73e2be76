"""What `kqlpy check` has to say, and how machines get it: JSON, SARIF 2.1.0, and GitHub's workflow commands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kqlpy.errors import KqlError
    from kqlpy.rules.findings import Finding

__all__ = ["Checked", "Remark", "as_github", "as_json", "as_sarif", "from_error", "from_finding"]


@dataclass(frozen=True)
class Remark:
    """An error or a warning at a place in a file; lines and columns from 1, the end behind the last character. None where no place is known."""

    level: str
    code: str
    message: str
    hint: str | None
    file: str
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    text: str


@dataclass(frozen=True)
class Checked:
    """A rule or query that was looked at: its file and name, its columns if it binds, and what is wrong with it."""

    file: str
    name: str
    columns: list[tuple[str, str]] | None
    is_open: bool
    remarks: tuple[Remark, ...]

    @property
    def ok(self) -> bool:
        """True without errors; warnings leave a rule right."""
        return all(remark.level != "error" for remark in self.remarks)


def from_error(error: KqlError, file: str) -> Iterator[Remark]:
    """A remark for each of the independent errors that were found together."""
    for one in error.errors:
        start = end = None
        if one.source is not None and one.span is not None:
            start = one.source.file_position(one.span.start)
            end = one.source.file_position(max(one.span.end - 1, one.span.start))
        where = one.source.file if one.source is not None and one.source.file else file
        yield Remark(
            "error", one.code, one.message, one.hint, where,
            start.line if start else None, start.column if start else None, end.line if end else None, end.column + 1 if end else None, one.picture(),
        )  # fmt: skip


def from_finding(finding: Finding) -> Remark:
    """A remark of a finding on a field of a rule."""
    return Remark(finding.level, finding.code, finding.message, None, finding.file, finding.line, finding.column, None, None, str(finding))


# ---------------------------------------------------------------- for machines


def as_json(checked: Iterable[Checked]) -> str:
    """One JSON object: the rules, their remarks, and the counts."""
    rules = list(checked)
    remarks = [remark for rule in rules for remark in rule.remarks]
    return json.dumps(
        {
            "rules": [_rule(rule) for rule in rules],
            "remarks": [{key: value for key, value in asdict(remark).items() if key != "text"} for remark in remarks],
            "summary": counts(rules),
        },
        indent=2,
        ensure_ascii=False,
    )


def _rule(rule: Checked) -> dict[str, Any]:
    columns = None if rule.columns is None else [{"name": name, "type": type_} for name, type_ in rule.columns]
    return {"file": rule.file, "name": rule.name, "ok": rule.ok, "columns": columns, "open": rule.is_open}


def counts(rules: Iterable[Checked]) -> dict[str, int]:
    """How many rules, wrong ones, errors and warnings there are."""
    listed = list(rules)
    levels = [remark.level for rule in listed for remark in rule.remarks]
    return {"rules": len(listed), "wrong": sum(not rule.ok for rule in listed), "errors": levels.count("error"), "warnings": levels.count("warning")}


def as_sarif(checked: Iterable[Checked], version: str) -> str:
    """A SARIF 2.1.0 log with one run."""
    remarks = [remark for rule in checked for remark in rule.remarks]
    codes = sorted({remark.code for remark in remarks})
    run = {
        "tool": {"driver": {"name": "kqlpy", "version": version, "rules": [{"id": code} for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(remark, codes.index(remark.code)) for remark in remarks],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _result(remark: Remark, index: int) -> dict[str, Any]:
    text = f"{remark.message}; {remark.hint}" if remark.hint else remark.message
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(remark.file)}}
    if remark.line is not None:
        region = {"startLine": remark.line, "startColumn": remark.column, "endLine": remark.end_line, "endColumn": remark.end_column}
        place["region"] = {key: value for key, value in region.items() if value is not None}
    return {"ruleId": remark.code, "ruleIndex": index, "level": remark.level, "message": {"text": text}, "locations": [{"physicalLocation": place}]}


def _uri(file: str) -> str:
    """A relative path as a URI reference, an absolute one as a file URI."""
    from urllib.parse import quote

    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def as_github(checked: Iterable[Checked]) -> Iterator[str]:
    """A workflow command for each remark, which GitHub shows beside the line."""
    for rule in checked:
        for remark in rule.remarks:
            places = {"file": remark.file, "line": remark.line, "endLine": remark.end_line, "col": remark.column, "endColumn": remark.end_column}
            if remark.end_line != remark.line:
                places = {"file": remark.file, "line": remark.line, "endLine": remark.end_line}
            shown = ",".join(f"{key}={_property(str(value))}" for key, value in (places | {"title": remark.code}).items() if value is not None)
            text = f"{remark.message}\n{remark.hint}" if remark.hint else remark.message
            yield f"::{remark.level} {shown}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
