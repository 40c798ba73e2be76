"""The parse tables: compiled from `grammar/kql.lark` by Lark, kept as JSON text, read back in milliseconds.

`load` gives the tables from the first place that fits: the file `kql.tables` beside this module (the wheel has it), the
user's cache folder, or a fresh compilation, which is then stored in the cache. A stored table counts only when its stamp
names the same grammar text and the same layout of this file. Tables are plain data: reading them runs no code.

`python -m kqlpy.syntax.tables [file]` writes them; the build of the wheel calls `write`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Rule", "Tables", "compile_tables", "grammar_text", "load", "write"]

LAYOUT = 2
_HERE = Path(__file__).parent
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Rule:
    """One production: how many symbols it takes off the stack, what it becomes, and which of them its builder is given.

    `builder` is None for a helper rule, whose children are spliced into its parent. `takes` lists (position, splice,
    placeholders before it); `trailing` placeholders follow. `single` means that one lone child stands for itself.
    """

    origin: str
    size: int
    builder: str | None
    takes: tuple[tuple[int, bool, int], ...]
    trailing: int
    single: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """What the parser needs of the grammar.

    `rows[state]` maps a terminal or rule to what happens: a state to go to, or `~index` of a rule to reduce by.
    `words` and `marks` map keyword and punctuation spellings to terminals; `patterns` are the terminals with regular
    expressions and `early` those that are tried first, both in the order of the grammar.
    """

    rows: tuple[dict[str, int], ...]
    rules: tuple[Rule, ...]
    start: int
    end: int
    words: dict[str, str]
    marks: dict[str, str]
    patterns: tuple[tuple[str, str], ...]
    early: tuple[tuple[str, str], ...]
    trivia: str


def grammar_text() -> str:
    """The text of the grammar: `kql.lark` beside this module in an installed package, `grammar/kql.lark` in a checkout."""
    checkout = _HERE.parent.parent / "grammar" / "kql.lark"
    return (checkout if checkout.exists() else _HERE / "kql.lark").read_text(encoding="utf-8")


def load() -> Tables:
    """The tables for the grammar at hand, from the package, the cache, or compiled anew."""
    grammar = grammar_text()
    wanted = _stamp(grammar)
    for path in (_HERE / "kql.tables", _cache_file(wanted)):
        data = _read(path, wanted)
        if data is not None:
            return _decode(data)
    data = compile_tables(grammar)
    _store(_cache_file(wanted), data)
    return _decode(data)


def write(path: Path) -> None:
    """Compile the grammar and store the tables in `path`."""
    path.write_text(json.dumps(compile_tables(grammar_text()), separators=(",", ":")), encoding="utf-8")


# ---------------------------------------------------------------- storage


def _stamp(grammar: str) -> str:
    return hashlib.sha256(f"{LAYOUT}\n{grammar}".encode()).hexdigest()


def _cache_file(stamp: str) -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "kqlpy" / f"{stamp[:16]}.tables"


def _read(path: Path, stamp: str) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and data.get("stamp") == stamp else None


def _store(path: Path, data: dict[str, Any]) -> None:
    """Keep the tables for the next run; a cache that cannot be written costs time, not the query."""
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tables-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file, separators=(",", ":"))
        os.replace(temporary, path)
    except OSError:
        return


def _decode(data: dict[str, Any]) -> Tables:
    rows = data["rows"]
    rules = tuple(
        Rule(origin, size, builder, tuple((i, bool(splice), nones) for i, splice, nones in takes), trailing, bool(single))
        for origin, size, builder, takes, trailing, single in data["rules"]
    )
    return Tables(
        rows=tuple(rows[index] for index in data["states"]),
        rules=rules,
        start=data["start"],
        end=data["end"],
        words=data["words"],
        marks=data["marks"],
        patterns=tuple((name, pattern) for name, pattern in data["patterns"]),
        early=tuple((name, pattern) for name, pattern in data["early"]),
        trivia=data["trivia"],
    )


# ---------------------------------------------------------------- compilation


def compile_tables(grammar: str) -> dict[str, Any]:
    """The tables of a grammar text as plain data; raises Lark's GrammarError when the grammar has a conflict."""
    from importlib import metadata

    from lark.common import ParserConf
    from lark.load_grammar import load_grammar
    from lark.parsers.lalr_analysis import LALR_Analyzer, Reduce

    loaded, _ = load_grammar(grammar, "kql.lark", [], False)
    terminals, rules, ignored = loaded.compile(["start"], "*")
    analyzer = LALR_Analyzer(ParserConf(rules, {}, ["start"]), strict=True)
    analyzer.compute_lalr()
    table = analyzer.parse_table
    numbers = {rule: index for index, rule in enumerate(rules)}
    order = _visited(table.states, table.start_states["start"], Reduce)
    rows: dict[str, int] = {}
    states = []
    for state in order:
        row = {
            str(symbol): ~numbers[argument] if action is Reduce else order[argument]
            for symbol, (action, argument) in sorted(table.states[state].items())
        }
        states.append(rows.setdefault(json.dumps(row), len(rows)))
    return {
        "stamp": _stamp(grammar),
        "lark": metadata.version("lark"),
        "rows": [json.loads(row) for row in rows],
        "states": states,
        "rules": [_rule(rule) for rule in rules],
        "start": order[table.start_states["start"]],
        "end": order[table.end_states["start"]],
        **_terminals([t for t in terminals if t.name not in ignored]),
        "trivia": next(t.pattern.to_regexp() for t in terminals if t.name in ignored),
    }


