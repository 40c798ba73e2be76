"""The string operators: `has`, `contains`, `startswith`, `endswith` with their kin, `=~`, `!~`, `matches regex`.

The matching itself is in `columns/terms.py`; here stand the operators' names and what null means to them: on the left a null is the empty
text; a null on the right matches nothing, so that the negated form is true. Operators with a list (`has_any`, `in~`) are in `engine/membership.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import terms, texts
from kqlpy.columns.texts import Value
from kqlpy.functions.refusals import UNDOCUMENTED
from kqlpy.functions.regex import compile_pattern
from kqlpy.functions.registry import SCALARS, Call, declare, scalar
from kqlpy.types import Type

__all__ = ["OPERATORS", "Matching"]

_TEXTUAL = "(left: textual, right: textual) -> bool"
_HAS = "(left: textual, right: string) -> bool"


@dataclass(frozen=True)
class Matching:
    """An operator with its four forms: `name`, `!name`, and both with `_cs`. The example's right side matches in every form."""

    name: str
    signature: str
    match: Callable[..., pa.Array]
    meaning: str
    example: tuple[str, str]


OPERATORS = (
    Matching("has", _HAS, terms.has, "The text has the other as whole terms", ("North America", "America")),
    Matching("hasprefix", _HAS, terms.has_prefix, "A term of the text begins with the other", ("North America", "Ame")),
    Matching("hassuffix", _HAS, terms.has_suffix, "A term of the text ends with the other", ("North America", "ica")),
    Matching("contains", _TEXTUAL, terms.contains, "The text has the other anywhere in it", ("FabriKam", "briK")),
    Matching("startswith", _TEXTUAL, terms.starts_with, "The text begins with the other", ("Fabrikam", "Fab")),
    Matching("endswith", _TEXTUAL, terms.ends_with, "The text ends with the other", ("Fabrikam", "kam")),
)


def _matched(match: Callable[[pa.Array, Any], pa.Array], call: Call, left: Value, right: Value, negated: bool) -> pa.Array:
    """The answers of a matching; the needle is a constant where it can be."""
    text, needle = texts.as_texts([left, right], call.types)
    column = texts.column(text, texts.rows_of(left, right))
    found = match(column, needle.as_py() if isinstance(needle, pa.Scalar) else needle)
    if call.types[1] is Type.DYNAMIC:
        found = _unless_null(found, right)
    return pc.invert(found) if negated else found


def _unless_null(found: pa.Array, right: Value) -> pa.Array:
    if isinstance(right, pa.Scalar):
        return found if right.is_valid else pa.repeat(pa.scalar(False), len(found))
    return pc.and_(found, pc.is_valid(right))


def _operator(matching: Matching, *, cs: bool, negated: bool) -> None:
    name = f"{'!' if negated else ''}{matching.name}{'_cs' if cs else ''}"

    def match(column: pa.Array, needle: Any) -> pa.Array:
        return matching.match(column, needle, cs=cs)

    def kernel(call: Call, left: Value, right: Value) -> pa.Array:
        return _matched(match, call, left, right, negated)

    case = "case counts" if cs else "case does not count"
    left, right = matching.example
    meaning = f"Not: {matching.meaning[0].lower()}{matching.meaning[1:]}" if negated else matching.meaning
    kernel.__doc__ = f"{meaning}; {case}.\n\n    >>> print '{left}' {name} '{right}'\n    {not negated}\n    "
    kernel.__module__ = __name__
    scalar(matching.signature, name=name, context=True)(kernel)


for _matching in OPERATORS:
    for _cs in (False, True):
        for _negated in (False, True):
            _operator(_matching, cs=_cs, negated=_negated)


@scalar(_TEXTUAL, name="=~", context=True)
def equals_ignoring_case(call: Call, left: Value, right: Value) -> pa.Array:
    """The texts are equal; case does not count.

    >>> print "abc" =~ "ABC"
    True
    """
    return _matched(terms.equals_ci, call, left, right, False)


@scalar(_TEXTUAL, name="!~", context=True)
def differs_ignoring_case(call: Call, left: Value, right: Value) -> pa.Array:
    """The texts differ by more than case.

    >>> print "abc" !~ "ABC"
    False
    """
    return _matched(terms.equals_ci, call, left, right, True)


@scalar(_TEXTUAL, name="matches regex", context=True)
def matches_regex(call: Call, left: Value, right: Value) -> pa.Array:
    """The text has a match of a regular expression somewhere in it; case counts.

    >>> print "Fabrikam" matches regex "b.*k"
    True
    """
    return _matched(_search, call, left, right, False)


def _search(column: pa.Array, needle: str | pa.Array) -> pa.Array:
    if isinstance(needle, str):
        return compile_pattern(needle).matches(column)
    if len(needle) == 1:
        return compile_pattern(needle[0].as_py()).matches(column)
    return texts.per_value(lambda text, regex: next(compile_pattern(regex).all(text), None) is not None, pa.bool_(), column, needle)


for _name in ("like", "notlike", "likecs", "notlikecs"):
    declare(SCALARS, _name, _TEXTUAL, why=UNDOCUMENTED)
