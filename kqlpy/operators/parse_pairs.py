"""Reading keys and values out of texts, as `parse-kv` does: by delimiters, by words, or by a regular expression.

Space around keys and values does not count. A key that stands several times has its first value.

https://learn.microsoft.com/kusto/query/parse-kv-operator
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.distinct import distinct
from kqlpy.columns.numpy_bridge import to_numpy
from kqlpy.functions.regex import Pattern, compile_pattern

__all__ = ["PairRules", "values_of"]

Pairs = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class PairRules:
    """How keys and values are told apart.

    `pair` and `kv` are the delimiters; without them every character that is neither letter nor digit is one. `quotes` are pairs of an opening and
    a closing character, `escapes` the characters that keep a closing one from closing. `greedy`: a value reaches to the next key. `regex`: an
    expression with a group for the key and one for the value, used instead of all others.
    """

    pair: str = ""
    kv: str = ""
    quotes: tuple[tuple[str, str], ...] = ()
    escapes: str = ""
    greedy: bool = False
    regex: str = ""

    @property
    def plain(self) -> bool:
        """Whether splitting at the delimiters is all there is to do in texts without quotes."""
        return bool(self.pair and self.kv) and not self.greedy and not self.regex

    @cached_property
    def pattern(self) -> Pattern:
        """The compiled `regex`; raises when it is not valid."""
        return compile_pattern(self.regex)

    def pairs(self, text: str) -> Pairs:
        """All keys and values of one text, in order."""
        if self.regex:
            return ((m[1] or "", m[2] or "") for m in self.pattern.all(text))
        if self.greedy:
            return self._greedy_pairs(text)
        return self._delimited_pairs(text) if self.pair else self._word_pairs(text)

    # ------------------------------------------------------------ by delimiters

    def _delimited_pairs(self, text: str) -> Pairs:
        at = 0
        while at < len(text):
            key, at = self._token(text, at, (self.kv, self.pair))
            if text.startswith(self.kv, at):
                value, at = self._token(text, at + len(self.kv), (self.pair,))
                yield key, value
            at += len(self.pair)

    def _token(self, text: str, at: int, stops: tuple[str, ...]) -> tuple[str, int]:
        """A quoted or plain token, and where the next of the stops (the end of the text at the latest) begins."""
        quoted = self._quoted(text, _past_blanks(text, at, stops))
        if quoted is not None:
            return quoted[0], _next_of(text, quoted[1], stops)
        end = _next_of(text, at, stops)
        return text[at:end].strip(), end

    def _quoted(self, text: str, at: int) -> tuple[str, int] | None:
        """The content of the quotes that open here, and the place behind them; None where none open or none close."""
        closing = next((c for o, c in self.quotes if text.startswith(o, at)), None)
        if closing is None:
            return None
        found: list[str] = []
        at += 1
        while at < len(text):
            if text[at] in self.escapes and at + 1 < len(text):
                at += 1
            elif text[at] == closing:
                return "".join(found), at + 1
            found.append(text[at])
            at += 1
        return None

    def _greedy_pairs(self, text: str) -> Pairs:
        """Values that may hold the pair delimiter: each reaches to the last one before the next key."""
        key, at = self._token(text, 0, (self.kv,))
        while at < len(text):
            begin = at + len(self.kv)
            end = self._token(text, begin, (self.kv,))[1]
            cut = end if end >= len(text) else text.rfind(self.pair, begin, end)
            if cut < 0:
                cut = begin
            quoted = self._quoted(text, _past_blanks(text, begin, ()))
            yield key, quoted[0] if quoted else text[begin:cut].strip()
            if end < len(text):
                key = self._token(text, cut + len(self.pair) if cut > begin else cut, (self.kv,))[0]
            at = end

    # ------------------------------------------------------------ by words

    def _word_pairs(self, text: str) -> Pairs:
        """Each word with the word behind it."""
        before: str | None = None
        for word in self._words(text):
            if before is not None:
                yield before, word
            before = word

    def _words(self, text: str) -> Iterator[str]:
        at = 0
        while at < len(text):
            quoted = self._quoted(text, at)
            word = _WORD.match(text, at) if quoted is None else None
            if quoted is not None:
                yield quoted[0].strip()
                at = quoted[1]
            elif word is not None:
                yield word[0]
                at = word.end()
            else:
                at += 1


_WORD = re.compile(r"[^\W_]+")


def _past_blanks(text: str, at: int, stops: tuple[str, ...]) -> int:
    while at < len(text) and text[at].isspace() and not any(text.startswith(stop, at) for stop in stops):
        at += 1
    return at


def _next_of(text: str, at: int, stops: tuple[str, ...]) -> int:
    found = [place for place in (text.find(stop, at) for stop in stops) if place >= 0]
    return min(found, default=len(text))


# ---------------------------------------------------------------- columns


def values_of(rules: PairRules, keys: tuple[str, ...], texts: pa.Array) -> list[pa.Array]:
    """For each key a column of its values in a plain column of texts; the empty text where the key is missing."""
    if not rules.plain:
        return _by_text(rules, keys, texts)
    quoted = np.zeros(len(texts), bool)
    for opening, _ in rules.quotes:
        quoted |= to_numpy(pc.match_substring(texts, opening))
    if not quoted.any():
        return _by_splitting(rules, keys, texts)
    others = _by_splitting(rules, keys, texts.filter(pa.array(~quoted)))
    some = _by_text(rules, keys, texts.filter(pa.array(quoted)))
    back = pa.array(np.argsort(np.argsort(quoted, kind="stable"), kind="stable"))
    return [pa.concat_arrays([plain, read]).take(back) for plain, read in zip(others, some, strict=True)]


def _by_text(rules: PairRules, keys: tuple[str, ...], texts: pa.Array) -> list[pa.Array]:
    """Reads each distinct text in Python, because quotes and greedy values need a scan of characters: some 20 us for 100 characters."""
    values, codes = distinct(texts)
    wanted = set(keys)
    found: list[dict[str, str]] = []
    for text in values.to_pylist():
        first: dict[str, str] = {}
        for key, value in rules.pairs(text):
            name = key.strip()
            if name in wanted:
                first.setdefault(name, value)
        found.append(first)
    at = pa.array(codes)
    return [pa.array([f.get(key, "") for f in found], pa.string()).take(at) for key in keys]


def _by_splitting(rules: PairRules, keys: tuple[str, ...], texts: pa.Array) -> list[pa.Array]:
    """Splits the whole column at once."""
    pairs = pc.split_pattern(texts, rules.pair)
    rows = to_numpy(pc.list_parent_indices(pairs))
    pieces = pc.list_flatten(pairs)
    whole = to_numpy(pc.match_substring(pieces, rules.kv))
    rows, pieces = rows[whole], pieces.filter(pa.array(whole))
    halves = pc.split_pattern(pieces, rules.kv, max_splits=1)
    names = pc.utf8_trim_whitespace(pc.list_element(halves, 0))
    values = pc.utf8_trim_whitespace(pc.list_element(halves, 1))
    numbers = to_numpy(pc.fill_null(pc.index_in(names, pa.array(keys, pa.string())), -1))
    return [_first_values(values, rows, np.flatnonzero(numbers == number), len(texts)) for number in range(len(keys))]


def _first_values(values: pa.Array, rows: np.ndarray, at: np.ndarray, count: int) -> pa.Array:
    """For each of `count` rows the value at the first of the places `at` that lies in it."""
    owners, first = np.unique(rows[at], return_index=True)
    places = np.zeros(count, np.int64)
    places[owners] = at[first]
    missing = np.ones(count, bool)
    missing[owners] = False
    return pc.fill_null(values.take(pa.array(places, mask=missing)), "")
