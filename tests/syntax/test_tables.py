"""The compiled grammar: free of conflicts, complete, stored and found again."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from lark.exceptions import GrammarError

from kqlpy.syntax import messages, tables
from kqlpy.syntax.build_statements import Builder


def test_a_conflict_is_an_error() -> None:
    with pytest.raises(GrammarError, match="collision"):
        tables.compile_tables('start: a | b\na: NAME "x"?\nb: NAME "x"\nNAME: /n/\nT: /t/\n%ignore T')


def test_every_rule_has_a_builder() -> None:
    rules = [rule for rule in tables.load().rules if rule.builder and not (rule.single and rule.size == 1)]

    assert [rule.builder for rule in rules if not callable(getattr(Builder, rule.builder or "", None))] == []


def test_operator_names_of_the_messages_are_those_of_the_grammar() -> None:
    loaded = tables.load()
    after_pipe = next(row for row in loaded.rows if "WHERE" in row and "SUMMARIZE" in row)
    known = {text for text, terminal in (*loaded.words.items(), *loaded.marks.items()) if terminal in after_pipe}

    assert known - {"mvapply", "mvexpand", "__executeAndCache", "__partitionby"} == set(messages.OPERATOR_NAMES)


@pytest.fixture
def small_grammar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A grammar that is quick to compile and in no package, and the cache folder for it."""
    monkeypatch.setattr(tables, "grammar_text", lambda: "start: NAME+\nNAME: /n/\nSPACE: / /\n%ignore SPACE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "kqlpy"


def test_tables_are_kept_in_the_users_cache(small_grammar: Path) -> None:
    first = tables.load()
    stored = [path.name for path in small_grammar.iterdir()]

    assert tables.load() == first
    assert [path.name for path in small_grammar.iterdir()] == stored
    assert stored == [f"{tables._stamp(tables.grammar_text())[:16]}.tables"]
    assert stat.S_IMODE(small_grammar.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"stamp": "other"}', "\0"])
def test_a_broken_or_old_cache_is_made_anew(small_grammar: Path, content: str) -> None:
    small_grammar.mkdir()
    stored = small_grammar / f"{tables._stamp(tables.grammar_text())[:16]}.tables"
    stored.write_text(content)

    assert tables.load().rows
    assert json.loads(stored.read_text())["stamp"] == tables._stamp(tables.grammar_text())


def test_a_cache_that_cannot_be_written_does_not_matter(small_grammar: Path) -> None:
    small_grammar.write_text("a file where the folder should be")

    assert tables.load().rows


def test_written_tables_are_read_back(tmp_path: Path) -> None:
    tables.write(tmp_path / "kql.tables")
    data = json.loads((tmp_path / "kql.tables").read_text())

    assert data["stamp"] == tables._stamp(tables.grammar_text())
    assert tables._decode(data) == tables.load()


def test_compiling_gives_the_same_tables_every_time() -> None:
    script = "import hashlib, json; from kqlpy.syntax import tables; data = tables.compile_tables(tables.grammar_text());"
    script += "print(hashlib.sha256(json.dumps(data).encode()).hexdigest())"

    def digest(seed: str) -> bytes:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout

    assert digest("1") == digest("2")
