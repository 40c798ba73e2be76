"""Where lines begin: statements, one operator a line, lists and conditions that do not fit on one line.

The rules look at pieces and brackets, never at the line breaks of the text, save empty lines and comments; so formatting a second time changes nothing.

| what | where it goes |
|---|---|
| statement | a line of its own; an empty line follows one of several lines |
| operator of a pipeline | a line of its own, `| ` in front; a short sub-pipeline of one operator may stay in its parentheses |
| list of items that does not fit | names are filled up line by line, other items get a line each |
| condition that does not fit | broken before each `or`, else before each `and` |
| parentheses that do not fit | their content one level deeper, the closing one below the line that opened them |
"""

from __future__ import annotations

from kqlpy.format import messages
from kqlpy.format.pieces import Piece, pieces_of
from kqlpy.format.tree import Bracket, Node, first, flat, has, nested, split, width
from kqlpy.format.writer import WIDTH, Writer
from kqlpy.source import Source
from kqlpy.syntax.depth import room_for
from kqlpy.syntax.parser import parse

__all__ = ["format_text"]

_LISTS = frozenset(
    {
        "project", "project-away", "project-keep", "project-rename", "project-reorder", "project-by-names", "extend", "print", "distinct", "summarize", "sort",
        "order", "union", "mv-expand", "mvexpand", "serialize", "make-series", "top-nested", "facet",
    }
)  # fmt: skip
_CLAUSES = {
    "summarize": ("BY",), "make-series": ("ON", "FROM", "STEP", "BY", "_IN_RANGE"), "parse": ("WITH",), "parse-where": ("WITH",), "find": ("PROJECT", "__ANON_1"),
    "mv-expand": ("LIMIT",),
}  # fmt: skip
_LITERALS = frozenset({"STRING", "LONG", "REAL", "BOOL", "TIMESPAN", "TYPED", "RAW_GUID", "SIGN"})
_NAMES = frozenset({"NAME", "WILDCARD", "STAR", "DOT", "STRING", "DIRECTION"})


def format_text(text: str | Source, newline: str = "\n") -> str:
    """The text in canonical layout, ending with a line end; its tokens and comments are unchanged.

    Raises KqlError for a text that does not parse, and FormatError should the result not mean the same.
    """
    query, pieces = pieces_of(Source(text) if isinstance(text, str) else text)
    with room_for(query):
        layout = _Layout()
        *tokens, end = pieces
        layout.statements(nested(tokens), 0)
        layout.out.newline(0)
        layout.out.comments(end.before)
        formatted = layout.out.text(newline)
        if parse(formatted) != query:
            raise messages.meaning_changed()
    return formatted


