"""Stored functions from a folder: `.kql` files, and YAML as ASIM parsers and Sentinel functions come.

The result is name -> text in the form that `Engine(functions=...)` takes. A `.kql` file is named as the function and holds `(parameters) { body }`, `let f = ...` or a plain query.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kqlpy.rules import messages
from kqlpy.rules.load import QUERY_ENDINGS, YAML_ENDINGS, read_text, without_fence
from kqlpy.source import Source

__all__ = ["load_functions"]


def load_functions(folder: str | Path) -> dict[str, str]:
    """The functions of all files under a folder, by name. Raises KqlRuleError."""
    root = Path(folder)
    if not root.is_dir():
        raise messages.unreadable(str(folder), "it is not a folder" if root.exists() else "there is no such folder")
    found: dict[str, str] = {}
    for file in sorted(root.rglob("*")):
        ending = file.suffix.lower()
        if ending in YAML_ENDINGS:
            found.update(_from_yaml(file))
        elif ending in QUERY_ENDINGS - {".txt"}:
            found[file.stem] = without_fence(read_text(file))[0]
    return found


def _from_yaml(file: Path) -> dict[str, str]:
    """The function of a YAML file under its name and alias; nothing when the YAML is something else."""
    from kqlpy.rules.yaml_text import plain, read_yaml

    documents = read_yaml(Source(read_text(file), str(file)))
    fields = plain(documents[0]) if documents else None
    if not isinstance(fields, dict):
        return {}
    query = fields.get("FunctionQuery") or fields.get("ParserQuery")
    names = [fields.get(key) for key in ("FunctionName", "FunctionAlias", "ParserName")]
    if not isinstance(query, str) or not any(names):
        return {}
    text = _text(fields.get("FunctionParams") or fields.get("ParserParams"), without_fence(query)[0])
    return {str(name): text for name in names if name}


def _text(parameters: Any, body: str) -> str:
    """`(parameters) { body }`; the body alone when there are no parameters."""
    listed = [_parameter(p) for p in parameters if isinstance(p, dict)] if isinstance(parameters, list) else []
    if not listed:
        return body
    return f"({', '.join(listed)}) {{\n{body.rstrip().rstrip(';')}\n}}"


def _parameter(fields: dict[str, Any]) -> str:
    type_ = str(fields.get("Type", "string"))
    if type_.startswith("table"):
        return f"{fields.get('Name')}:{type_.removeprefix('table').removeprefix(':') or '(*)'}"
    default = fields.get("Default")
    if default is None:
        return f"{fields.get('Name')}:{type_}"
    return f"{fields.get('Name')}:{type_}={_literal(default, type_)}"


def _literal(default: Any, type_: str) -> str:
    """A default as KQL: YAML has lost the quotes of texts, and booleans are Python's."""
    if isinstance(default, bool):
        return "true" if default else "false"
    text = str(default)
    if type_ == "string" and text[:1] not in ("'", '"', "@"):
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return text
