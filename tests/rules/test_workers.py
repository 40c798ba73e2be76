"""Work divided among processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from multiprocessing import active_children

from kqlpy.rules.workers import in_processes


def begin() -> Callable[[int], str]:
    """What a process answers: its item as text, and for an item below zero nothing ever again."""
    return lambda item: str(item) if item >= 0 else os._exit(1)


def sleeper() -> Callable[[int], str]:
    """Answers after as many seconds as the item says."""
    return lambda item: str(time.sleep(item) or item)


def interrupted() -> Callable[[int], str]:
    """Answers in spite of Ctrl-C."""
    return lambda item: str(os.kill(os.getpid(), signal.SIGINT) or item)


def lost(item: int) -> str:
    """The answer for an item whose process has ended."""
    return f"lost {item}"


def test_answers_come_in_order() -> None:
    assert list(in_processes(begin, list(range(20)), 3, lost)) == [str(n) for n in range(20)]


def test_a_process_that_ends_takes_only_its_item_along() -> None:
    assert list(in_processes(begin, [1, -2, 3, -4, -5, 6], 2, lost)) == ["1", "lost -2", "3", "lost -4", "lost -5", "6"]


def test_no_items_need_no_process() -> None:
    assert list(in_processes(begin, [], 2, lost)) == []


def test_a_caller_may_stop_early() -> None:
    answers = in_processes(sleeper, [0, 600, 600], 2, lost)
    assert next(answers) == "0"
    answers.close()
    assert active_children() == []


def test_an_interruption_is_the_business_of_the_caller() -> None:
    assert list(in_processes(interrupted, [1, 2], 2, lost)) == ["1", "2"]