class _Layout:
    """Writes nodes. Each method finds the writer where the first piece goes; `level` is the indentation of the line that holds that piece."""

    def __init__(self) -> None:
        self.out = Writer()

    # ------------------------------------------------------------ statements and pipelines

    def statements(self, nodes: list[Node], level: int) -> None:
        """Statements, each with its semicolon."""
        tall = False
        for number, statement in enumerate(_ended(nodes)):
            lead = first(statement[0])
            count = len(self.out.lines)
            wants_blank = number > 0 and (tall or (lead.blank and not lead.before))
            if lead.before:
                lead.before[0].blank = lead.before[0].blank or tall
                wants_blank = False
            self.out.newline(level, blank=wants_blank)
            self.out.comments(lead.before)
            if lead.before and lead.blank:
                self.out.newline(level, blank=True)
            lead.before = []
            start = len(self.out.lines)
            self._statement(statement, level)
            if number == 0 or count != len(self.out.lines):
                tall = len(self.out.lines) > start

    def _statement(self, nodes: list[Node], level: int) -> None:
        end = nodes.pop() if first(nodes[-1]).terminal == "SEMICOLON" and len(nodes) > 1 else None
        if has(nodes, "VBAR"):
            head = _let_head(nodes)
            if head:
                self._put(nodes[:head])
                self.out.newline(level + 1)
            self._pipeline(nodes[head:], level + bool(head))
        else:
            head = _let_head(nodes)
            self._put(nodes[:head])
            self._operator(nodes[head:], level)
        if isinstance(end, Piece):
            if end.before:
                self.out.newline(level)
            self.out.put(end)

    def _pipeline(self, nodes: list[Node], level: int) -> None:
        """`source | operator | operator ...`: each operator on a line of its own."""
        for number, stage in enumerate(split(nodes, "VBAR")):
            if number:
                self.out.newline(level)
            bar = stage[0]
            if isinstance(bar, Piece) and bar.terminal == "VBAR":
                self.out.put(bar)
                self._operator(stage[1:], level)
            else:
                self._operator(stage, level)

    def _operator(self, nodes: list[Node], level: int) -> None:
        """An operator or an expression, broken by the rules of its keyword where it does not fit."""
        if not nodes or self._fits(nodes):
            self._put(nodes)
            return
        word = first(nodes[0]).word
        clauses = split(nodes, *_CLAUSES[word]) if word in _CLAUSES else [nodes]
        for number, clause in enumerate(clauses):
            if number:
                self.out.newline(level + 1)
            if word in _LISTS or (number and first(clause[0]).terminal == "BY"):
                self._list(clause, level + bool(number))
            elif word in ("parse", "parse-where") and number:
                self._fill([[node] for node in clause], level + 1)
            elif word == "fork":
                self._branches(clause, level)
            else:
                self._expression(clause, level)

    def _branches(self, nodes: list[Node], level: int) -> None:
        """The branches of fork."""
        fresh = True
        for node in nodes:
            if fresh and node is not nodes[0]:
                self.out.newline(level + 1)
            self._node(node, level + 1)
            fresh = node is nodes[0] or isinstance(node, Bracket)

    # ------------------------------------------------------------ lists

    def _list(self, nodes: list[Node], level: int) -> None:
        """A keyword with its options, then items: filled when all are names, else a line each; a single one goes on behind the keyword."""
        if self._fits(nodes):
            self._put(nodes)
            return
        head = _head(nodes)
        items = _items(nodes[head:])
        self._put(nodes[:head])
        if all(_is_plain(item, _NAMES) for item in items):
            self._fill(items, level + 1)
        elif len(items) == 1:
            self._expression(items[0], level)
        else:
            for item in items:
                self.out.newline(level + 1)
                self._expression(item, level + 1)

    def _fill(self, items: list[list[Node]], level: int, begun: int | None = None) -> None:
        """Items side by side as far as the width allows; `begun` is the level of the line that the first one is in."""
        for number, item in enumerate(items):
            if number and not self.out.fresh and (self.out.column + width(item) > WIDTH or first(item[0]).before):
                self.out.newline(level)
            self._expression(item, level if number or begun is None else begun)

    # ------------------------------------------------------------ expressions and brackets

    def _expression(self, nodes: list[Node], level: int, *, hang: bool = True) -> None:
        """An expression; lines after the first are one level deeper when it hangs behind a keyword."""
        if self._fits(nodes):
            self._put(nodes)
            return
        for terminal in ("OR", "AND"):
            if has(nodes[1:], terminal):
                below = level + hang
                for number, part in enumerate(split(nodes, terminal)):
                    if number:
                        self.out.newline(below)
                    self._expression(part, below)
                return
        if has(nodes[:-1], "COMMA"):
            self._fill(_items(nodes), level + hang, level)
            return
        for index, node in enumerate(nodes):
            self._node(node, level, nodes[:index])

    def _node(self, node: Node, level: int, before: list[Node] | None = None) -> None:
        if isinstance(node, Piece):
            self.out.put(node)
        elif self._fits([node]):
            self._put([node])
        else:
            self._bracket(node, level, before or [])

    def _bracket(self, node: Bracket, level: int, before: list[Node]) -> None:
        """A bracket whose content does not fit beside it."""
        assert node.close is not None
        level = self._own_level(node, level)
        self.out.put(node.open)
        items = node.items
        hugs = _hugs(node)
        if hugs:
            self._node(items[0], level)
        elif items:
            self.out.newline(level + 1)
            self._content(node, level + 1, before)
        if node.close.before:
            self.out.newline(level + 1)
            self.out.comments(node.close.before)
            node.close.before = []
        if items and (not hugs or self.out.ended):
            self.out.newline(level)
        self.out.put(node.close)

    def _own_level(self, node: Bracket, level: int) -> int:
        """The level of the line that the bracket is in: comments may have begun a new one."""
        return max(level, self.out.level) if not node.open.before and not self.out.ended else max(level, self.out.level + 1)

    def _content(self, node: Bracket, level: int, before: list[Node]) -> None:
        items = node.items
        if node.open.terminal == "LBRACE" or has(items, "SEMICOLON"):
            self.statements(items, level)
        elif has(items, "VBAR"):
            self._pipeline(items, level)
        elif first(items[0]).word in _LISTS or first(items[0]).word in _CLAUSES:
            self._operator(items, level)
        elif has(items, "COMMA"):
            self._arguments(items, level, _columns(before))
        else:
            self._expression(items, level, hang=False)

    def _arguments(self, nodes: list[Node], level: int, columns: int) -> None:
        """Arguments, a line each; values are filled, those of a datatable row by row."""
        items = _items(nodes)
        if columns:
            for start in range(0, len(items), columns):
                self.out.newline(level)
                self._fill(items[start : start + columns], level)
        elif all(_is_plain(item, _LITERALS | _NAMES) for item in items):
            self._fill(items, level)
        else:
            for item in items:
                self.out.newline(level)
                self._expression(item, level)

    # ------------------------------------------------------------ on one line

    def _fits(self, nodes: list[Node]) -> bool:
        return self.out.column + width(nodes) <= WIDTH and not (self.out.ended and not self.out.fresh)

    def _put(self, nodes: list[Node]) -> None:
        for piece in flat(nodes):
            self.out.put(piece)


