"""Functions that take URLs, their query parts and user agents apart."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions.registry import scalar

__all__ = ["parse_url", "parse_urlquery", "parse_user_agent"]

_URL = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):(?=//))?(?://(?P<authority>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:\#(?P<fragment>.*))?",
    re.DOTALL,
)
_AUTHORITY = re.compile(r"(?:(?P<username>[^:@]*):(?P<password>[^@]*)@)?(?P<host>.*?)(?::(?P<port>\d*))?", re.DOTALL)


@scalar("(url: string) -> dynamic", rows=True, aliases=("parseurl",))
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


@scalar("(query: string) -> dynamic", rows=True, aliases=("parseurlquery",))
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
