"""Functions that take URLs, their query parts and user agents apart."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import lanes
from kqlpy.columns.byte_places import Rows, rows_of_bytes
from kqlpy.columns.pieces import pieces
from kqlpy.columns.quoting import quote
from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions.registry import scalar
from kqlpy.types import Type

__all__ = ["parse_url", "parse_urlquery", "parse_user_agent"]

_URL = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):(?=//))?(?://(?P<authority>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:\#(?P<fragment>.*))?",
    re.DOTALL,
)
_AUTHORITY = re.compile(r"(?:(?P<username>[^:@]*):(?P<password>[^@]*)@)?(?P<host>.*?)(?::(?P<port>\d*))?", re.DOTALL)


_PLAIN_URL = r"(?s)^[A-Za-z][A-Za-z0-9+.\-]*://[A-Za-z0-9._\-]*(?::[0-9]+)?(?:/[^?#]*)?(?:\?[^#]*)?(?:#.*)?$"


def _plain_urls(url: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """`parse_url` of absolute URLs without a user, cut at the signs between their parts."""
    plain = pc.match_substring_regex(url, _PLAIN_URL).to_numpy(zero_copy_only=False)
    rows = rows_of_bytes(url.filter(pa.array(plain)))
    scheme = rows.first(":", rows.starts, rows.ends)
    begin = scheme + 3
    mark = rows.first("#", begin, rows.ends)
    query = rows.first("?", begin, mark)
    path = rows.first("/", begin, query)
    port = rows.first(":", begin, path)
    parameters, clear = _parameter_bags(rows, np.minimum(query + 1, mark), mark)
    found = {
        "Scheme": _quoted(rows, rows.starts, scheme),
        "Host": _quoted(rows, begin, port),
        "Port": _quoted(rows, np.minimum(port + 1, path), path),
        "Path": _quoted(rows, path, query),
        "Username": '""',
        "Password": '""',
        "Query Parameters": parameters,
        "Fragment": _quoted(rows, np.minimum(mark + 1, rows.ends), rows.ends),
    }
    return _clear(plain, clear, _bags(found))


def _quoted(rows: Rows, starts: np.ndarray, stops: np.ndarray) -> pa.Array:
    return quote(pieces(rows.data, starts, stops))


def _bags(parts: dict[str, Any]) -> pa.Array:
    """JSON text of bags with the same names: values, as JSON text, one behind another."""
    written: list[Any] = []
    for name, value in parts.items():
        written += [f'{"," if written else "{"}"{name}":', value]
    return pc.binary_join_element_wise(*written, "}", "")


def _clear(plain: np.ndarray, clear: np.ndarray, found: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """The answers without those that are not clear."""
    if clear.all():
        return plain, found
    mask = plain.copy()
    mask[np.flatnonzero(plain)[~clear]] = False
    return mask, found.filter(pa.array(clear))


def _parameter_bags(rows: Rows, starts: np.ndarray, ends: np.ndarray) -> tuple[pa.Array, np.ndarray]:
    """The parameters in a stretch of each row as a bag, and whether they are clear: no name stands there twice."""
    begins, stops, row = rows.parts(rows.signs("&"), starts, ends)
    equal = rows.first("=", begins, stops)
    names = _quoted(rows, begins, equal)
    pairs = pc.binary_join_element_wise(names, _quoted(rows, np.minimum(equal + 1, stops), stops), ":")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(starts)))])
    clear = np.ones(len(starts), bool)
    encoded = names.dictionary_encode()
    keys = np.sort(row * max(len(encoded.dictionary), 1) + encoded.indices.to_numpy(zero_copy_only=False))
    clear[keys[:-1][keys[1:] == keys[:-1]] // max(len(encoded.dictionary), 1)] = False
    joined = pc.binary_join(lanes.make_lane(offsets, pairs, Type.STRING), ",")
    return pc.binary_join_element_wise("{", joined, "}", ""), clear


@scalar("(url: string) -> dynamic", rows=True, arrays=_plain_urls, aliases=("parseurl",))
def parse_url(url: str) -> dict[str, Any] | None:
    """The parts of an absolute URL as a bag; a part that is missing is an empty text. User name and password are only told apart by a colon.

    >>> print parse_url("scheme://username:password@host:1234/this/is/a/path?k1=v1#fragment").Path
    /this/is/a/path
    """
    whole = _URL.fullmatch(url)
    if whole is None:
        return None
    authority = _AUTHORITY.fullmatch(whole["authority"] or "")
    host = authority.groupdict(default="") if authority else {}
    return {
        "Scheme": whole["scheme"] or "",
        "Host": host.get("host", ""),
        "Port": host.get("port", ""),
        "Path": whole["path"],
        "Username": host.get("username", ""),
        "Password": host.get("password", ""),
        "Query Parameters": _parameters(whole["query"] or ""),
        "Fragment": whole["fragment"] or "",
    }


def _plain_queries(query: pa.Array) -> tuple[np.ndarray, pa.Array]:
    rows = rows_of_bytes(query)
    mark = np.append(rows.data, 0)[rows.starts] == ord("?")
    parameters, clear = _parameter_bags(rows, rows.starts + (mark & (rows.starts < rows.ends)), rows.ends)
    return _clear(np.ones(len(query), bool), clear, _bags({"Query Parameters": parameters}))


@scalar("(query: string) -> dynamic", rows=True, arrays=_plain_queries, aliases=("parseurlquery",))
def parse_urlquery(query: str) -> dict[str, Any]:
    """The parameters of the query part of a URL as a bag inside a bag, not decoded.

    >>> print parse_urlquery("k1=v1&k2=v2")
    {"Query Parameters":{"k1":"v1","k2":"v2"}}
    """
    return {"Query Parameters": _parameters(query.removeprefix("?"))}


def _parameters(query: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {name: value for name, _, value in pairs}


_TARGETS = ("browser", "os", "device")


@scalar("(agent: string, targets: string_or_array = ?) -> dynamic", rows=True)
def parse_user_agent(agent: str, targets: Any = _TARGETS) -> dict[str, Any] | None:
    """What a user agent's name tells about `browser`, `os` and `device`, as a bag; needs the package `ua-parser`.

    The answer depends on the age of that package's list of known agents.
    """
    wanted = [targets] if isinstance(targets, str) else list(targets) if isinstance(targets, list | tuple) else []
    return {_SLOTS[target]: _read_agent(target, agent) for target in _TARGETS if target in wanted} or None


_SLOTS = {"browser": "Browser", "os": "OperatingSystem", "device": "Device"}
_PARSERS = {"browser": "parse_user_agent", "os": "parse_os", "device": "parse_device"}
_FIELDS = {
    "browser": {"Family": "family", "MajorVersion": "major", "MinorVersion": "minor", "Patch": "patch"},
    "os": {"Family": "family", "MajorVersion": "major", "MinorVersion": "minor", "Patch": "patch", "PatchMinor": "patch_minor"},
    "device": {"Family": "family", "Brand": "brand", "Model": "model"},
}


@lru_cache(maxsize=4096)
def _read_agent(target: str, agent: str) -> dict[str, str]:
    try:
        import ua_parser
    except ImportError:
        raise KqlUnsupportedError(
            "kqlpy runs parse_user_agent() only where the package `ua-parser` is installed", code="KQLPY001", hint="pip install ua-parser"
        ) from None
    found = getattr(ua_parser, _PARSERS[target])(agent)
    fields = _FIELDS[target]
    answer = {name: (getattr(found, attribute, None) or "") if found else "" for name, attribute in fields.items()}
    return answer if found else {**answer, "Family": "Other"}
