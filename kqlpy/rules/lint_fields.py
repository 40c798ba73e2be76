"""Checks of a rule's single fields, with the limits of the official template validator and of the service."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

from kqlpy.rules.findings import Finding, choice, error, warning
from kqlpy.rules.model import Rule
from kqlpy.rules.schedule import shown
from kqlpy.rules.tactics import SEVERITIES, TACTICS, tactics_with
from kqlpy.rules.templates import CUSTOM_DETECTION, CUSTOM_PERIODS

__all__ = ["FIELD_CHECKS"]

_KINDS = ("Scheduled", "NRT", CUSTOM_DETECTION)
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")
_ALL_TABLES = re.compile(r"\b(search|union)\s+\*(?!\w)")
_OTHER_PLACE = re.compile(r"\b(workspace|cluster|database|app|adx|arg)\s*\(")
_COMMENT = re.compile(r"//[^\n]*")
_LEAST, _MOST = dt.timedelta(minutes=5), dt.timedelta(days=14)


def identity(rule: Rule) -> Iterator[Finding]:
    """Name, id, description, version."""
    if not rule.fields.get("name") and rule.is_analytic:
        yield error("KL001", rule, ("name",), "the rule has no `name`")
    if len(rule.name) > 256:
        yield error("KL002", rule, ("name",), f"`name` has {len(rule.name)} characters; 256 are allowed")
    if rule.is_analytic and not rule.id and rule.kind != CUSTOM_DETECTION:
        yield warning("KL003", rule, ("id",), "the rule has no `id`; a template needs a GUID that no other has")
    if rule.id and not _GUID.fullmatch(rule.id) and rule.kind != CUSTOM_DETECTION:
        yield error("KL004", rule, ("id",), f"`id` should be a GUID, not `{rule.id}`")
    if len(rule.description) > 5_000:
        yield error("KL005", rule, ("description",), f"`description` has {len(rule.description):,} characters; 5,000 are allowed")
    if rule.is_analytic and not rule.description and rule.kind != CUSTOM_DETECTION:
        yield warning("KL008", rule, ("description",), "the rule has no `description`; a template needs one")
    if rule.version and (not _VERSION.fullmatch(rule.version) or len(rule.version) > 20):
        yield error("KL006", rule, ("version",), f"`version` should be three numbers such as 1.0.2, not `{rule.version}`")


def repeated(rule: Rule) -> Iterator[Finding]:
    """Fields that stand twice: the service refuses them, here the last one counts."""
    for name, place in rule.places.repeated() if rule.places is not None else ():
        yield Finding("KL007", "error", f"`{name}` stands here a second time; only the last one counts", rule.file or "", place.line, place.column)


def kind(rule: Rule) -> Iterator[Finding]:
    """Kind and severity."""
    if not rule.is_analytic:
        return
    if not rule.kind:
        yield warning("KL010", rule, ("kind",), "the rule has no `kind`; it is Scheduled or NRT")
    elif rule.kind not in _KINDS:
        yield error("KL011", rule, ("kind",), f"`kind` is Scheduled or NRT, written so; here it is `{rule.kind}`")
    if not rule.severity:
        yield error("KL012", rule, ("severity",), f"the rule has no `severity`; there are {', '.join(SEVERITIES)}")
    elif rule.severity not in SEVERITIES:
        yield error("KL013", rule, ("severity",), f"`{rule.severity}` is no severity; {choice(rule.severity, SEVERITIES)}")


def query(rule: Rule) -> Iterator[Finding]:
    """The query's length and what it must not say."""
    if len(rule.query) > 10_000:
        yield error("KL020", rule, ("query",), f"`query` has {len(rule.query):,} characters; 10,000 are allowed")
    if rule.is_analytic and (match := _ALL_TABLES.search(_COMMENT.sub("", rule.query))):
        yield error("KL021", rule, ("query",), f"`{match[1]} *` reads all tables, which an analytics rule may not")
    if rule.is_nrt and (match := _OTHER_PLACE.search(_COMMENT.sub("", rule.query))):
        yield error("KL023", rule, ("query",), f"an NRT rule reads its own workspace only, and no `{match[1]}(...)`")


