"""Text fitted to a terminal."""

from __future__ import annotations

import io

import pytest

from kqlpy.cli.wrap import fitted, hanging, width_of
from tests.cli.conftest import Command


def test_lines_break_between_words() -> None:
    assert fitted("note: one two three four five six seven", 20) == "note: one two three\n  four five six\n  seven"


def test_without_a_width_nothing_changes() -> None:
    assert fitted("word " * 100, None) == "word " * 100


def test_paths_stay_whole() -> None:
    path = "/a/very/long-and/deep/path.yaml"
    assert path in fitted(f"error: cannot read {path}: there is no such file", 20).split("\n  ")[1]


def test_what_is_indented_goes_on_below() -> None:
    assert hanging("    a b c d e f", 10) == "    a b c\n    d e f"


def test_a_short_picture_stays() -> None:
    assert fitted("error\n    T | where x\n              ^", 40) == "error\n    T | where x\n              ^"


@pytest.mark.parametrize("place", [0, 5, 40, 70, 95])
def test_a_long_picture_shows_what_its_carets_point_at(place: int) -> None:
    line = "".join(chr(65 + n % 26) for n in range(100))
    above, below = fitted(f"    {line}\n    {' ' * place}^^^", 40).split("\n")
    assert max(len(above), len(below)) <= 40
    start, count = below.index("^"), below.count("^")
    assert above[start : start + count].rstrip("…") in line[place : place + 3]
    assert ("…" in above) is True


def test_a_file_has_no_width() -> None:
    assert width_of(io.StringIO()) is None
    assert width_of(None) is None


def test_no_summary_of_a_command_is_clipped(command: Command) -> None:
    commands = command("--help").out.split("Commands:\n")[1]
    assert "..." not in commands
