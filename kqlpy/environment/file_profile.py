"""FileProfile: what the Defender cloud knows of a file, here from a file of profiles that the user gives.

Rows of the profiles are found by the hash in SHA1, SHA256 or MD5, whatever its letter case. All rows are looked up: the cloud's limit on how many is not kept.
A row whose hash is not among the profiles has `ProfileAvailability` Missing and nulls beside it.

https://learn.microsoft.com/defender-xdr/advanced-hunting-fileprofile-function
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import storage
from kqlpy.engine.batch import Batch, concat_arrays
from kqlpy.environment import messages
from kqlpy.operators import rowwise
from kqlpy.plan.nodes import Plan, UnaryPlan
from kqlpy.schema import Column, Schema
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.engine.executor import Executor

__all__ = ["FileProfile", "profile_columns", "profile_plan"]

_HASHES = ("SHA1", "SHA256", "MD5")
_AVAILABLE = "ProfileAvailability"
_COLUMNS = Schema.of(
    (name, Type(type_))
    for name, type_ in (
        ("MD5", "string"), ("FileSize", "long"), ("GlobalPrevalence", "long"), ("GlobalFirstSeen", "datetime"), ("GlobalLastSeen", "datetime"),
        ("Signer", "string"), ("Issuer", "string"), ("SignerHash", "string"), ("IsCertificateValid", "bool"), ("IsRootSignerMicrosoft", "bool"),
        ("SignatureState", "string"), ("IsExecutable", "bool"), ("ThreatName", "string"), ("Publisher", "string"), ("SoftwareName", "string"),
        (_AVAILABLE, "string"),
    )
)  # fmt: skip
_DECLARED = Schema((Column("SHA1", Type.STRING), Column("SHA256", Type.STRING), *_COLUMNS))


def profile_columns(plan: Plan) -> Schema:
    """The columns of a table with profiles: those of a profile replace the table's of the same name and follow them otherwise."""
    columns = [Column(c.name, _COLUMNS.by_name.get(c.name, c.type)) for c in plan.schema]
    return Schema((*columns, *(c for c in _COLUMNS if c.name not in plan.schema)), plan.schema.open)


def profile_plan(plan: Plan, key: str, file: str | Path) -> Plan:
    """The rows of a plan beside the profiles of the files whose hashes are in the column `key`."""
    path = Path(file).expanduser()
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return FileProfile(input=plan, key=key, profiles=_profiles(path, stamp), taken=_COLUMNS.names, schema=profile_columns(plan))


@dataclass(frozen=True, kw_only=True, eq=False)
class FileProfile(UnaryPlan):
    """`key`: the column with hashes. `taken`: the columns of the profiles that are wanted."""

    key: str
    profiles: Profiles = field(repr=False)
    taken: tuple[str, ...]
    keeps_order = True

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The hashes, and the wanted columns of the input."""
        return ((wanted - set(self.taken)) | {self.key},)

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns."""
        taken = tuple(name for name in self.taken if name in wanted)
        return replace(self, taken=taken, schema=self.schema.only(wanted))

    def details(self) -> str:
        """The column with hashes."""
        return f"of {self.key}"


@rowwise(FileProfile)
def compile_profile(plan: FileProfile, executor: Executor) -> Callable[[Batch], Batch]:
    """Look the hashes of a batch up."""
    names = plan.schema.names

    def run(batch: Batch) -> Batch:
        places = plan.profiles.find(batch.columns[plan.key])
        looked_up = {name: plan.profiles.column(name, places) for name in plan.taken}
        return Batch({name: looked_up[name] if name in looked_up else batch.columns[name] for name in names}, batch.rows)

    return run


# ---------------------------------------------------------------- the file of profiles


@dataclass(frozen=True)
class Profiles:
    """The rows of the file, and where each hash (in lower case) is among them."""

    columns: dict[str, pa.Array]
    hashes: pa.Array
    rows: pa.Array

    def find(self, hashes: pa.Array) -> pa.Array:
        """For each hash its row, null where there is none."""
        return pc.take(self.rows, pc.index_in(pc.utf8_lower(storage.plain(hashes)), value_set=self.hashes))

    def column(self, name: str, places: pa.Array) -> pa.Array:
        """A column of the profiles at these rows."""
        found = pc.take(self.columns[name], places)
        if name == _AVAILABLE:
            found = pc.if_else(pc.is_null(places), "Missing", pc.if_else(pc.equal(found, ""), "Available", found))
        return pc.fill_null(found, "") if _COLUMNS.by_name[name] is Type.STRING else found


@lru_cache(maxsize=4)
def _profiles(path: Path, stamp: int) -> Profiles:
    """The profiles of a file; `stamp` is the time of its last change."""
    from kqlpy.sources.files import DataFile
    from kqlpy.sources.open_part import open_part
    from kqlpy.sources.reports import Ledger
    from kqlpy.sources.table import chunks
    from kqlpy.sources.united import UnitedTable

    part = open_part(DataFile(path), Ledger().log("FileProfile", str(path)), _DECLARED)
    if not set(_HASHES) & set(part.names()):
        raise messages.bad_profile(str(path))
    pieces = [chunk for task in UnitedTable("FileProfile", [part], _DECLARED).scan(_DECLARED.names) for chunk in chunks(task)]
    columns = {
        c.name: concat_arrays([storage.plain(piece.columns[c.name]) for piece in pieces] or [storage.nulls(0, c.type)], c.type) for c in _DECLARED
    }
    first: dict[str, int] = {}
    for name in _HASHES:
        for row, value in enumerate(columns[name].to_pylist()):
            if value:
                first.setdefault(value.lower(), row)
    return Profiles(columns, pa.array(list(first), pa.string()), pa.array(list(first.values()), pa.int64()))
