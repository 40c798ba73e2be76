"""One declaration per function: what the binder, the executor, the documentation and the tests know about it.

`@scalar`, `@aggregate`, `@window` and `@plugin` put a declaration into a table. The signature text names parameters and result:

    (text: string, start: long, length: long = ?) -> string        `= ?` optional; `= 5` optional with a value for the documentation
    (delimiter: string, *values: scalar) -> string                  the last parameter repeats, zero or more times (`+` instead of `*`: one or more)
    (+test: bool, +then: common, else: common) -> common             several repeating parameters repeat as a block
    (value: common, *rest: common) -> common                        all arguments widen to one type
    (step: const timespan, kind: const string) -> long               `const`: the argument must be known before rows are read
    (key: column string, other: lookup string) -> table              plugins: the argument names a column (of the input; `lookup`: of the table argument)

Parameter kinds: a KQL type, several joined by `|`, or a word of `KINDS`. Results: a KQL type, `first`/`second`/`last` (that argument's
type), `common`, `common_nondynamic`, `widest` (int becomes long), `promoted` (the first argument's, int becomes long),
`typeof` (the type a `typeof()` argument names, else string), or several values `(flag: dynamic, score: dynamic)`.
How a kernel is called is told at `Overload`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

from kqlpy.types import Type, parse_type

__all__ = [
    "AGGREGATES", "KINDS", "MANY", "PLUGINS", "SCALARS", "WINDOWS", "Call", "Function", "Overload", "Parameter",
    "aggregate", "declare", "describe", "load", "plugin", "scalar", "window",
]  # fmt: skip

MANY = 32_768
_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])
_ALL = frozenset(Type)
KINDS: dict[str, frozenset[Type]] = {
    "scalar": _ALL,
    "any": _ALL,
    "common": _ALL,
    "common_dynamic": _ALL,
    "common_orderable": _ALL - {Type.DYNAMIC, Type.GUID},
    "number": frozenset({Type.INT, Type.LONG, Type.REAL, Type.DECIMAL}),
    "number_or_bool": frozenset({Type.INT, Type.LONG, Type.REAL, Type.DECIMAL, Type.BOOL}),
    "integer": frozenset({Type.INT, Type.LONG}),
    "real_or_decimal": frozenset({Type.REAL, Type.DECIMAL}),
    "summable": frozenset({Type.INT, Type.LONG, Type.REAL, Type.DECIMAL, Type.TIMESPAN, Type.DATETIME}),
    "orderable": _ALL - {Type.DYNAMIC, Type.GUID},
    "notdynamic": _ALL - {Type.DYNAMIC},
    "notbool": _ALL - {Type.BOOL},
    "not_real_or_bool": _ALL - {Type.BOOL, Type.REAL},
    "textual": frozenset({Type.STRING, Type.DYNAMIC}),
    "array": frozenset({Type.DYNAMIC}),
    "bag": frozenset({Type.DYNAMIC}),
    "string_or_array": frozenset({Type.STRING, Type.DYNAMIC}),
    "integer_or_array": frozenset({Type.INT, Type.LONG, Type.DYNAMIC}),
    "type": _ALL,
    "table": _ALL,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an overload. `minimum` is how often a repeating one must occur; `form` the word before its kind (`const`, `column` ...)."""

    name: str
    kind: str
    types: frozenset[Type]
    optional: bool = False
    constant: bool = False
    repeat: bool = False
    minimum: int = 0
    default: str | None = None
    form: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What a kernel declared with `context=True` gets as its first argument.

    `types`: KQL types of the arguments; `result`: the result type; `rows`: rows of this batch; `session`: clock, seed, limits.
    """

    types: tuple[Type, ...]
    result: Type
    rows: int
    session: Any


@dataclass(frozen=True, eq=False)
class Overload:
    """One signature with its kernel. Compared by identity.

    The kernel of an ordinary overload is called with one argument per written argument: a `pa.Array` of the batch's length
    in the form of `columns/storage.py`, or a `pa.Scalar` for a constant; at least one is an array (an all-constant call gets an
    array of one row). It returns a `pa.Array` of that length in the result type's storage form, with KQL's nulls.
    Arrays are never dictionary encoded: the engine calls the kernel on the dictionary's values. Dynamic arguments
    are JSON text arrays, unless `lanes=True`, then also typed lists; with `flat=True` also JSON text of flat arrays comes as typed lists.

    With `rows=True` the kernel is a plain function from one row's Python values (dynamic: parsed JSON; datetime, timespan: int ticks; decimal: Decimal;
    a `pa.Scalar` never occurs) to one value, called once per distinct row; for `nulls="propagate"` (the default) it is not called when
    an argument is null. `nulls="kernel"` hands nulls over as None. Beside it `arrays` may answer common rows by array work: called
    with the arguments as an ordinary kernel is, it gives a mask of the rows that it answers and their results, or None when it knows none.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: str | Callable[..., Any]
    parts: tuple[tuple[str, Type], ...] = ()
    kernel: Callable[..., Any] | None = None
    rows: bool = False
    nulls: str = "propagate"
    lanes: bool = False
    context: bool = False
    hidden: bool = False
    arrays: Callable[..., Any] | None = None
    flat: bool = False

    @cached_property
    def minimum(self) -> int:
        """The fewest arguments."""
        return sum(p.minimum if p.repeat else not p.optional for p in self.parameters)

    @cached_property
    def maximum(self) -> int:
        """The most arguments; as many names and values as a wide table has columns, for the forms that take all of them."""
        return MANY if any(p.repeat for p in self.parameters) else len(self.parameters)

    def takes(self, count: int) -> bool:
        """True when a call may have this number of arguments; repeating parameters come as whole blocks."""
        if not self.minimum <= count <= self.maximum:
            return False
        _, block = self._block
        return block < 2 or (count - (len(self.parameters) - block)) % block == 0

    @cached_property
    def _block(self) -> tuple[int, int]:
        """Where the block of repeating parameters begins, and its length; past all arguments when there is none."""
        marks = [i for i, p in enumerate(self.parameters) if p.repeat]
        return (marks[0], len(marks)) if marks else (1 << 20, 0)

    def parameter(self, index: int, count: int) -> Parameter | None:
        """The parameter that argument `index` of `count` fills; repeating parameters form one block that repeats as a whole."""
        start, block = self._block
        if index < start:
            return self.parameters[index] if index < len(self.parameters) else None
        after = len(self.parameters) - start - block
        if after and index >= count - after:
            return self.parameters[len(self.parameters) - (count - index)]
        return self.parameters[start + (index - start) % block]


