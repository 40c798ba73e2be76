r"""Sets of characters for regular expressions: `\w`, `\p{Lu}`, `[a-z&&[^aeiou]]` and their upper and lower case forms.

A set is a sorted tuple of closed ranges of code points. Every set is computed below a `top`: 127 when the texts to search are
known to be ASCII, which is usual and needs no Unicode tables, else the last code point.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

__all__ = [
    "ASCII_TOP",
    "UNICODE_TOP",
    "CharSet",
    "ascii_class",
    "below",
    "both_cases",
    "complement",
    "difference",
    "intersection",
    "perl_class",
    "single",
    "unicode_property",
    "union",
]  # fmt: skip

CharSet = tuple[tuple[int, int], ...]
ASCII_TOP = 0x7F
UNICODE_TOP = 0x10FFFF


def single(*chars: str) -> CharSet:
    """The set of these characters."""
    return union(tuple((ord(char), ord(char)) for char in chars))


def union(*sets: Iterable[tuple[int, int]]) -> CharSet:
    """All characters of the sets."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(r for ranges in sets for r in ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: CharSet, top: int) -> CharSet:
    """All characters up to `top` that are not in the set."""
    found = []
    start = 0
    for low, high in ranges:
        if low > start:
            found.append((start, min(low - 1, top)))
        start = high + 1
    if start <= top:
        found.append((start, top))
    return tuple(r for r in found if r[0] <= top)


def intersection(left: CharSet, right: CharSet) -> CharSet:
    """The characters that are in both sets."""
    return complement(union(complement(left, UNICODE_TOP), complement(right, UNICODE_TOP)), UNICODE_TOP)


def difference(left: CharSet, right: CharSet) -> CharSet:
    """The characters of the left set that are not in the right one."""
    return intersection(left, complement(right, UNICODE_TOP))


def below(ranges: CharSet, top: int) -> CharSet:
    """The characters of the set up to `top`."""
    return tuple((low, min(high, top)) for low, high in ranges if low <= top)


def both_cases(ranges: CharSet, top: int) -> CharSet:
    """The set with the other case forms of its letters, by Unicode's simple case folding."""
    if top == ASCII_TOP and all(high <= ASCII_TOP for _, high in ranges):
        return union(ranges, _shifted(ranges, "a", "z", -32), _shifted(ranges, "A", "Z", 32))
    forms = _case_forms()
    extra = [
        (other, other)
        for code, others in forms.items()
        if any(low <= code <= high for low, high in ranges)
        for other in others
    ]
    return union(ranges, extra)


def _shifted(ranges: CharSet, first: str, last: str, distance: int) -> CharSet:
    letters = intersection(ranges, ((ord(first), ord(last)),))
    return tuple((low + distance, high + distance) for low, high in letters)


