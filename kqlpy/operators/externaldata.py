"""externaldata: the records of a file that the query names by an address and describes by its columns.

https://learn.microsoft.com/kusto/query/externaldata-operator
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.binding import messages
from kqlpy.engine.batch import Batch
from kqlpy.environment.network import Downloads
from kqlpy.errors import KqlDataError, KqlError
from kqlpy.operators import lower, operator
from kqlpy.operators.external_files import format_of, is_empty, local_file, records
from kqlpy.operators.union import option
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import Constant, Expression
from kqlpy.plan.nodes import Plan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["ExternalData"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ExternalData(Plan):
    """The records of all files in turn; `columns` are the declared ones, whose places in the file count."""

    columns: tuple[Column, ...]
    addresses: tuple[Expression, ...]
    format: str | None
    skip_first: bool

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns."""
        return self.narrowed(wanted)

    def details(self) -> str:
        """The addresses."""
        return ", ".join(show(a) for a in self.addresses)


@operator(ast.ExternalData)
def bind(node: ast.ExternalData, plan: Plan | None, binder: Binder) -> Plan:
    """Whether the files can be read shows only when the query runs."""
    columns: dict[str, Column] = {}
    for declared in node.columns:
        if declared.name in columns:
            binder.report(messages.duplicate_column(declared.name, declared.span))
        columns.setdefault(declared.name, Column(declared.name, declared.type or Type.STRING))
    addresses = tuple(binder.constant(uri, frozenset({Type.STRING})) for uri in node.uris)
    _tell_of_empty_ones(addresses, binder)
    given = option(node.properties, "format", "dataformat")
    skip = (option(node.properties, "ignoreFirstRecord", "ignorefirstrecord") or "").lower() == "true"
    found = tuple(columns.values())
    return ExternalData(
        columns=found, addresses=addresses, format=given.lower() if given else None, skip_first=skip, schema=Schema(found), span=node.span
    )


def _tell_of_empty_ones(addresses: tuple[Expression, ...], binder: Binder) -> None:
    files = _mapped(binder.session.options)
    for address in addresses:
        if isinstance(address, Constant) and isinstance(address.value, str) and is_empty(address.value, files):
            binder.warn(f"externaldata of {address.value.partition('?')[0]}: no records, as the options say")


def _mapped(options: Mapping[str, object]) -> Mapping[str, Path | None]:
    given = options.get("external")
    return given if isinstance(given, Mapping) else {}


def _file(address: str, options: Mapping[str, object]) -> Path | None:
    """The mapped file, else the fetched one where that is allowed; None for an address without records."""
    downloads = options.get("downloads")
    try:
        return local_file(address, _mapped(options))
    except KqlDataError:
        if not isinstance(downloads, Downloads):
            raise
        return downloads.file(address)


@lower(ExternalData)
def run(plan: ExternalData, executor: Executor) -> Iterator[Batch]:
    """File after file; an address without a local file is refused."""
    executor.prepare(plan.addresses)
    options = executor.session.options
    names = plan.schema.names
    for expr in plan.addresses:
        address = str(executor.constant(expr) or "")
        try:
            path = _file(address, options)
            if path is None:
                continue
            for batch in records(path, plan.format or format_of(address), plan.columns, skip_first=plan.skip_first):
                yield from executor.split(batch.select(names))
        except KqlError as error:
            error.span = error.span or plan.span
            raise
