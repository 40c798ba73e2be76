"""Make the shipped schema files from collected facts.

    python tools/build_schemas.py TABLES.json.gz FUNCTIONS.json.gz

TABLES is {table: [[column, type], ...]}; FUNCTIONS is {"functions": {name: {params, and columns (with open), returns or body}}}.
Only names, types, parameter lists and result columns go in.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "kqlpy" / "sources" / "data"


def field(name: str, type_: str) -> str:
    """A column as it stands in the files: the type string goes without saying, unless the name holds a colon."""
    if any(c in name for c in "\t\n\r"):
        raise ValueError(f"a column name cannot hold tabs or line ends: {name!r}")
    return name if type_ == "string" and ":" not in name else f"{name}:{type_}"


def table_lines(tables: dict[str, list[list[str]]]) -> list[str]:
    """One line a table; names that differ only in blanks at the end become one, names that are no identifiers are left out."""
    merged: dict[str, dict[str, str]] = {}
    for name, columns in tables.items():
        known = merged.setdefault(name.strip(), {})
        for column, type_ in columns:
            known.setdefault(column, type_)
    names = sorted(name for name in merged if name.isidentifier())
    return ["\t".join([name, *(field(c, t) for c, t in merged[name].items())]) for name in names]


def function_lines(functions: dict[str, dict[str, Any]]) -> list[str]:
    """First the column lists that functions share, then one line a function."""
    lists: dict[str, str] = {}
    lines = []
    for name, facts in sorted(functions.items()):
        if "columns" in facts:
            text = "\t".join(field(c, t) for c, t in facts["columns"])
            kind, result = "open" if facts.get("open") else "table", lists.setdefault(text, f"@{len(lists) + 1}")
        else:
            kind, result = ("scalar", facts["returns"]) if "returns" in facts else ("body", facts["body"])
        lines.append("\t".join([name, kind, facts["params"], result]))
    return [f"{key}\tcolumns\t{text}" for text, key in lists.items()] + lines


def main(tables: str, functions: str) -> None:
    """Write both files."""
    TARGET.mkdir(exist_ok=True)
    with gzip.open(tables) as source:
        (TARGET / "tables.tsv").write_text("\n".join(table_lines(json.load(source))) + "\n", encoding="utf-8", newline="\n")
    with gzip.open(functions) as source:
        lines = function_lines(json.load(source)["functions"])
        (TARGET / "functions.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