@cache
def _case_forms() -> dict[int, tuple[int, ...]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for code in range(0x1E944):
        char = chr(code)
        if char.isalpha() or char.lower() != char or char.upper() != char:
            groups[_folded(char)].append(code)
    return {code: tuple(codes) for codes in groups.values() if len(codes) > 1 for code in codes}


def _folded(char: str) -> str:
    if char == "\u0131":  # the dotless i has no simple case folding
        return char
    upper = char.upper()
    lower = (upper if len(upper) == 1 else char).lower()
    return lower if len(lower) == 1 else char


def ascii_class(name: str) -> CharSet | None:
    """The set that `[:name:]` means; None when there is none."""
    text = _ASCII_CLASSES.get(name)
    if text is None:
        return None
    return union(tuple((ord(low), ord(high)) for low, high in zip(text[::2], text[1::2], strict=True)))


_ASCII_CLASSES = {
    "alnum": "09AZaz", "alpha": "AZaz", "ascii": "\x00\x7f", "blank": "\t\t  ", "cntrl": "\x00\x1f\x7f\x7f", "digit": "09",
    "graph": "!~", "lower": "az", "print": " ~", "punct": "!/:@[`{~", "space": "\t\r  ", "upper": "AZ", "word": "09AZaz__",
    "xdigit": "09AFaf",
}  # fmt: skip
_WHITE_SPACE: CharSet = (
    (0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
# Circled and squared letters are alphabetic though their category is "other symbol".
_ALPHABETIC_SYMBOLS: CharSet = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
_JOIN_CONTROL: CharSet = ((0x200C, 0x200D),)


@cache
def perl_class(letter: str, top: int) -> CharSet:
    r"""The set that `\d`, `\s` or `\w` means; with `top` 127 the ASCII part of it."""
    if top == ASCII_TOP:
        return ascii_class({"d": "digit", "s": "space", "w": "word"}[letter]) or ()
    if letter == "d":
        return _categories("Nd", top)
    if letter == "s":
        return _WHITE_SPACE
    named = [_categories(name, top) for name in ("L", "M", "Nd", "Nl", "Pc")]
    return union(*named, _ALPHABETIC_SYMBOLS, _JOIN_CONTROL)


@cache
def unicode_property(name: str, top: int) -> CharSet | None:
    r"""The set that `\p{name}` means: a general category or one of a few properties; None when the name is not known.

    Scripts (`\p{Greek}`) are known below 128 only, where they say whether a character is a Latin letter.
    """
    key = name.replace("_", "").replace(" ", "").replace("-", "").lower()
    for prefix in ("generalcategory=", "gc=", "script=", "sc="):
        key = key.removeprefix(prefix)
    category = _CATEGORY_NAMES.get(key, key)
    if category in _CATEGORIES:
        return _categories(_CATEGORIES[category], top)
    match key:
        case "any":
            return ((0, top),)
        case "ascii":
            return ((0, ASCII_TOP),)
        case "whitespace" | "wspace" | "space":
            return below(_WHITE_SPACE, top)
        case "alphabetic" | "alpha":
            return union(_categories("L", top), _categories("Nl", top), below(_ALPHABETIC_SYMBOLS, top)) if top == ASCII_TOP else None
        case "uppercase" | "upper":
            return _categories("Lu", top) if top == ASCII_TOP else None
        case "lowercase" | "lower":
            return _categories("Ll", top) if top == ASCII_TOP else None
    if top == ASCII_TOP and key in _SCRIPTS:
        return ascii_class("alpha") if key in ("latin", "latn") else ()
    return None


_CATEGORY_LIST = "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Co Cn"
_CATEGORIES = {name.lower(): name for name in _CATEGORY_LIST.split()}
_CATEGORY_NAMES = {
    "letter": "l", "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt", "modifierletter": "lm",
    "otherletter": "lo", "mark": "m", "nonspacingmark": "mn", "spacingmark": "mc", "enclosingmark": "me", "number": "n",
    "decimalnumber": "nd", "digit": "nd", "letternumber": "nl", "othernumber": "no", "punctuation": "p", "punct": "p",
    "connectorpunctuation": "pc", "dashpunctuation": "pd", "openpunctuation": "ps", "closepunctuation": "pe",
    "initialpunctuation": "pi", "finalpunctuation": "pf", "otherpunctuation": "po", "symbol": "s", "mathsymbol": "sm",
    "currencysymbol": "sc", "modifiersymbol": "sk", "othersymbol": "so", "separator": "z", "spaceseparator": "zs",
    "lineseparator": "zl", "paragraphseparator": "zp", "other": "c", "control": "cc", "cntrl": "cc", "format": "cf",
    "privateuse": "co", "unassigned": "cn",
}  # fmt: skip
_SCRIPT_LIST = """
latin latn greek grek cyrillic cyrl han hani hebrew hebr arabic arab hiragana hira katakana kana hangul hang thai armenian armn
georgian geor devanagari deva bengali beng tamil taml telugu telu ethiopic ethi khmer khmr mongolian mong
"""
_SCRIPTS = frozenset(_SCRIPT_LIST.split())


def _categories(prefix: str, top: int) -> CharSet:
    return union(*(ranges for name, ranges in _by_category(top).items() if name.startswith(prefix)))


@cache
def _by_category(top: int) -> dict[str, CharSet]:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    start, current = 0, unicodedata.category("\0")
    for code in range(1, top + 1):
        category = unicodedata.category(chr(code))
        if category != current:
            found[current].append((start, code - 1))
            start, current = code, category
    found[current].append((start, top))
    return {name: tuple(ranges) for name, ranges in found.items()}
