"""The wording of every syntax error, one factory a message. Codes are those of the official front end where it has one."""

from __future__ import annotations

from kqlpy.errors import KqlSyntaxError
from kqlpy.source import Span

__all__ = ["bad_literal", "decimal_in_dynamic", "literal_not_call", "not_in_dynamic", "unexpected", "unknown_type"]


def unknown_type(name: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"`{name}` is not a type", code="KS160", span=span)


def bad_literal(message: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(message, code="KS004", span=span)


def not_in_dynamic(text: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"`{text}` cannot stand inside dynamic(...)", code="KS004", span=span)


def decimal_in_dynamic(span: Span) -> KqlSyntaxError:
    return KqlSyntaxError("a decimal cannot stand inside dynamic(...)", code="KS215", span=span)


def literal_not_call(name: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"`{name}(...)` takes a literal; to convert a value use `to{name}(...)`", code="KS004", span=span)


def unexpected(found: str, span: Span) -> KqlSyntaxError:
    return KqlSyntaxError(f"unexpected {found}", code="KS002", span=span)
