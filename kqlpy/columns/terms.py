"""String matching over text columns: `has` and its family, `contains`, `startswith`, `endswith`, `=~` and `in~`.

A term is a maximal run of letters and digits of any script (Unicode categories L and N). `has` finds the needle where
it is not a part of a longer term: on a side where the needle itself ends in a letter or digit, the text must not go on
with one. Ignoring case folds each character by itself (`fold`), and never an ASCII letter with another character; so
for an ASCII needle the bytes of the column are searched directly, whatever else stands in the text.

All functions take a `pa.string()` array without nulls, a needle, or an array with one needle per row, and return a
bool array. Needles per row are matched row by row in Python (1 to 2 us a row): they are rare.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.byte_search import at_ends, find_all, free_sides
from kqlpy.columns.distinct import map_distinct
from kqlpy.columns.numpy_bridge import string_bytes, string_offsets, to_numpy

__all__ = [
    "Search",
    "contains",
    "ends_with",
    "equals_ci",
    "fold",
    "has",
    "has_all",
    "has_any",
    "has_prefix",
    "has_suffix",
    "in_ci",
    "is_term_character",
    "starts_with",
]

Search = Callable[..., pa.Array]
"""Any of the searches below that take texts, a needle and `cs`."""
Needle: TypeAlias = "str | pa.Array"


def has(texts: pa.Array, needle: Needle, *, cs: bool = False) -> pa.Array:
    """`has` (`has_cs`): the needle stands in the text as whole terms. An empty needle is in every text."""
    return _search(texts, needle, cs, left=True, right=True)


def has_prefix(texts: pa.Array, needle: Needle, *, cs: bool = False) -> pa.Array:
    """`hasprefix`: a term of the text begins with the needle."""
    return _search(texts, needle, cs, left=True, right=False)


def has_suffix(texts: pa.Array, needle: Needle, *, cs: bool = False) -> pa.Array:
    """`hassuffix`: a term of the text ends with the needle."""
    return _search(texts, needle, cs, left=False, right=True)


def contains(texts: pa.Array, needle: Needle, *, cs: bool = False) -> pa.Array:
    """`contains`: the needle stands anywhere in the text."""
    return _search(texts, needle, cs, left=False, right=False)


def starts_with(texts: pa.Array, needle: Needle, *, cs: bool = False) -> pa.Array:
    """`startswith`: the text begins with the needle."""
    return _anchored(texts, needle, cs, at_end=False)


def ends_with(texts: pa.Array, needle: Needle, *, cs: bool = False) -> pa.Array:
    """`endswith`: the text ends with the needle."""
    return _anchored(texts, needle, cs, at_end=True)


def equals_ci(texts: pa.Array, needle: Needle) -> pa.Array:
    """`=~`: the text equals the needle, ignoring case."""
    if isinstance(needle, pa.Array):
        return _by_row(texts, needle, lambda text, other: len(text) == len(other) and fold(text) == fold(other))
    if not needle.isascii():
        return _among_non_ascii(texts, needle, lambda text: len(text) == len(needle) and fold(text) == fold(needle))
    return pc.equal(pc.ascii_lower(texts), needle.lower())


def in_ci(texts: pa.Array, values: Sequence[str]) -> pa.Array:
    """`in~`: the text equals one of the values, ignoring case."""
    ascii_values = pa.array([value.lower() for value in values if value.isascii()], pa.string())
    found = pc.is_in(pc.ascii_lower(texts), ascii_values)
    others = {fold(value) for value in values if not value.isascii()}
    return pc.or_(found, _among_non_ascii(texts, None, lambda text: fold(text) in others)) if others else found


def has_any(texts: pa.Array, needles: Sequence[str | None]) -> pa.Array:
    """`has_any`: the text has one of the needles; a null or empty needle is in every text."""
    wanted = list(dict.fromkeys(needle or "" for needle in needles))
    if "" in wanted:
        return pa.array(np.ones(len(texts), bool))
    lowered = pc.ascii_lower(texts)
    plain = [needle.lower() for needle in wanted if needle.isascii()]
    # One pass of a pattern costs as much as about eight searches.
    if len(plain) > 8:
        found = _match_patterns(lowered, _alternatives(plain))
    else:
        found = np.zeros(len(texts), bool)
        for needle in plain:
            found |= _find_terms(lowered, needle, left=True, right=True)
    for needle in wanted:
        if not needle.isascii():
            found |= to_numpy(has(texts, needle))
    return pa.array(found)


def has_all(texts: pa.Array, needles: Sequence[str | None]) -> pa.Array:
    """`has_all`: the text has every needle; true when there are none, and null needles do not count."""
    found = np.ones(len(texts), bool)
    for needle in dict.fromkeys(needle for needle in needles if needle):
        rows = np.flatnonzero(found)
        found[rows] = to_numpy(has(texts if len(rows) == len(texts) else texts.take(pa.array(rows)), needle))
    return pa.array(found)


def is_term_character(character: str) -> bool:
    """Whether a character belongs to terms: a letter or a number of any script."""
    return unicodedata.category(character)[0] in "LN"


def fold(text: str) -> str:
    """The text with case ignored: each character as its upper-case form, if that is one character and not ASCII.

    ASCII letters become lower case. So `ß` equals only itself, and the dotless `ı` is no `I`.
    """
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character.isascii():
        return character.lower()
    upper = character.upper()
    return upper if len(upper) == 1 and not upper.isascii() else character


def _search(texts: pa.Array, needle: Needle, cs: bool, *, left: bool, right: bool) -> pa.Array:
    """Search with an edge required on the left, the right, both sides or none."""
    if isinstance(needle, pa.Array):
        return _by_row(texts, needle, lambda text, other: _found(text, other, cs, left, right))
    if not needle:
        return pa.array(np.ones(len(texts), bool))
    if not cs and not needle.isascii():
        return _among_non_ascii(texts, needle, lambda text: _found(text, needle, cs, left, right))
    haystack, wanted = (texts, needle) if cs else (pc.ascii_lower(texts), needle.lower())
    return pa.array(_find_terms(haystack, wanted, left=left, right=right))


def _find_terms(texts: pa.Array, needle: str, *, left: bool, right: bool) -> np.ndarray:
    """Rows with a needle; a side that is asked for matters only where the needle ends in a letter or digit itself."""
    left, right = left and is_term_character(needle[0]), right and is_term_character(needle[-1])
    return _find(texts, needle.encode(), left=left, right=right)


def _find(texts: pa.Array, needle: bytes, *, left: bool, right: bool) -> np.ndarray:
    """Rows with the bytes of the needle, free of term characters on the sides that are asked for."""
    offsets, data = string_offsets(texts), string_bytes(texts)
    found = np.zeros(len(texts), bool)
    begin = int(offsets[0])
    starts = find_all(data[begin : offsets[-1]], needle) + begin
    rows = np.searchsorted(offsets, starts, "right") - 1
    inside = starts + len(needle) <= offsets[rows + 1]
    if not inside.all():
        starts, rows = starts[inside], rows[inside]
    if len(starts) and (left or right):
        rows = rows[free_sides(data, starts, len(needle), offsets[rows], offsets[rows + 1], left=left, right=right)]
    found[rows] = True
    return found


def _found(text: str, needle: str, cs: bool, left: bool, right: bool) -> bool:
    """The rule for one text, in characters: what every faster way must agree with."""
    if not cs:
        text, needle = fold(text), fold(needle)
    if not needle:
        return True
    left, right = left and is_term_character(needle[0]), right and is_term_character(needle[-1])
    start = text.find(needle)
    while start >= 0:
        end = start + len(needle)
        if not (left and start and is_term_character(text[start - 1])) and not (
            right and end < len(text) and is_term_character(text[end])
        ):
            return True
        start = text.find(needle, start + 1)
    return False


def _anchored(texts: pa.Array, needle: Needle, cs: bool, *, at_end: bool) -> pa.Array:
    if isinstance(needle, pa.Array):
        return _by_row(texts, needle, lambda text, other: _stands_at(text, other, cs, at_end))
    if not cs and not needle.isascii():
        return _among_non_ascii(texts, needle, lambda text: _stands_at(text, needle, cs, at_end))
    wanted = needle if cs else needle.lower()
    return pa.array(at_ends(texts, wanted.encode(), ignore_case=not cs, at_end=at_end))


def _stands_at(text: str, needle: str, cs: bool, at_end: bool) -> bool:
    if not needle:
        return True
    part = text[-len(needle) :] if at_end else text[: len(needle)]
    return part == needle if cs else fold(part) == fold(needle)


def _by_row(texts: pa.Array, needles: pa.Array, matches: Callable[[str, str], bool]) -> pa.Array:
    pairs = zip(texts.to_pylist(), needles.to_pylist(), strict=True)
    return pa.array([matches(text, needle or "") for text, needle in pairs], pa.bool_())


def _among_non_ascii(texts: pa.Array, needle: str | None, matches: Callable[[str], bool]) -> pa.Array:
    """Matches of a needle with characters beyond ASCII: only texts with such characters can have it.

    Arrow's upper case, which may unite more than `fold` does, first keeps out what cannot match at all.
    """
    found = np.zeros(len(texts), bool)
    rows = np.flatnonzero(~to_numpy(pc.string_is_ascii(texts)))
    if needle is not None and len(rows):
        upper = pc.utf8_upper(pa.scalar(needle)).as_py()
        chosen = pc.utf8_upper(texts.take(pa.array(rows)))
        rows = rows[_find(chosen, upper.encode(), left=False, right=False)]
    if len(rows):
        found[rows] = to_numpy(map_distinct(texts.take(pa.array(rows)), matches, pa.bool_()))
    return pa.array(found)


def _alternatives(needles: Sequence[str]) -> list[str]:
    """Patterns that each match any of some needles as whole terms; short enough for RE2 to stay fast."""
    grouped: dict[tuple[bool, bool], list[str]] = {}
    for needle in needles:
        grouped.setdefault((is_term_character(needle[0]), is_term_character(needle[-1])), []).append(_escape(needle))
    patterns = []
    for (left, right), members in grouped.items():
        for chunk in _chunks(members, 6000):
            before, after = r"(?:^|[^\pL\pN])" if left else "", r"(?:$|[^\pL\pN])" if right else ""
            patterns.append(f"{before}(?:{'|'.join(chunk)}){after}")
    return patterns


def _escape(needle: str) -> str:
    """A pattern for the ASCII text itself; also a NUL, which RE2 does not take behind a backslash."""
    return "".join(character if character.isalnum() else f"\\x{ord(character):02x}" for character in needle)


def _chunks(members: Sequence[str], size: int) -> list[list[str]]:
    """Runs of members whose lengths together stay below a size."""
    chunks: list[list[str]] = []
    room = 0
    for member in members:
        if len(member) > room:
            chunks.append([])
            room = size
        chunks[-1].append(member)
        room -= len(member)
    return chunks


def _match_patterns(texts: pa.Array, patterns: Sequence[str]) -> np.ndarray:
    found = np.zeros(len(texts), bool)
    for pattern in patterns:
        found |= to_numpy(pc.match_substring_regex(texts, pattern))
    return found
