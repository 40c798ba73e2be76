"""`kqlpy check`: are rules correct, by the schemas that are known?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kqlpy.cli.guard import RULE_WRONG, complain
from kqlpy.cli.output import tell
from kqlpy.cli.settings import Settings, make_engine

__all__ = ["check"]


def check(files: Iterable[Path], data: Path | None, functions: Path | None) -> int:
    """Parse and bind each file; the exit code is 2 when one is wrong."""
    engine = make_engine(Settings(data=data, functions=functions))
    from kqlpy.errors import KqlError
    from kqlpy.rules.load import load_rule

    wrong = 0
    for file in files:
        try:
            prepared = engine.plan(load_rule(file).source)
        except KqlError as error:
            wrong += 1
            complain(str(error))
            continue
        count = len(prepared.schema)
        tell(f"{file}: ok, {count} column{'' if count == 1 else 's'}{' and what the data brings' if prepared.is_open else ''}")
    return RULE_WRONG if wrong else 0