# ---------------------------------------------------------------- what nodes are


def _ended(nodes: list[Node]) -> list[list[Node]]:
    """Statements, each with the semicolon behind it."""
    parts: list[list[Node]] = [[]]
    for node in nodes:
        parts[-1].append(node)
        if isinstance(node, Piece) and node.terminal == "SEMICOLON":
            parts.append([])
    return [part for part in parts if part]


def _items(nodes: list[Node]) -> list[list[Node]]:
    """List items, each with the comma behind it."""
    parts: list[list[Node]] = [[]]
    for node in nodes:
        parts[-1].append(node)
        if isinstance(node, Piece) and node.terminal == "COMMA":
            parts.append([])
    return [part for part in parts if part]


def _let_head(nodes: list[Node]) -> int:
    """How many nodes `let name =` are; 0 for other statements."""
    if first(nodes[0]).terminal != "LET":
        return 0
    return next(index for index, node in enumerate(nodes) if isinstance(node, Piece) and node.terminal == "EQUAL") + 1


def _head(nodes: list[Node]) -> int:
    """How many nodes a keyword and its options are: `summarize hint.strategy=shuffle`, `sort by`."""
    head = 1
    while head < len(nodes):
        piece = nodes[head]
        if isinstance(piece, Piece) and piece.terminal == "BY":
            head += 1
        elif isinstance(piece, Piece) and piece.terminal in ("PARAM", "MORE_PARAM"):
            head += 3
        else:
            break
    return min(head, len(nodes))


def _is_plain(item: list[Node], terminals: frozenset[str]) -> bool:
    """True for an item of a few such pieces; quoted names count as names."""
    for node in item:
        if isinstance(node, Bracket):
            if node.open.text != "[" or not _is_plain(node.items, terminals) or "NAME" not in terminals:
                return False
        elif node.terminal not in terminals and node.terminal != "COMMA":
            return False
    return True


def _hugs(node: Bracket) -> bool:
    """True for a bracket around a bracket, `dynamic([...])`: both open and close on the same lines."""
    assert node.close is not None
    inner = node.items[0] if len(node.items) == 1 else None
    return isinstance(inner, Bracket) and not inner.open.before and not node.close.before and not node.open.after


def _columns(before: list[Node]) -> int:
    """The number of columns of the datatable whose values follow; 0 for other brackets."""
    if len(before) < 2 or first(before[-2]).terminal != "DATATABLE":
        return 0
    declared = before[-1]
    return sum(1 for node in declared.items if isinstance(node, Piece) and node.terminal == "TYPE_COLON") if isinstance(declared, Bracket) else 0