@dataclass
class Function:
    """A function of the language with all its overloads.

    `naming`: how an unnamed column of it is called - "" (ColumnN), "first" (as its first argument), "prefix" (`prefix_argument`), "name_first"
    (function name and argument), "only" (as its argument when there is just one), "value" (the constant text of the first argument, if that is a column).
    """

    name: str
    overloads: list[Overload] = field(default_factory=list)
    naming: str = ""
    prefix: str = ""
    volatile: bool = False
    obsolete: str | None = None
    doc: str = ""
    page: str | None = None
    module: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def executes(self) -> bool:
        """False for a function that binds but is refused by name when it runs."""
        return self.is_form or any(o.kernel is not None for o in self.overloads)

    @property
    def is_form(self) -> bool:
        """True for what is a function only by look: the binder puts something else in its place."""
        return bool(self.extra.get("form"))

    @property
    def why(self) -> str | None:
        """Why it is refused when it would run; None when it runs."""
        return None if self.executes else self.extra.get("why")


SCALARS: dict[str, Function] = {}
AGGREGATES: dict[str, Function] = {}
WINDOWS: dict[str, Function] = {}
PLUGINS: dict[str, Function] = {}

_PARAMETER = re.compile(
    r"(?P<star>[*+])?(?P<name>\w+)\s*:\s*(?:(?P<form>const|column|lookup|shared|aggregate)\s+)?(?P<kind>[\w|]+)(?:\s*=\s*(?P<default>\?|[^,]+))?\s*$"
)


def _parameter(text: str) -> Parameter:
    match = _PARAMETER.match(text.strip())
    if match is None:
        raise ValueError(f"bad parameter in a signature: {text!r}")
    kind, star, default = match["kind"], match["star"], match["default"]
    types = KINDS.get(kind) or frozenset(_type(word) for word in kind.split("|"))
    return Parameter(
        match["name"], kind, types, optional=default is not None, constant=match["form"] == "const",
        repeat=bool(star), minimum=1 if star == "+" else 0, default=default, form=match["form"] or "",
    )  # fmt: skip


