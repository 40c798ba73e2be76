"""Work divided among processes: each takes the next item when it is free, and answers come in the order of the items.

An item whose process ends (for want of memory, say) gets an answer of its own, and another process takes the place of the lost one. When the caller stops
asking, or is interrupted, the processes end at once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

__all__ = ["in_processes"]

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


def in_processes(
    begin: Callable[[], Callable[[_Item], _Answer]], items: Sequence[_Item], count: int, lost: Callable[[_Item], _Answer]
) -> Iterator[_Answer]:
    """The answer to each item. `begin` runs once in each process and gives what answers there; `lost` answers for an item whose process has ended."""
    crew = _Crew(begin, items, lost)
    try:
        yield from crew.answers(min(count, len(items)))
    finally:
        crew.end()


@dataclass
class _Worker:
    process: Any
    link: Connection
    item: int | None = None


class _Crew(Generic[_Item, _Answer]):
    def __init__(self, begin: Callable[[], Callable[[_Item], _Answer]], items: Sequence[_Item], lost: Callable[[_Item], _Answer]) -> None:
        self._begin = begin
        self._items = items
        self._lost = lost
        self._next = 0
        self._done: dict[int, _Answer] = {}
        self._workers: list[_Worker] = []

    def answers(self, count: int) -> Iterator[_Answer]:
        """Those that are known go out in order while others are worked on."""
        for _ in range(count):
            self._employ()
        for index in range(len(self._items)):
            while index not in self._done:
                self._listen()
            yield self._done.pop(index)

    def end(self) -> None:
        """Stop every process, whatever it does."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.link.close()

    def _employ(self) -> None:
        """Another process, if there is something to do for it."""
        if self._next == len(self._items):
            return
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._begin), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        self._assign(worker)

    def _assign(self, worker: _Worker) -> None:
        """Give a process the next item; None tells it that there are no more."""
        worker.item = None
        try:
            worker.link.send(self._items[self._next] if self._next < len(self._items) else None)
        except OSError:
            return  # it has ended: `_listen` hears of that
        if self._next < len(self._items):
            worker.item = self._next
            self._next += 1

    def _listen(self) -> None:
        """Take the answers that are there, and hear of processes that have ended."""
        links = {worker.link: worker for worker in self._workers}
        for link in wait(list(links)):
            worker = links[link]  # type: ignore[index]
            try:
                answer = worker.link.recv()
            except (EOFError, OSError):
                self._replace(worker)
                continue
            assert worker.item is not None
            self._done[worker.item] = answer
            self._assign(worker)

    def _replace(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.link.close()
        worker.process.kill()
        worker.process.join()
        if worker.item is not None:
            self._done[worker.item] = self._lost(self._items[worker.item])
        self._employ()


def _serve(link: Connection, begin: Callable[[], Callable[[_Item], _Answer]]) -> None:
    """The life of a process. Ctrl-C reaches it too, but its end is the caller's business; it ends when the caller is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_caller, daemon=True).start()
    answer: Callable[[_Item], _Answer] | None = None
    while (item := link.recv()) is not None:
        answer = answer or begin()
        link.send(answer(item))


def _end_with_caller() -> None:
    caller = parent_process()
    if caller is not None:
        wait([caller.sentinel])
        os._exit(1)
