"""`--render FILE`: the chart of a result, drawn into a file."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.guard import UsageError, remark
from kqlpy.cli.places import check_place

if TYPE_CHECKING:
    import pyarrow as pa

    from kqlpy.cli.settings import Settings

__all__ = ["check_render", "render_result"]


def check_render(settings: Settings, inputs: Iterable[Path] = ()) -> None:
    """Refuse, before anything runs, a file that could not be drawn, or that is read."""
    if settings.render is None:
        return
    from kqlpy.render import messages

    check_place(settings.render, settings, inputs)
    if settings.render.suffix.lower() not in messages.ENDINGS:
        raise UsageError(messages.bad_ending(settings.render.name))
    if settings.render.suffix.lower() in (".png", ".svg") and find_spec("vl_convert") is None:
        raise messages.no_library(settings.render.name)


def render_result(tables: list[pa.Table], settings: Settings) -> None:
    """Draw the first result that has a `render` operator, else the first."""
    if settings.render is None:
        return
    from kqlpy.render.charts import is_drawable, write_chart

    chart = write_chart(next(filter(is_drawable, tables), tables[0]), settings.render)
    for note in () if settings.quiet else (*chart.notes, f"{settings.render} shows a {chart.name}"):
        remark(note)
