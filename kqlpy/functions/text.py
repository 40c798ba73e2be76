"""Functions over text: case, length, parts, concatenation, replacement.

String operators (`has`, `contains` ...) are in `string_operators.py`; regular expressions in `regex.py`.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.functions.registry import scalar


@scalar("(text: string) -> string")
def tolower(text: pa.Array) -> pa.Array:
    """The text in lower case.

    >>> print tolower("Hello")
    hello
    """
    return pc.utf8_lower(text)


@scalar("(text: string) -> string")
def toupper(text: pa.Array) -> pa.Array:
    """The text in upper case.

    >>> print toupper("Hello")
    HELLO
    """
    return pc.utf8_upper(text)


@scalar("(text: string) -> string", rows=True)
def reverse(text: str) -> str:
    """The text backwards.

    >>> print reverse("abc")
    cba
    """
    return text[::-1]
