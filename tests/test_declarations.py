"""What every declared function owes: a sentence, an example that holds, and the same answer whatever form its columns have."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from kqlpy.errors import KqlError
from kqlpy.functions.registry import AGGREGATES, SCALARS, WINDOWS, Function
from kqlpy.types import Type
from tests import forms

DECLARED = [
    pytest.param(function, id=f"{kind}-{name}")
    for kind, table in (("scalar", SCALARS), ("aggregate", AGGREGATES), ("window", WINDOWS))
    for name, function in table.items()
    if function.executes
]
STEADY = [pytest.param(f, id=n) for n, f in SCALARS.items() if f.executes and not f.is_form and not f.volatile and any(o.maximum for o in f.overloads)]
#: No call can be made up: it takes columns by name, needs a file, a package or an option, or refuses most values.
UNTRIED = {
    "assert", "bag_pack_columns", "bin_auto", "extractall", "extractjson", "geo_info_from_ip_address",
    "gzip_compress_to_base64_string", "pack_all", "parse_command_line", "parse_user_agent", "zlib_compress_to_base64_string",
}  # fmt: skip


@pytest.mark.parametrize("function", DECLARED)
def test_docstring_opens_with_a_sentence(function: Function) -> None:
    """The first paragraph ends with a full stop."""
    assert function.doc.strip().split("\n\n")[0].endswith(".")


@pytest.mark.parametrize("function", DECLARED)
def test_example_shows_what_the_query_gives(function: Function) -> None:
    """The value under `>>> ` is what the last column holds."""
    for example in forms.examples(function.doc):
        assert forms.shown(example.query) == example.shown


@pytest.mark.parametrize("function", STEADY)
def test_physical_form_of_columns_does_not_matter(function: Function) -> None:
    """Whole columns, slices, dictionaries, constants and lists agree with rows computed one by one."""
    tried = 0
    for own in (False, True):
        for trial in forms.trials(function, own=own):
            # A combination of types may be refused by name, as may a value that must be one of a few words.
            with suppress(KqlError):
                for form, found in _differences(trial):
                    assert found is None, f"{trial.text} over {form}: {found}\n{_columns(trial)}"
                tried += 1
        if tried:
            return
    assert function.name in UNTRIED


def _columns(trial: forms.Trial) -> str:
    return "\n".join(f"  {name}: {type_} = {values}" for name, (type_, values) in trial.columns.items())


def _differences(trial: forms.Trial) -> list[tuple[str, str | None]]:
    rows = forms.ROWS
    single = [forms.evaluate(trial, forms.plain(trial, slice(i, i + 1)), 1)[0] for i in range(rows)]
    found = [
        ("whole columns", forms.same(forms.evaluate(trial, forms.plain(trial), rows), single, trial.items)),
        ("slices", forms.same(forms.evaluate(trial, forms.sliced(trial), rows), single, trial.items)),
        ("dictionaries", forms.same(forms.evaluate(trial, forms.encoded(trial), rows), single, trial.items)),
        ("no rows", forms.same(forms.evaluate(trial, forms.plain(trial, slice(0, 0)), 0), [], trial.items)),
    ]
    found += [(f"constant {name}", _constant(trial, name, single)) for name in trial.columns]
    found.append(("constants only", _constants(trial, single)))
    found += [(f"lists of {type_}", _listed(trial, type_)) for type_ in _LANES if any(t is Type.DYNAMIC for t, _ in trial.columns.values())]
    return found


_LANES = (Type.LONG, Type.REAL, Type.STRING)


def _constant(trial: forms.Trial, name: str, single: list[list[Any]]) -> str | None:
    """Each value of a column as a constant beside that row of the others."""
    for row in range(0, forms.ROWS, 3):
        items = forms.with_constants(trial, [name], row)
        columns = forms.plain(trial, slice(row, row + 1))
        found = forms.same(forms.evaluate(trial, columns, 1, items), [single[row]], trial.items)
        if found is not None:
            return f"{found} (constant {trial.columns[name][1][row]!r})"
    return None


def _constants(trial: forms.Trial, single: list[list[Any]]) -> str | None:
    """Whole calls of constants, as they are computed while a query is bound, over a batch that has rows but no columns."""
    for row in range(0, forms.ROWS, 3):
        items = forms.with_constants(trial, trial.columns, row)
        found = forms.same(forms.evaluate(trial, {}, 2, items), [single[row]] * 2, trial.items)
        if found is not None:
            return f"{found} (row {row})"
    return None


def _listed(trial: forms.Trial, type_: Type) -> str | None:
    listed, texts = forms.lanes(trial, type_)
    return forms.same(forms.evaluate(trial, listed, forms.ROWS), forms.evaluate(trial, texts, forms.ROWS), trial.items)