def schedule(rule: Rule) -> Iterator[Finding]:
    """Frequency and period: there, in their bounds, and without a gap between the windows of two runs."""
    if rule.is_nrt or not rule.is_analytic:
        return
    custom = rule.kind == CUSTOM_DETECTION
    if custom:
        yield from _custom_schedule(rule)
        return
    for name, value in (("queryFrequency", rule.frequency), ("queryPeriod", rule.period)):
        if value is None:
            written = rule.fields.get(name)
            problem = f"the rule has no `{name}`" if written is None else f"`{name}` should be a length of time such as 1h or P1D, not `{written}`"
            yield error("KL030", rule, (name,), problem)
        elif not _LEAST <= value <= _MOST:
            yield error("KL031", rule, (name,), f"`{name}` is {shown(value)}; it lies between 5m and 14d")
    if rule.frequency is None or rule.period is None:
        return
    if rule.period < rule.frequency:
        gap = rule.frequency - rule.period
        yield error("KL032", rule, ("queryPeriod",), f"`queryPeriod` is shorter than `queryFrequency`: {shown(gap)} between two runs are seen by none")
    if rule.period >= dt.timedelta(days=2) and rule.frequency < dt.timedelta(hours=1):
        yield error("KL033", rule, ("queryFrequency",), "a rule that looks back 2d or more runs once an hour at most")


def _custom_schedule(rule: Rule) -> Iterator[Finding]:
    """How often a custom detection of Defender runs."""
    written = str(rule.fields.get("schedule") or "")
    if written.upper().removeprefix("PT") not in CUSTOM_PERIODS:
        yield error("KL034", rule, ("schedule",), f"`period` is one of {', '.join(CUSTOM_PERIODS)} (0 is continuous), not `{written or 'missing'}`")


def trigger(rule: Rule) -> Iterator[Finding]:
    """The trigger's two fields, and what a near-real-time rule has no use for."""
    names = ("triggerOperator", "triggerThreshold")
    if rule.is_nrt:
        for name in ("queryFrequency", "queryPeriod", *names):
            if rule.fields.get(name) is not None:
                yield warning("KL042", rule, (name,), f"an NRT rule has no `{name}`: it runs every minute, and any row alerts")
    elif rule.is_analytic and rule.kind != CUSTOM_DETECTION:
        for name in names:
            if rule.fields.get(name) is None:
                yield error("KL040", rule, (name,), f"the rule has no `{name}`")
        if rule.trigger.threshold > 10_000:
            yield error("KL041", rule, ("triggerThreshold",), f"`triggerThreshold` is {rule.trigger.threshold:,}; it lies between 0 and 10,000")


def suppression(rule: Rule) -> Iterator[Finding]:
    """The time without runs after an alert."""
    if rule.fields.get("suppressionEnabled") is True and rule.suppression is None:
        written = rule.fields.get("suppressionDuration")
        problem = "has no `suppressionDuration`" if written is None else f"has the `suppressionDuration` `{written}`, which is no length of time such as 5h or PT5H"
        yield error("KL045", rule, ("suppressionDuration",), f"the rule is suppressed after an alert but {problem}")
    if rule.suppression is not None and not _LEAST <= rule.suppression <= dt.timedelta(days=1):
        yield error("KL043", rule, ("suppressionDuration",), f"`suppressionDuration` is {shown(rule.suppression)}; it lies between 5m and 24h")
    grouping = rule.grouping
    if grouping and grouping not in ("SingleAlert", "AlertPerResult"):
        yield error("KL044", rule, ("eventGroupingSettings",), f"`aggregationKind` is SingleAlert or AlertPerResult, not `{grouping}`")


def attack(rule: Rule) -> Iterator[Finding]:
    """Tactics and techniques, and that they go together."""
    if rule.is_analytic and not rule.tactics and rule.kind != CUSTOM_DETECTION:
        yield warning("KL050", rule, ("tactics",), "the rule names no `tactics`")
    for index, tactic in enumerate(rule.tactics):
        if tactic.replace(" ", "") not in TACTICS and rule.kind != CUSTOM_DETECTION:
            told = error if rule.is_analytic else warning
            yield told("KL051", rule, ("tactics", index), f"`{tactic}` is no tactic; {choice(tactic, TACTICS)}")
    for index, technique in enumerate(rule.techniques):
        path = ("relevantTechniques", index)
        if not _TECHNIQUE.fullmatch(technique):
            yield error("KL052", rule, path, f"`{technique}` is no technique; write T1059 or T1059.001")
        elif (fitting := tactics_with(technique)) and not set(fitting) & {t.replace(" ", "") for t in rule.tactics}:
            yield warning("KL053", rule, path, f"`{technique}` serves {' or '.join(fitting)}, which `tactics` does not name")


FIELD_CHECKS: tuple[Callable[[Rule], Iterator[Finding]], ...] = (identity, repeated, kind, query, schedule, trigger, suppression, attack)
