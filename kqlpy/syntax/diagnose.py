"""Finds out what is wrong with a text that does not parse.

`explain` runs the tables once more over the text, without building anything, and remembers what the fast loop of the parser
forgets: the tokens, the open brackets, and the state before the token that did not fit. The rules in `_RULES` then look for
mistakes that people make, in order; the first that knows an answer gives the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kqlpy.errors import KqlError
from kqlpy.source import Source, Span
from kqlpy.syntax import messages
from kqlpy.syntax.keywords import NOT_REFERENCED
from kqlpy.syntax.lexer import END, Lexer, Token
from kqlpy.syntax.tables import Tables

__all__ = ["CLOSES", "explain"]

CLOSES = {"(": ")", "[": "]", "{": "}"}
_OPENS = {closing: opening for opening, closing in CLOSES.items()}


@dataclass(frozen=True, slots=True)
class Stuck:
    """Where the parser could not go on: what came before, what it found, and what would have fitted.

    `expected` holds spellings in backquotes, and `a value`, `a name` or `an operator` for the many that those stand for;
    `accepts` holds the same as terminals of the grammar.
    """

    text: str
    before: Sequence[Token]
    found: Token
    is_end: bool
    is_word: bool
    brackets: Sequence[Token]
    expected: Sequence[str]
    accepts: frozenset[str]

    @property
    def span(self) -> Span:
        return self.found.span

    @property
    def shown(self) -> str:
        """The token that did not fit, as messages show it."""
        if self.is_end:
            return "the end of the query"
        text = self.found.text if len(self.found.text) <= 30 else f"{self.found.text[:27]}..."
        return f"`{text}`" if "\n" not in text else "this text"

    @property
    def last(self) -> str:
        """The spelling of the token before."""
        return self.before[-1].text if self.before else ""


def explain(text: str, tables: Tables, lexer: Lexer, refused: KqlError | None = None) -> KqlError:
    """The error for a text that the parser did not accept; its `errors` also hold those of later statements.

    `refused` is what a builder had against the text; it stands unless the mistake began earlier (`select title from T`).
    """
    stuck = _trace(text, lexer.begin(text), tables, lexer)
    if refused is not None and (stuck is None or not _is_before(_error(stuck), refused)):
        return refused
    assert stuck is not None, "called for a text that parses"
    errors = [_error(stuck)]
    while len(errors) < _MOST_ERRORS:
        resume = _next_statement(text, stuck.found.start)
        stuck = _trace(text, resume, tables, lexer) if resume else None
        if stuck is None or (stuck.is_end and not stuck.before):
            break
        errors.append(_error(stuck))
    errors[0].errors = tuple(errors)
    return errors[0]


def _is_before(error: KqlError, other: KqlError) -> bool:
    return error.span is not None and other.span is not None and error.span.start < other.span.start


def _error(stuck: Stuck) -> KqlError:
    return next(error for rule in _RULES if (error := rule(stuck)) is not None)


_MOST_ERRORS = 5
_SKIPPED = r"""[hH]?(?:@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'|```[\s\S]*?```)|//[^\r\n]*"""
_STRUCTURE = re.compile(rf"{_SKIPPED}|([\[\](){{}};])")


def _next_statement(text: str, after: int) -> int | None:
    """Where the next statement begins, if the brackets before it are balanced: only then is a further error worth telling."""
    depth = 0
    for match in _STRUCTURE.finditer(text):
        mark = match[1]
        if mark == ";" and depth == 0 and match.start() >= after:
            return match.end()
        if mark and mark != ";":
            depth += 1 if mark in CLOSES else -1
            if depth < 0:
                return None
    return None


# ---------------------------------------------------------------- running the tables again


def _trace(text: str, position: int, tables: Tables, lexer: Lexer) -> Stuck | None:
    """Where the text from `position` on does not fit; None when it does."""
    states = [tables.start]
    tokens: list[Token] = []
    brackets: list[Token] = []
    while True:
        row = tables.rows[states[-1]]
        terminal, value, start, end = lexer.next(text, position, states[-1], row)
        found = Token(value, start, end)
        moved = _advance(states, terminal, tables) if terminal is not None else None
        if moved is None:
            return _stuck(text, tokens, found, terminal, brackets, states, tables)
        if moved[-1] == tables.end:
            return None
        states = moved
        tokens.append(found)
        position = end
        if value in CLOSES:
            brackets.append(found)
        elif value in _OPENS and brackets:
            brackets.pop()


def _advance(states: list[int], terminal: str, tables: Tables) -> list[int] | None:
    """The states after the terminal, or None when it does not fit; `states` stay as they are."""
    stack = states[:]
    while True:
        action = tables.rows[stack[-1]].get(terminal)
        if action is None:
            return None
        if action >= 0:
            stack.append(action)
            return stack
        rule = tables.rules[~action]
        if rule.size:
            del stack[-rule.size :]
        stack.append(tables.rows[stack[-1]][rule.origin])
        if stack[-1] == tables.end:
            return stack


def _stuck(
    text: str, tokens: list[Token], found: Token, terminal: str | None, brackets: list[Token], states: list[int], tables: Tables
) -> Stuck:
    row = tables.rows[states[-1]]
    accepts = frozenset(name for name in row if name.isupper() and _advance(states, name, tables) is not None)
    if END in row and _advance(states, END, tables) is not None:
        accepts |= {END}
    return Stuck(
        text,
        tokens,
        found,
        is_end=terminal == END,
        is_word=found.text[:1].isalpha() or found.text[:1] == "_",
        brackets=brackets,
        expected=_described(accepts, tables),
        accepts=accepts,
    )


_VALUE_STARTS = frozenset({"LONG", "STRING", "NAME"})
_AFTER_VALUE = frozenset({
    "STRING_OPERATOR", "ONE_OF", "IN", "BETWEEN", "EQUALITY", "RELATION", "PLUS", "MINUS", "STAR", "SLASH", "PERCENT",
    "AND", "OR", "DOT", "LSQB", "LPAR", "COLON", "DATASCOPE",
})  # fmt: skip
_GOES_ON = frozenset({"VBAR", "SEMICOLON", "COMMA", END})
_PATTERN_SPELLINGS = {
    "_TYPEOF": "`typeof(...)`", "WORD_PARAM": "`name=value`", "EDGE": "`-->`", "STRING": "a text in quotes", "LONG": "a number",
    "WILDCARD": "a name with `*`",
}  # fmt: skip


def _described(accepts: frozenset[str], tables: Tables) -> list[str]:
    """What would have fitted, in words of KQL, the most telling first."""
    if accepts >= _VALUE_STARTS:
        return ["a value"]
    if {"WILDCARD", "LPAR"} <= accepts:
        return ["a table"]
    words = ["a name"] if "NAME" in accepts else []
    after_value = "AND" in accepts
    rest = accepts - _AFTER_VALUE - {"NAME"} if after_value else accepts - {"NAME", "DOT", "LSQB", "DATASCOPE"} or accepts
    spellings: dict[str, list[str]] = {}
    for spelling, terminal in (*tables.words.items(), *tables.marks.items()):
        spellings.setdefault(terminal, []).append(f"`{spelling}`")
    required = rest - _GOES_ON if END in rest else rest - {"VBAR", "COMMA"}
    for terminal in sorted(required) or sorted(rest):
        found = spellings.get(terminal) or [_PATTERN_SPELLINGS.get(terminal, "")]
        words.extend(word for word in sorted(found)[:2] if word)
    if after_value and not required:
        words.insert(0, "an operator")
    return words[:6]


# ---------------------------------------------------------------- the rules


_QUOTES = {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2018": "'", "\u2019": "'", "\u201a": "'"}
# En dash, em dash, minus, two hyphens, dots, times, not equal, at most, at least.
_DASHES = {
    "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2026": "..",
    "\u00d7": "*", "\u2260": "!=", "\u2264": "<=", "\u2265": ">=",
}  # fmt: skip


def _empty(stuck: Stuck) -> KqlError | None:
    return messages.empty_query() if stuck.is_end and not stuck.before else None


def _sql(stuck: Stuck) -> KqlError | None:
    words = re.match(r"\s*(select|with|insert|delete)\s", stuck.text, re.IGNORECASE)
    if words and re.search(r"\bfrom\b", stuck.text, re.IGNORECASE) and "|" not in stuck.text[: stuck.found.start]:
        return messages.sql_query(Span(words.start(1), words.end(1)))
    return None


def _character(stuck: Stuck) -> KqlError | None:
    found, span = stuck.found.text, stuck.span
    if found in _QUOTES:
        return messages.typographic(found, _QUOTES[found], span)
    if found in _DASHES:
        return messages.typographic(found, _DASHES[found], span)
    opened = re.compile(r"[hH]?@?(```|~~~|['\"])").match(stuck.text, span.start)
    if opened and not re.compile(r"[hH]?@?(['\"])[^\r\n]*?\1").match(stuck.text, span.start) and not stuck.is_end:
        line = re.compile(r"[^\r\n]*").match(stuck.text, span.start)
        end = len(stuck.text) if len(opened[1]) > 1 or line is None else line.end()
        return messages.string_unclosed(opened[1], Span(span.start, end))
    return None


def _comment(stuck: Stuck) -> KqlError | None:
    text, start = stuck.text, stuck.found.start
    if text.startswith("/*", start):
        return messages.comment_style("/*", Span(start, start + 2))
    if stuck.last == "*" and text.startswith("/*", stuck.before[-1].start - 1):
        return messages.comment_style("/*", Span(stuck.before[-1].start - 1, stuck.before[-1].end))
    return messages.comment_style("#", stuck.span) if text.startswith("#", start) else None


def _guid(stuck: Stuck) -> KqlError | None:
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", stuck.found.text):
        return messages.bare_guid(stuck.span)
    return None


def _closing(stuck: Stuck) -> KqlError | None:
    opening = _OPENS.get(stuck.found.text)
    if opening is None:
        return None
    if not stuck.brackets:
        return messages.bracket_unopened(stuck.found.text, opening, stuck.span)
    open_one = stuck.brackets[-1]
    if open_one.text == opening:
        return None
    line = Source(stuck.text).position(open_one.start).line
    return messages.bracket_mismatch(open_one.text, stuck.found.text, line, stuck.span)


def _unclosed(stuck: Stuck) -> KqlError | None:
    if not stuck.brackets or stuck.last in ("|", ","):
        return None
    opening = stuck.brackets[-1]
    if stuck.is_end:
        return messages.bracket_unclosed(opening.text, None, opening.span)
    closing = CLOSES[opening.text]
    if stuck.found.text in ("|", ";") and f"`{closing}`" in _spellings(stuck, closing):
        return messages.bracket_unclosed(opening.text, stuck.shown, opening.span)
    return None


def _spellings(stuck: Stuck, closing: str) -> str:
    name = {")": "RPAR", "]": "RSQB", "}": "RBRACE"}[closing]
    return f"`{closing}`" if name in stuck.accepts else ""


def _after_pipe(stuck: Stuck) -> KqlError | None:
    if stuck.last != "|" or "WHERE" not in stuck.accepts:
        return None
    if stuck.found.text == "|" and stuck.before[-1].end == stuck.found.start:
        return messages.not_a_comparison("||", "use `or` to combine conditions", Span(stuck.before[-1].start, stuck.found.end))
    if stuck.found.text == "|":
        return messages.missing_operator_name(stuck.span)
    word = re.compile(r"[A-Za-z_][\w-]*\w|\w").match(stuck.text, stuck.found.start)
    if word is None:
        return messages.missing_operator_name(stuck.span)
    span = Span(word.start(), word.end())
    if word[0].lower() in messages.OPERATOR_NAMES:
        return messages.lower_case(word[0], span)
    return messages.no_such_operator(word[0], span)


def _equals(stuck: Stuck) -> KqlError | None:
    if stuck.found.text != "=":
        return None
    if stuck.last == "let":
        return messages.expected(["a name"], "`=`", None, stuck.span)
    if stuck.last == ":":
        return messages.colon_equals(Span(stuck.before[-1].start, stuck.found.end))
    if "AND" not in stuck.accepts:
        return None
    name = re.compile(r"(?<![\w-])[A-Za-z_]\w*(-\w+)+\s*$").search(stuck.text, 0, stuck.found.start)
    if name and stuck.before and name.end() == stuck.found.start and {"extend", "project", "summarize", ","} & _nearby(stuck):
        return messages.name_in_brackets(name[0].strip(), Span(name.start(), name.start() + len(name[0].strip())))
    return messages.single_equals(stuck.span)


def _nearby(stuck: Stuck) -> set[str]:
    return {token.text for token in stuck.before[-6:]}


_COMPARISONS = [
    "and", "or", "in", "in~", "has", "has_cs", "has_any", "has_all", "hasprefix", "hassuffix", "contains", "contains_cs",
    "startswith", "startswith_cs", "endswith", "endswith_cs", "between", "matches", "like", "by", "asc", "desc", "on",
    "with",
]  # fmt: skip


def _word_after_value(stuck: Stuck) -> KqlError | None:
    """A word where an operator between two values belongs: wrong case, another language, or misspelt."""
    if not (stuck.is_word and "AND" in stuck.accepts):
        return None
    word, span = stuck.found.text, stuck.span
    if stuck.before[-1].end == span.start and stuck.last[-1] in "'\"":
        return messages.quote_in_string(stuck.last[-1], stuck.before[-1].span)
    if stuck.last == "not":
        return messages.not_is_a_function(stuck.before[-1].span)
    if word in _UNITS and stuck.last[-1:].isdigit():
        return messages.space_in_timespan(f"{stuck.last}{word}", Span(stuck.before[-1].start, span.end))
    if re.compile(r"(kind|hint\.\w+|isfuzzy|withsource)\s*=[^=~]").match(stuck.text, span.start):
        return messages.option_too_late(word, span)
    if word != word.lower() and word.lower() in _COMPARISONS:
        return messages.lower_case(word, span)
    following = re.compile(r"\s+([a-zA-Z_~]+)").match(stuck.text, span.end)
    if word.lower() == "not" and following and following[1].lower() in _COMPARISONS:
        return messages.negated_word(following[1].lower(), Span(span.start, following.end()))
    if word.lower() == "is":
        return messages.sql_null_test(span)
    if word in ("descending", "ascending"):
        return messages.not_a_comparison(word, f"write {word[:-6]}", span)
    if word in ("from", "to") and "step" in _nearby(stuck):
        return messages.step_comes_last(word, span)
    hint = messages.did_you_mean(word, _COMPARISONS, cutoff=0.75)
    return messages.not_a_comparison(word, hint, span) if hint and word not in _COMPARISONS else None


_UNITS = [
    "d", "h", "m", "s", "ms", "day", "days", "hour", "hours", "hr", "hrs", "min", "minute", "minutes", "sec", "second",
    "seconds",
]  # fmt: skip


def _misspelt_with_dash(stuck: Stuck) -> KqlError | None:
    """`| project-awy a`, which reads as `project` of a difference."""
    pipe = next((token for token in reversed(stuck.before) if token.text == "|"), None)
    word = re.compile(r"\|\s*([A-Za-z]+(?:-[A-Za-z]+)+)").match(stuck.text, pipe.start) if pipe else None
    if word is None or word[1] in messages.OPERATOR_NAMES or word.end() > stuck.found.start:
        return None
    return messages.no_such_operator(word[1], Span(word.start(1), word.end(1)))


def _chained_comparison(stuck: Stuck) -> KqlError | None:
    if stuck.found.text in ("<", "<=", ">", ">=", "==", "!=", "<>") and "AND" in stuck.accepts:
        return messages.chained_comparison(stuck.found.text, stuck.span)
    return None


def _bang(stuck: Stuck) -> KqlError | None:
    match = re.compile(r"!\s*(has_any|has_all|matches regex|like)\b").match(stuck.text, stuck.found.start)
    return messages.unneeded_negation(match[1], Span(match.start(), match.end())) if match else None


def _missing_pipe(stuck: Stuck) -> KqlError | None:
    if stuck.is_word and "VBAR" in stuck.accepts:
        word = re.compile(r"[\w-]*\w").match(stuck.text, stuck.found.start)
        if word and word[0] == "as" and "COMMA" in stuck.accepts:
            return messages.alias_with_as(Span(word.start(), word.end()))
        if word and word[0] in messages.OPERATOR_NAMES:
            return messages.missing_pipe(word[0], Span(word.start(), word.end()))
    return None


def _missing_semicolon(stuck: Stuck) -> KqlError | None:
    if stuck.brackets or not stuck.is_word or "SEMICOLON" not in stuck.accepts:
        return None
    begins_line = "\n" in stuck.text[stuck.before[-1].end : stuck.found.start] if stuck.before else False
    in_let = any(token.text == "let" for token in stuck.before)
    if stuck.found.text in ("let", "set", "declare") or (begins_line and in_let):
        return messages.missing_semicolon(stuck.found.text, stuck.span)
    return None


def _missing_separator(stuck: Stuck) -> KqlError | None:
    starts_value = stuck.is_word or stuck.found.text[:1].isdigit() or stuck.found.text[:1] in ("'", '"', "(", "@", "$")
    complete = bool(stuck.brackets) or bool(stuck.accepts & (_GOES_ON - {"COMMA"}))
    if not (starts_value and complete and stuck.accepts & {"AND", "COMMA"}) or stuck.last in CLOSES:
        return None
    if stuck.last == "range":
        return messages.range_needs_from(stuck.span)
    if stuck.last in NOT_REFERENCED:
        return messages.missing_value(None, f"`{stuck.last}`", True, stuck.before[-1].span)
    what = ["a `,`"] * ("COMMA" in stuck.accepts) + ["an operator"] * ("AND" in stuck.accepts)
    return messages.missing_separator(what, stuck.shown, stuck.span)


def _foreign(stuck: Stuck) -> KqlError | None:
    if stuck.text.startswith("&&", stuck.found.start):
        return messages.not_a_comparison("&&", "use `and` to combine conditions", Span(stuck.found.start, stuck.found.start + 2))
    if len(stuck.found.text) == 1 and stuck.found.text in "&!^\\@`~?$%#":
        return messages.foreign_character(stuck.found.text, stuck.span)
    return None


def _operator_first(stuck: Stuck) -> KqlError | None:
    """A query that begins with an operator, as if a table stood before it."""
    inside = stuck.brackets[-1].start if stuck.brackets else -1
    texts = [token.text for token in stuck.before]
    opens = [
        index + 1
        for index, token in enumerate(stuck.before)
        if token.text == ";" or token.start == inside or (token.text == "=" and texts[index - 2 : index - 1] == ["let"])
    ]
    begins = opens[-1] if opens else 0
    if begins == len(stuck.before) and stuck.found.text == "|":
        return messages.nothing_before_pipe(stuck.span)
    first = stuck.before[begins] if begins < len(stuck.before) else stuck.found
    word = re.compile(r"[a-z][a-z-]*[a-z]").match(stuck.text, first.start)
    if word is None or word[0] not in messages.OPERATOR_NAMES or word[0] in _SOURCES:
        return None
    return messages.table_first(word[0], Span(word.start(), word.end()))


_SOURCES = ("evaluate", "find", "macro-expand", "print", "range", "search", "union")


def _untyped_parameter(stuck: Stuck) -> KqlError | None:
    if stuck.found.text == "{" and stuck.last == ")" and not stuck.brackets:
        return messages.untyped_parameter(stuck.span)
    return None


def _not_run(stuck: Stuck) -> KqlError | None:
    """What is right for a cluster but not for kqlpy."""
    if stuck.found.text == "." and not stuck.before:
        return messages.management_command(stuck.span)
    names = [token for token in (*stuck.before, stuck.found) if token.text in _UNSUPPORTED]
    return messages.unsupported(names[-1].text, names[-1].span) if names else None


_UNSUPPORTED = ("inline_external_table", "materialized-view-combine")


def _client_parameter(stuck: Stuck) -> KqlError | None:
    match = re.compile(r"\{\w+(\[-?\d+\])?\}").match(stuck.text, stuck.found.start)
    if match and stuck.accepts >= _VALUE_STARTS:
        return messages.client_parameter(match[0], Span(match.start(), match.end()))
    return None


def _dynamic(stuck: Stuck) -> KqlError | None:
    """Something that cannot stand inside `dynamic(...)`."""
    if "NULL" in stuck.accepts and "DYNAMIC" in stuck.accepts:
        if stuck.found.text in ("]", "}", ")", ",", ":"):
            return messages.missing_value(f"`{stuck.last}`", stuck.shown, False, stuck.span)
        return messages.not_in_dynamic(stuck.found.text, stuck.span)
    if stuck.accepts <= {"STRING", "RBRACE"} and "STRING" in stuck.accepts and stuck.last in ("{", ","):
        return messages.unquoted_key(stuck.shown, stuck.span)
    return None


def _datatable(stuck: Stuck) -> KqlError | None:
    """A value in a datatable that is not a literal."""
    if not (stuck.brackets and stuck.brackets[-1].text == "["):
        return None
    opening = stuck.before.index(stuck.brackets[-1])
    head = stuck.text[: stuck.before[opening].start].rstrip()
    if not re.search(r"datatable\s*\([^()]*\)$", head):
        return None
    return messages.not_a_constant(stuck.shown, stuck.span) if stuck.found.text not in ("|", ";") and not stuck.is_end else None


def _missing_value(stuck: Stuck) -> KqlError | None:
    if stuck.accepts >= _VALUE_STARTS:
        after = f"`{stuck.last}`" if stuck.before else None
        return messages.missing_value(after, stuck.shown, stuck.is_word, stuck.span)
    return None


def _otherwise(stuck: Stuck) -> KqlError | None:
    return messages.expected(stuck.expected, stuck.shown, None, stuck.span)


_RULES: tuple[Callable[[Stuck], KqlError | None], ...] = (
    _empty, _not_run, _sql, _character, _comment, _guid, _client_parameter, _closing, _unclosed, _after_pipe, _operator_first,
    _dynamic, _datatable, _untyped_parameter, _equals, _bang, _missing_pipe, _missing_semicolon,
    _misspelt_with_dash, _chained_comparison, _word_after_value, _foreign, _missing_separator, _missing_value, _otherwise,
)  # fmt: skip
