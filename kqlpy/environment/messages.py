"""The wording of every error about a rule's surroundings, one factory per message."""

from __future__ import annotations

from collections.abc import Iterable

from kqlpy.errors import KqlDataError, KqlSemanticError
from kqlpy.source import Source, Span

__all__ = [
    "bad_external_file", "bad_profile", "no_profile", "no_watchlist", "not_a_function", "not_fetched", "not_mapped", "placeholder_empty", "placeholder_left",
    "profile_column",
]  # fmt: skip


def not_a_function(name: str, source: Source) -> KqlSemanticError:
    """A file of stored functions that defines something else."""
    return KqlSemanticError(
        f"the text of `{name}` is no function", code="KE001", source=source, span=Span(0, 1),
        hint="write `(parameters) { body }`, `let name = (parameters) { body }` or a query",
    )  # fmt: skip


def no_watchlist(alias: str, near: Iterable[str]) -> str:
    """How to give the rows of a watchlist."""
    known = ", ".join(near)
    return f"put _watchlists/{alias}.csv into the data folder{f'; there are {known}' if known else ''}"


def no_profile() -> str:
    """How to give profiles of files."""
    return 'name a file of profiles with a column SHA1, SHA256 or MD5: Engine(options={"file_profile": "profiles.csv"})'


def bad_profile(file: str) -> KqlDataError:
    """A file of profiles without a hash."""
    return KqlDataError(f"{file} has no column SHA1, SHA256 or MD5", code="KE002", hint="each row describes one file, known by its hashes")


def profile_column(column: str, span: Span | None) -> KqlSemanticError:
    """FileProfile is told to look at a column that is not there."""
    return KqlSemanticError(f"`FileProfile` looks for the hash in `{column}`, which is no column of its input", code="KS142", span=span)


def bad_external_file(file: str, problem: str) -> KqlDataError:
    """The list of external files is not understood."""
    return KqlDataError(f"{file}: {problem}", code="KE003", hint="each line says which file stands for an address: https://example.com/list.csv: list.csv")


def placeholder_empty(name: str, option: str, source: Source | None = None, span: Span | None = None) -> KqlSemanticError:
    """A query that needs a time which nobody gave."""
    return KqlSemanticError(
        f"the query needs a value for {{{{{name}}}}}", code="KE004", source=source, span=span, hint=f"give it, as in {option} 2024-05-01T00:00:00Z"
    )


def placeholder_left(name: str) -> str:
    """A remark on a query that runs with a placeholder in it, which is no time."""
    return f"{{{{{name}}}}} stands in the query as it is: `fill_placeholders` of kqlpy.environment.placeholders puts a time in its place"


def not_mapped(address: str) -> KqlDataError:
    """An address of externaldata for which no local file is named."""
    return KqlDataError(
        f"externaldata asks for {address}, and nothing is fetched from the network unless allowed", code="KQLPY021",
        hint=f"name a local file with --external {address}=PATH (`=` and nothing: no records), or allow fetching with --allow-network",
    )  # fmt: skip


def not_fetched(address: str, reason: str) -> KqlDataError:
    """An address of externaldata that cannot be fetched."""
    return KqlDataError(
        f"externaldata asks for {address.partition('?')[0]}, which cannot be fetched: {reason}", code="KQLPY021",
        hint="save it as a file and name that with --external URL=PATH",
    )  # fmt: skip
