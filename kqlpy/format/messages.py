"""The wording of what the formatter says: its one error, and why a file stays as it is."""

from __future__ import annotations

from kqlpy.errors import KqlError

__all__ = ["FormatError", "json_rule", "meaning_changed", "not_kept", "scalar_style"]


class FormatError(KqlError):
    """The formatter would have changed more than white space; nothing was written."""


def meaning_changed() -> FormatError:
    """The formatted text has another tree than the text."""
    return FormatError("formatting would change what the query means, so it is left as it is", code="KF001", hint="this is a defect in kqlpy, please report it")


def scalar_style(style: str) -> str:
    """The query stands in a scalar whose line breaks are not those of the query."""
    return f"its query is {style}; written as a literal block (`query: |`) it can be formatted"


def json_rule() -> str:
    """Rules in JSON hold their queries as one line."""
    return "rules in JSON keep their queries as they are"


def not_kept() -> str:
    """The file, with the formatted query put in, would not be read as the same rule."""
    return "with the formatted query in it the file would not be read as the same rule"