def _visited(states: Any, start: Any, reduce: Any) -> dict[Any, int]:
    """The states numbered as they are first reached: Lark's own numbers differ from run to run."""
    order = {start: 0}
    waiting = [start]
    for state in waiting:
        for _, (action, argument) in sorted(states[state].items()):
            if action is not reduce and argument not in order:
                order[argument] = len(order)
                waiting.append(argument)
    return order


def _rule(rule: Any) -> list[Any]:
    """A production with its tree shape worked out: what is dropped, spliced, or stands for itself."""
    gaps = [0] * (len(rule.expansion) + 1)
    if rule.options.empty_indices:
        marks = "".join("1" if empty else "0" for empty in rule.options.empty_indices)
        gaps = [len(run) for run in marks.split("0")]
    takes, waiting = [], 0
    for index, symbol in enumerate(rule.expansion):
        waiting += gaps[index]
        if not (symbol.is_term and symbol.filter_out):
            takes.append([index, int(not symbol.is_term and symbol.name.startswith("_")), waiting])
            waiting = 0
    trailing = waiting + gaps[-1]
    name = str(rule.origin.name)
    builder = None if name.startswith("_") else str(rule.alias or name)
    single = rule.options.expand1 and not rule.alias
    return [name, len(rule.expansion), builder, takes, trailing, int(single)]


def _terminals(terminals: list[Any]) -> dict[str, Any]:
    """Terminals sorted by how they are read: words, other fixed texts, patterns, and patterns tried early."""
    words: dict[str, str] = {}
    marks: dict[str, str] = {}
    patterns: list[list[str]] = []
    early: list[list[str]] = []
    for terminal in terminals:
        texts = _fixed_texts(terminal.pattern)
        if texts is None:
            (early if terminal.priority else patterns).append([terminal.name, terminal.pattern.to_regexp()])
        for text in texts or ():
            (words if _WORD.fullmatch(text) else marks)[text] = terminal.name
    return {"words": words, "marks": marks, "patterns": patterns, "early": early}


def _fixed_texts(pattern: Any) -> list[str] | None:
    """The spellings of a terminal that is a list of fixed texts; None for a regular expression."""
    if pattern.type == "str":
        return [pattern.value]
    body = pattern.value
    if not (body.startswith("(?:") and body.endswith(")")) or re.search(r"[()\[*+?]", body[3:-1]):
        return None
    return [re.sub(r"\\(.)", r"\1", text) for text in body[3:-1].split("|")]


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else _HERE / "kql.tables")
