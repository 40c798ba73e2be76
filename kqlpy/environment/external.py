"""Which local files stand for the addresses of `externaldata`: those of the caller, and of `_external.yaml` in the data folder.

An address may be the beginning of several; it then stands for a folder. An address without a path stands for a file without records. Relative paths in
`_external.yaml` start at the data folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kqlpy.environment import messages

__all__ = ["FILE", "external_files"]

FILE = "_external.yaml"


def external_files(folder: str | Path | None, given: object = None) -> dict[str, Path | None]:
    """Address -> local file or folder, None for no records; what the caller gave goes before the data folder's list."""
    found: dict[str, Path | None] = {}
    if folder is not None and (Path(folder) / FILE).is_file():
        found = _listed(Path(folder) / FILE)
    if isinstance(given, Mapping):
        found |= {str(address): Path(str(path)) if path else None for address, path in given.items()}
    return found


def _listed(file: Path) -> dict[str, Path | None]:
    from kqlpy.rules.load import read_text
    from kqlpy.rules.yaml_text import plain, read_yaml
    from kqlpy.source import Source

    documents = read_yaml(Source(read_text(file), str(file)))
    listed = plain(documents[0]) if documents else None
    if listed is None:
        return {}
    if not isinstance(listed, dict):
        raise messages.bad_external_file(str(file), "it is not a mapping of addresses to files")
    wrong = next((address for address, path in listed.items() if not isinstance(path, str | None)), None)
    if wrong is not None:
        raise messages.bad_external_file(str(file), f"no file is named for {wrong}")
    return {address: file.parent / Path(path).expanduser() if path else None for address, path in listed.items()}
