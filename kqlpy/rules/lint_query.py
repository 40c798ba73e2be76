"""Checks that need the bound query: columns that a rule names must be returned, and the times of the query must fit those of its runs."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kqlpy.rules.details import PLACEHOLDER
from kqlpy.rules.findings import Finding, error, warning
from kqlpy.rules.model import Rule
from kqlpy.rules.reads import look_back
from kqlpy.rules.schedule import period_of, shown
from kqlpy.rules.templates import CUSTOM_DETECTION

if TYPE_CHECKING:
    from kqlpy.api import Prepared

__all__ = ["QUERY_CHECKS"]

_Path = tuple[str | int, ...]


def result(rule: Rule, prepared: Prepared) -> Iterator[Finding]:
    """The query asks for something."""
    if not prepared.bound.results:
        yield error("KL022", rule, ("query",), "the query defines names but asks for no result; end it with a query, such as `T | take 10`")


def columns(rule: Rule, prepared: Prepared) -> Iterator[Finding]:
    """Each column that the rule names is one that the query returns. Where the data may bring further columns, nothing can be said."""
    if prepared.is_open or not prepared.bound.results:
        return
    names = [name for name, _ in prepared.schema]
    for path, column, use in _named(rule):
        if column and column not in names:
            near = difflib.get_close_matches(column.lower(), [name.lower() for name in names], n=1, cutoff=0.75)
            meant = next((name for name in names if near and name.lower() == near[0]), None)
            hint = f"; did you mean `{meant}`?" if meant else ""
            yield error("KL090", rule, path, f"{use} names the column `{column}`, which the query does not return{hint}")


def _named(rule: Rule) -> Iterator[tuple[_Path, str, str]]:
    """Where a rule names a column, the column, and what for."""
    for index, mapping in enumerate(rule.entities):
        for number, (identifier, column) in enumerate(mapping.fields):
            path: _Path = ("entityMappings", index, "fieldMappings", number, "columnName")
            yield path, column, f"the mapping of {mapping.type} {identifier}"
    for index, column in enumerate(rule.sentinel_entities):
        yield ("sentinelEntitiesMappings", index, "columnName"), column, "the mapping of entities"
    for key, column in rule.details:
        yield ("customDetails", key), column, f"the custom detail `{key}`"
    override = rule.override
    for name, text in (("alertDisplayNameFormat", override.title), ("alertDescriptionFormat", override.description)):
        for column in PLACEHOLDER.findall(text):
            yield ("alertDetailsOverride", name), column, f"`{name}`"
    yield ("alertDetailsOverride", "alertSeverityColumnName"), override.severity_column, "`alertSeverityColumnName`"
    yield ("alertDetailsOverride", "alertTacticsColumnName"), override.tactics_column, "`alertTacticsColumnName`"
    for name, column in override.properties:
        yield ("alertDetailsOverride", "alertDynamicProperties"), column, f"the property {name}"


def times(rule: Rule, prepared: Prepared) -> Iterator[Finding]:
    """How far back the query looks: not further than the window of a run, and not less than the time between runs."""
    period, seen = period_of(rule), look_back(prepared)
    if seen is None or not rule.is_analytic:
        return
    if period is not None and seen > period + _SLACK:
        sees = "an NRT run sees what came in within a minute" if rule.is_nrt else f"a run sees only the {shown(period)} of `queryPeriod`"
        yield warning("KL091", rule, ("query",) if rule.is_nrt else ("queryPeriod",), f"the query looks back {shown(seen)}, but {sees}")
    if rule.frequency is not None and not rule.is_nrt and seen < rule.frequency - _SLACK:
        gap = rule.frequency - seen
        yield warning("KL092", rule, ("queryFrequency",), f"the query looks back {shown(seen)}, so {shown(gap)} between two runs are seen by none")


#: Rounding in the query and the moment of its run make no difference worth a remark.
_SLACK = dt.timedelta(minutes=1)


def custom_detection(rule: Rule, prepared: Prepared) -> Iterator[Finding]:
    """The columns that a custom detection of Defender must return."""
    if rule.kind != CUSTOM_DETECTION or prepared.is_open or not prepared.bound.results:
        return
    names = {name for name, _ in prepared.schema}
    if not names & {"Timestamp", "TimeGenerated"}:
        yield error("KL093", rule, ("query",), "a custom detection returns Timestamp or TimeGenerated; this query does not")
    if "Timestamp" in names and "ReportId" not in names:
        yield warning("KL094", rule, ("query",), "a custom detection over Defender's tables returns ReportId; this query does not")


QUERY_CHECKS: tuple[Callable[[Rule, Prepared], Iterator[Finding]], ...] = (result, columns, times, custom_detection)
