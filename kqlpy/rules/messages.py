"""The wording of every error about rule files, one factory per message."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from kqlpy.errors import KqlError
from kqlpy.source import Source, Span

__all__ = [
    "DISABLED", "KqlRuleError", "bad_json", "bad_operator", "bad_text", "bad_threshold", "bad_yaml", "more_json", "no_rule_in_template", "not_a_rule", "not_text",
    "query_empty", "query_not_text", "query_twice", "several_documents", "several_rules", "too_large", "unknown_ending", "unreadable",
]  # fmt: skip


#: A remark on a rule that runs here all the same.
DISABLED = "the rule is disabled (`enabled: false`): the service would not run it"


class KqlRuleError(KqlError):
    """The file is not a rule, or a field of it cannot be understood."""


def unreadable(file: str, reason: str) -> KqlRuleError:
    """The operating system refuses the file."""
    hint = "addresses are not fetched: save the file first" if re.match(r"https?:/", file) else None
    return KqlRuleError(f"cannot read {file}: {reason}", code="KR001", hint=hint)


def not_text(file: str, line: int) -> KqlRuleError:
    """Bytes that are no text."""
    return KqlRuleError(f"{file}, line {line}: this is not UTF-8 text", code="KR002", hint="save the file as UTF-8")


def unknown_ending(file: str) -> KqlRuleError:
    """A file whose name does not say what it is."""
    return KqlRuleError(f"{file}: not the name of a rule file", code="KR003", hint="rules are .yaml, .yml or .json files, plain queries .kql, .csl or .txt")


def too_large(file: str, what: str) -> KqlRuleError:
    """A file past a bound that no rule reaches."""
    return KqlRuleError(f"{file} is no rule: {what}", code="KR004")


def bad_yaml(source: Source, offset: int, problem: str, hint: str | None = None) -> KqlRuleError:
    """The file is not YAML, or YAML of a kind that rules do not use."""
    return KqlRuleError(f"not valid YAML: {problem}", code="KR005", span=_at(source, offset), source=source, hint=hint)


def bad_text(source: Source, offset: int, char: str) -> KqlRuleError:
    """A control character that YAML does not allow."""
    return KqlRuleError(
        f"the character U+{ord(char):04X} is not allowed in YAML", code="KR006", span=_at(source, offset), source=source, hint="remove it",
    )  # fmt: skip


def bad_json(source: Source, offset: int, problem: str) -> KqlRuleError:
    """The file is not JSON."""
    return KqlRuleError(f"not valid JSON: {problem}", code="KR014", span=_at(source, offset), source=source)


def more_json(source: Source, offset: int) -> KqlRuleError:
    """A file of several JSON values, as data often is."""
    return KqlRuleError(
        "not valid JSON: there is more text behind the first value", code="KR015", span=_at(source, offset), source=source,
        hint="a file of rules holds one object or one list",
    )  # fmt: skip


def several_documents(source: Source, offset: int, count: int) -> KqlRuleError:
    """A YAML stream with several rules."""
    return KqlRuleError(
        f"the file holds {count} documents", code="KR016", span=_at(source, offset), source=source, hint="write each rule into a file of its own",
    )  # fmt: skip


def query_twice(source: Source, offset: int) -> KqlRuleError:
    """Two fields `query`: nobody knows which one is meant."""
    return KqlRuleError("`query` stands here a second time", code="KR017", span=_at(source, offset), source=source, hint="a rule has one query")


def not_a_rule(source: Source, offset: int, found: str, keys: Iterable[str] = ()) -> KqlRuleError:
    """YAML without a query."""
    names = list(keys)
    near = difflib.get_close_matches("query", names, n=1, cutoff=0.6)
    hint = f"did you mean `query` instead of `{near[0]}`?" if near else "a rule is a YAML mapping with at least the field `query`"
    if {"logsource", "detection"} <= set(names):
        hint = "this looks like a Sigma rule: convert it to KQL first"
    return KqlRuleError(f"this is not a rule: {found}", code="KR007", span=_at(source, offset), source=source, hint=hint)


def query_not_text(source: Source, offset: int, found: str) -> KqlRuleError:
    """The field `query` holds something else than text."""
    return KqlRuleError(
        f"`query` should be text, but here is {found}", code="KR008", span=_at(source, offset), source=source,
        hint="write the query below `query: |`, indented",
    )  # fmt: skip


def query_empty(source: Source, offset: int) -> KqlRuleError:
    """The query has no text."""
    return KqlRuleError("the query is empty", code="KR009", span=_at(source, offset), source=source)


def bad_operator(source: Source, offset: int, found: str) -> KqlRuleError:
    """A trigger that compares in an unknown way."""
    return KqlRuleError(
        f"`{found}` is no trigger operator", code="KR010", span=_at(source, offset), source=source,
        hint="one of gt, lt, eq, ne, or GreaterThan, LessThan, Equal, NotEqual",
    )  # fmt: skip


def bad_threshold(source: Source, offset: int, found: str) -> KqlRuleError:
    """A trigger that compares with something else than a number."""
    return KqlRuleError(f"`{found}` is no trigger threshold", code="KR011", span=_at(source, offset), source=source, hint="a whole number from 0")


def no_rule_in_template(source: Source) -> KqlRuleError:
    """JSON that holds no rule of a known form."""
    return KqlRuleError(
        "there is no rule in this JSON", code="KR013", span=_at(source, 0), source=source,
        hint="known are templates with alert rules, answers of the alert rules API, and custom detections of Defender",
    )  # fmt: skip


def several_rules(file: str, count: int) -> KqlRuleError:
    """A template with more than the one rule that is asked for."""
    return KqlRuleError(f"{file} holds {count} rules, not one", code="KR012", hint="`kqlpy run` takes the file and runs them all; load_rules reads them all")


def _at(source: Source, offset: int) -> Span:
    """The word that begins at `offset`."""
    end = offset
    while end < len(source.text) and not source.text[end].isspace():
        end += 1
    return Span(offset, max(end, offset + 1))
