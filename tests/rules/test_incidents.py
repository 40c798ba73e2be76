"""Alerts of a rule as incidents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from kqlpy.rules import Alert, Entity, load_rule
from kqlpy.rules.incidents import MOST_ALERTS, IncidentList

START = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)


def host(name: str) -> Entity:
    """A host."""
    return Entity("Host", {"HostName": name})


def user(name: str) -> Entity:
    """An account."""
    return Entity("Account", {"Name": name})


def numbers(folder: Path, settings: str, alerts: Sequence[tuple[float, Alert]]) -> list[int | None]:
    """The incidents of alerts that are raised so many hours after the start."""
    path = folder / "rule.yaml"
    path.write_text(f"query: T\nincidentConfiguration: {settings}\n")
    incidents = IncidentList(load_rule(path))
    return [incidents.number_of(alert, START + dt.timedelta(hours=hours)) for hours, alert in alerts]


def grouped(method: str, more: str = "") -> str:
    """Settings with grouping."""
    return f"{{groupingConfiguration: {{enabled: true, matchingMethod: {method}{more}}}}}"


TWO_HOSTS = [(0, Alert("a", entities=(host("x"),))), (1, Alert("a", entities=(host("y"),))), (2, Alert("b", entities=(host("x"),)))]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("{}", [1, 2, 3]),
        ("{createIncident: false}", [None, None, None]),
        ("{createIncident: true, groupingConfiguration: {enabled: false, matchingMethod: AnyAlert}}", [1, 2, 3]),
        (grouped("AllEntities"), [1, 2, 1]),
        (grouped("AnyAlert"), [1, 1, 1]),
        (grouped("Selected", ", groupByEntities: [Host]"), [1, 2, 1]),
        (grouped("Selected", ", groupByAlertDetails: [DisplayName]"), [1, 1, 2]),
        (grouped("Selected", ", groupByEntities: [Host], groupByAlertDetails: [DisplayName]"), [1, 2, 3]),
    ],
)
def test_matching(settings: str, expected: list[int | None], tmp_path: Path) -> None:
    assert numbers(tmp_path, settings, TWO_HOSTS) == expected


def test_all_entities_match_or_none(tmp_path: Path) -> None:
    alerts = [(0, Alert("a", entities=(host("x"), user("u")))), (1, Alert("a", entities=(host("x"),))), (2, Alert("a", entities=(user("u"), host("x"))))]
    assert numbers(tmp_path, grouped("AllEntities"), alerts) == [1, 2, 1]
    assert numbers(tmp_path, grouped("Selected", ", groupByEntities: [Host]"), alerts) == [1, 1, 1]


def test_custom_details_and_severity(tmp_path: Path) -> None:
    alerts = [(0, Alert("a", severity="Low", details={"K": ("1",)})), (1, Alert("a", severity="Low", details={"K": ("2",)})), (2, Alert("a", severity="High", details={"K": ("1",)}))]
    assert numbers(tmp_path, grouped("Selected", ", groupByCustomDetails: [K]"), alerts) == [1, 2, 1]
    assert numbers(tmp_path, grouped("Selected", ", groupByAlertDetails: [Severity]"), alerts) == [1, 1, 2]


@pytest.mark.parametrize(("lookback", "expected"), [("", [1, 1, 2, 2]), (", lookbackDuration: PT2H", [1, 2, 2, 3]), (", lookbackDuration: 1d", [1, 1, 1, 1])])
def test_an_incident_takes_alerts_for_a_time_from_its_first_one(lookback: str, expected: list[int], tmp_path: Path) -> None:
    alerts = [(hours, Alert("a")) for hours in (0, 4, 6, 9)]
    assert numbers(tmp_path, grouped("AnyAlert", lookback), alerts) == expected


def test_an_incident_takes_so_many_alerts(tmp_path: Path) -> None:
    found = numbers(tmp_path, grouped("AnyAlert"), [(0, Alert("a"))] * (MOST_ALERTS + 1))
    assert (found.count(1), found.count(2)) == (MOST_ALERTS, 1)
