"""`has` and its family against the rule read character by character."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import terms

from .strategies import columns, texts

rows = columns(texts, pa.string(), nulls=False)
needles = st.text(st.sampled_from("aAbB0 -_.éÉßİıſKЯя中⒦𐐀𐐨"), max_size=3)


def in_term(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"


def occurs(text: str, needle: str, left: bool, right: bool) -> bool:
    """The oracle: some occurrence is free on the sides that matter."""
    for start in range(len(text) - len(needle) + 1):
        end = start + len(needle)
        if text[start:end] == needle:
            left_free = not (left and needle and in_term(needle[0]) and start > 0 and in_term(text[start - 1]))
            right_free = not (right and needle and in_term(needle[-1]) and end < len(text) and in_term(text[end]))
            if left_free and right_free:
                return True
    return False


SEARCHES = {
    terms.has: (True, True),
    terms.has_prefix: (True, False),
    terms.has_suffix: (False, True),
    terms.contains: (False, False),
}


@pytest.mark.parametrize("search", SEARCHES)
@given(column=rows, needle=needles, cs=st.booleans())
def test_search(search: terms.Search, column: pa.Array, needle: str, cs: bool) -> None:
    shape = str if cs else terms.fold
    expected = [occurs(shape(text), shape(needle), *SEARCHES[search]) for text in column.to_pylist()]
    assert search(column, needle, cs=cs).to_pylist() == expected


@pytest.mark.parametrize("search", [*SEARCHES, terms.starts_with, terms.ends_with])
@given(column=rows, cs=st.booleans(), data=st.data())
def test_needles_may_differ_by_row(search: terms.Search, column: pa.Array, cs: bool, data: st.DataObject) -> None:
    wanted = data.draw(st.lists(needles, min_size=len(column), max_size=len(column)))
    expected = [search(column.slice(row, 1), needle, cs=cs)[0].as_py() for row, needle in enumerate(wanted)]
    assert search(column, pa.array(wanted, pa.string()), cs=cs).to_pylist() == expected


@given(rows, needles, st.booleans())
def test_starts_and_ends(column: pa.Array, needle: str, cs: bool) -> None:
    shape = str if cs else terms.fold
    shaped = [shape(text) for text in column.to_pylist()]
    assert terms.starts_with(column, needle, cs=cs).to_pylist() == [text.startswith(shape(needle)) for text in shaped]
    assert terms.ends_with(column, needle, cs=cs).to_pylist() == [text.endswith(shape(needle)) for text in shaped]


@given(rows, st.lists(needles, max_size=3), st.data())
def test_equality_without_case(column: pa.Array, others: list[str], data: st.DataObject) -> None:
    values = [*others, *(text.swapcase() for text in column.to_pylist()[:2])]
    shaped = [terms.fold(text) for text in column.to_pylist()]
    assert terms.in_ci(column, values).to_pylist() == [text in set(map(terms.fold, values)) for text in shaped]
    needle = data.draw(st.sampled_from(values)) if values else "a"
    assert terms.equals_ci(column, needle).to_pylist() == [text == terms.fold(needle) for text in shaped]
    assert terms.equals_ci(column, column).to_pylist() == [True] * len(column)


@given(rows, st.lists(needles, max_size=12))
def test_has_any_and_has_all(column: pa.Array, wanted: list[str]) -> None:
    single = [terms.has(column, needle).to_pylist() for needle in wanted]
    assert terms.has_any(column, wanted).to_pylist() == [any(found[row] for found in single) for row in range(len(column))]
    assert terms.has_all(column, wanted).to_pylist() == [all(found[row] for found in single) for row in range(len(column))]


@pytest.mark.parametrize(
    ("text", "needle", "expected"),
    [
        ("a_b", "a", True),
        ("éa", "a", False),
        ("a1", "a", False),
        ("x a-b y", "a-b", True),
        ("x ab y", "a", False),
        ("id 42 x", "42", True),
        ("x", "", True),
        ("I like café au lait", "café", True),
        ("aaa\u200bbbb", " ", False),
        ("Привет мир", "МИР", True),
        ("version=1.2.3", "2.3", True),
        ("a\x00b", "b", True),
    ],
)
def test_has(text: str, needle: str, expected: bool) -> None:
    assert terms.has(pa.array([text]), needle).to_pylist() == [expected]


@pytest.mark.parametrize(
    ("search", "text", "needle", "expected"),
    [
        (terms.has_prefix, "x-error", "err", True),
        (terms.has_suffix, "x-error", "err", False),
        (terms.has_prefix, "x ab y", " a", True),
        (terms.contains, "FabriKam", "BRik", True),
        (terms.contains, "userXid", "user_id", False),
    ],
)
def test_edges(search: terms.Search, text: str, needle: str, expected: bool) -> None:
    assert search(pa.array([text]), needle).to_pylist() == [expected]


@pytest.mark.parametrize(
    ("text", "needle", "expected"),
    [
        ("CAFÉ", "café", True),
        ("cafe\u0301", "café", False),
        ("STRASSE", "straße", False),
        ("Straße", "straße", True),
        ("ＦＵＬＬ", "full", False),
        ("I", "ı", False),
        ("\u212a", "k", False),
        ("ΜΆΙΟΣ", "μάιος", True),
    ],
)
def test_case_is_folded_character_by_character(text: str, needle: str, expected: bool) -> None:
    assert terms.equals_ci(pa.array([text]), needle).to_pylist() == [expected]


def test_null_needles() -> None:
    column = pa.array(["x"])
    assert terms.has_any(column, [None]).to_pylist() == [True]
    assert terms.has_any(column, []).to_pylist() == [False]
    assert terms.has_all(column, [None]).to_pylist() == [True]
    assert terms.has_all(column, []).to_pylist() == [True]


def test_many_needles_take_the_way_of_patterns() -> None:
    column = pa.array(["run whoami.exe now", "whoamix", "", "a.b", "(x)"] * 3)
    wanted = [f"n{number}" for number in range(3000)] + ["WHOAMI", ".b", "(x"]
    assert terms.has_any(column, wanted).to_pylist() == [True, False, False, True, True] * 3


def test_long_columns_are_searched_in_blocks() -> None:
    column = pa.array(["x" * 1000 + " needle", "x" * 1001 + "needle"] * 400)
    assert terms.has(column, "needle").to_pylist() == [True, False] * 400


def test_arrow_unites_what_fold_unites() -> None:
    # What keeps out rows before the exact test must not keep out too much.
    characters = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    folded = [terms.fold(character) if not character.isascii() else character for character in characters]
    assert pc.utf8_upper(pa.array(characters)).equals(pc.utf8_upper(pa.array(folded)))
