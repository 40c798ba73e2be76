"""The prompt of `kqlpy shell`, made of prompt_toolkit: the one module that imports it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion, ThreadedCompleter
from prompt_toolkit.filters import is_done
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings

from kqlpy.cli.entries import is_complete
from kqlpy.cli.guard import remark

if TYPE_CHECKING:
    from kqlpy.api import Engine

__all__ = ["KqlCompleter", "prompter"]


class KqlCompleter(Completer):  # type: ignore[misc]
    """The suggestions of `kqlpy.complete` as prompt_toolkit takes them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get_completions(self, document: Any, complete_event: Any) -> Iterator[Any]:
        """Suggestions at the cursor; none for commands."""
        from kqlpy.complete.suggest import suggestions

        if document.text.lstrip().startswith("."):
            return
        for found in suggestions(self._engine, document.text, document.cursor_position):
            detail = found.kind if not found.detail or found.detail == found.kind else f"{found.kind}: {found.detail}"
            yield Completion(found.text, start_position=found.start - document.cursor_position, display_meta=detail[:70])


def prompter(engine: Engine, history: Path, **terminal: Any) -> Callable[[], str]:
    """What asks for the next query. `terminal`: `input` and `output` of prompt_toolkit, for tests."""
    session: Any = PromptSession(
        "kql> ", history=_history(history), completer=ThreadedCompleter(KqlCompleter(engine)), complete_while_typing=False, multiline=True,
        prompt_continuation=lambda width, line, wrapped: "...> ".rjust(width), key_bindings=_keys(), enable_history_search=False, **terminal,
    )  # fmt: skip
    return lambda: str(session.prompt())


def _history(file: Path) -> History:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a"):
            pass
    except OSError as error:
        remark(f"queries are not kept: {error.filename}: {error.strerror}")
        return InMemoryHistory()
    return FileHistory(str(file))


def _keys() -> KeyBindings:
    """Enter takes the chosen suggestion, or runs a complete text, or goes on in a new line; Alt+Enter always begins one."""
    keys = KeyBindings()

    @keys.add("enter", filter=~is_done)  # type: ignore[untyped-decorator]
    def _enter(event: Any) -> None:
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None
        elif is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    @keys.add("escape", "enter")  # type: ignore[untyped-decorator]
    def _new_line(event: Any) -> None:
        event.current_buffer.insert_text("\n")

    return keys