def _type(word: str) -> Type:
    found = parse_type(word)
    if found is None:
        raise ValueError(f"unknown type or kind {word!r} in a signature")
    return found


def _split(text: str) -> list[str]:
    return [part for part in text.split(",") if part.strip()]


def parse_signature(text: str) -> tuple[tuple[Parameter, ...], str, tuple[tuple[str, Type], ...]]:
    """Parameters, result word and result parts of a signature text (see the module's docstring)."""
    left, _, right = text.partition("->")
    parameters = tuple(_parameter(part) for part in _split(left.strip()[1:-1]))
    right = right.strip()
    if not right.startswith("("):
        return parameters, right, ()
    parts = [part.split(":") for part in _split(right[1:-1])]
    return parameters, "parts", tuple((name.strip(), _type(type_.strip())) for name, type_ in parts)


def _register(
    table: dict[str, Function],
    signatures: str | Iterable[str],
    kernel: Callable[..., Any] | None,
    name: str,
    *,
    result: Callable[..., Any] | None = None,
    rows: bool = False,
    nulls: str = "propagate",
    lanes: bool = False,
    context: bool = False,
    naming: str = "",
    prefix: str = "",
    volatile: bool = False,
    aliases: tuple[str, ...] = (),
    obsolete: str | None = None,
    page: str | None = None,
    hidden: bool = False,
    arrays: Callable[..., Any] | None = None,
    flat: bool = False,
    **extra: Any,
) -> None:
    texts = [signatures] if isinstance(signatures, str) else list(signatures)
    for index, key in enumerate((name, *aliases)):
        function = table.setdefault(key, Function(key))
        function.naming, function.prefix = naming or function.naming, prefix or function.prefix or key
        function.volatile = function.volatile or volatile
        function.obsolete = function.obsolete or (name if index and obsolete is None else obsolete)
        function.page = page or function.page
        function.extra.update(extra)
        if kernel is not None:
            function.doc = function.doc or (kernel.__doc__ or "")
            function.module = kernel.__module__
        for text in texts:
            parameters, word, parts = parse_signature(text)
            function.overloads.append(
                Overload(key, parameters, result or word, parts, kernel, rows, nulls, lanes or flat, context, hidden, arrays, flat)
            )


class _Declare(Protocol):
    """The decorators below: `@scalar(signatures, **options)`; the options are those of `_register`."""

    def __call__(self, signatures: str | Iterable[str], *, name: str | None = None, **options: Any) -> Callable[[_Kernel], _Kernel]: ...


def _decorator(table: dict[str, Function]) -> _Declare:
    def declare_in_table(signatures: str | Iterable[str], *, name: str | None = None, **options: Any) -> Callable[[_Kernel], _Kernel]:
        def register(kernel: _Kernel) -> _Kernel:
            _register(table, signatures, kernel, name or kernel.__name__.rstrip("_"), **options)
            return kernel

        return register

    return declare_in_table


scalar = _decorator(SCALARS)
aggregate = _decorator(AGGREGATES)
window = _decorator(WINDOWS)
plugin = _decorator(PLUGINS)


def declare(table: dict[str, Function], name: str, signatures: str | Iterable[str], *, why: str, **options: Any) -> None:
    """Declare a function that binds but is refused, by name, when a row would need it; `why` is one of `refusals.py`.

    A plugin with `rows_only=True` gives no rows for no rows, so that it runs over an empty input.
    """
    _register(table, signatures, None, name, why=why, **options)


def describe(table: dict[str, Function], name: str, signatures: str | Iterable[str], doc: str, **options: Any) -> None:
    """Describe what is a function only by look: the binder puts something else in its place (`binding/special.py`, `binding/special_tables.py`)."""
    _register(table, signatures, None, name, form=True, **options)
    for key in (name, *options.get("aliases", ())):
        table[key].doc = doc


_loaded = False


def load() -> None:
    """Import every module of functions, once; done at the first bind, not at `import kqlpy`."""
    global _loaded
    if _loaded:
        return
    _loaded = True
    import importlib
    import pkgutil

    import kqlpy.functions as package

    for module in pkgutil.walk_packages(package.__path__, "kqlpy.functions."):
        importlib.import_module(module.name)
