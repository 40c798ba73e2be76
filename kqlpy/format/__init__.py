"""Canonical formatting of KQL: only white space changes, so that a formatted text means what it meant."""

from kqlpy.format.layout import format_text

__all__ = ["format_text"]
