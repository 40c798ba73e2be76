"""Functions over IPv6 addresses, which take IPv4 addresses too (`192.168.1.1` is `::ffff:c0a8:0101`), and where an address is.

A prefix behind an address with dots counts the bits of the IPv4 part: `192.168.1.1/24` has 120 of 128 bits. Functions for IPv4
alone, much faster, are in `net_ipv4.py`.
"""

from __future__ import annotations

import socket
from functools import lru_cache
from importlib import import_module
from ipaddress import ip_address
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.hex_kernels import hex_digits
from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions import net_ipv4
from kqlpy.functions.refusals import UNDOCUMENTED
from kqlpy.functions.registry import SCALARS, Call, declare, scalar

__all__ = ["Address", "read"]

_MAPPED = 0xFFFF << 32


class Address(NamedTuple):
    """An address as a number of 128 bits, and its prefix (0 to 128)."""

    value: int
    prefix: int


def _dotted(ip: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """`parse_ipv6` of IPv4 addresses."""
    plain = pc.match_substring_regex(ip, r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:/(?:[0-9]|[12][0-9]|3[0-2]))?$").to_numpy(zero_copy_only=False)
    found = net_ipv4.read(ip.filter(pa.array(plain)))
    digits = hex_digits(found.networks.astype(np.int64), 8)
    groups = [pc.binary_slice(digits.cast(pa.binary()), *bounds).cast(pa.string()) for bounds in ((0, 4), (4, 8))]
    written = pc.binary_join_element_wise("0000:0000:0000:0000:0000:ffff", *groups, ":")
    return plain, pc.if_else(pa.array(found.valid), written, "")


@scalar("(ip: string) -> string", rows=True, arrays=_dotted, page="parse-ipv6-function")
def parse_ipv6(ip: str) -> str:
    """The address in its long form, cut to its prefix; "" when the text is no address.

    >>> print parse_ipv6("192.168.255.255/24")
    0000:0000:0000:0000:0000:ffff:c0a8:ff00
    """
    found = read(ip)
    return _written(found.value, found.prefix) if found else ""


@scalar("(ip: string, prefix: long) -> string", rows=True, nulls="kernel", page="parse-ipv6-mask-function")
def parse_ipv6_mask(ip: str, prefix: int | None) -> str:
    """The address in its long form, cut to the smaller of its prefix and `prefix`; "" when one of them is not valid.

    >>> print parse_ipv6_mask("fe80::85d:e82c:9446:7994/120", 124)
    fe80:0000:0000:0000:085d:e82c:9446:7900
    """
    found = read(ip)
    return _written(found.value, min(found.prefix, prefix)) if found and prefix is not None and 0 <= prefix <= 128 else ""


@scalar("(ip1: string, ip2: string, prefix: long = ?) -> long", rows=True, page="ipv6-compare-function")
def ipv6_compare(ip1: str, ip2: str, prefix: int = 128) -> int | None:
    """0, 1 or -1: how two addresses compare when both are cut to the smallest of all prefixes; null when one is not valid.

    >>> print ipv6_compare("192.168.1.1/24", "::ffff:c0a8:01ff")
    0
    """
    first, second = read(ip1), read(ip2)
    if first is None or second is None or not 0 <= prefix <= 128:
        return None
    behind = 128 - min(first.prefix, second.prefix, prefix)
    left, right = first.value >> behind, second.value >> behind
    return (left > right) - (left < right)


@scalar("(ip1: string, ip2: string, prefix: long = ?) -> bool", rows=True, page="ipv6-is-match-function")
def ipv6_is_match(ip1: str, ip2: str, prefix: int = 128) -> bool | None:
    """True when two addresses are equal after both are cut to the smallest of all prefixes; null when one is not valid.

    >>> print ipv6_is_match("fe80::85d:e82c:9446:7994/120", "fe80::85d:e82c:9446:7998")
    True
    """
    order: int | None = ipv6_compare(ip1, ip2, prefix)
    return None if order is None else order == 0


@scalar("(ip: string, ip_range: string) -> bool", rows=True, page="ipv6-is-in-range-function")
def ipv6_is_in_range(ip: str, ip_range: str) -> bool | None:
    """True when the address lies in the range; null when one of them is not valid.

    >>> print ipv6_is_in_range("a5e:f127::abcd", "a5e:f127::/32")
    True
    """
    order: int | None = ipv6_compare(ip, ip_range)
    return None if order is None else order == 0


@scalar("(ip: textual, +ranges: string) -> bool", rows=True, page="ipv6-is-in-any-range-function")
def ipv6_is_in_any_range(ip: Any, *ranges: str) -> bool | None:
    """True when the address lies in one of the ranges; null when the address, or a range while none matches, is not valid.

    >>> print ipv6_is_in_any_range("a5e:f127::abcd", "10.0.0.0/8", "a5e:f127::/32")
    True
    """
    return _in_any(ip, ranges)


@scalar("(ip: textual, ranges: array) -> bool", rows=True, name="ipv6_is_in_any_range")
def ipv6_is_in_any_of(ip: Any, ranges: Any) -> bool | None:
    """True when the address lies in one of the ranges of an array."""
    if isinstance(ranges, str):
        ranges = [ranges]
    return _in_any(ip, ranges) if isinstance(ranges, list) else None


declare(SCALARS, "__ipv6_lookup_ranges", "(ip: textual, ranges: array) -> dynamic", why=UNDOCUMENTED)


@scalar("(ip: string) -> dynamic", rows=True, context=True, page="geo-info-from-ip-address-function")
def geo_info_from_ip_address(call: Call, ip: str) -> dict[str, Any] | None:
    """Country, state, city, latitude and longitude of an address, as far as known, from a MaxMind file; null when unknown.

    The session's option `geoip` names the file (GeoLite2-City.mmdb); without one a public address is refused. Private addresses are nowhere.
    """
    found = read(ip)
    if found is None or ip_address(_plain(found.value)).is_private:
        return None
    path = call.session.options.get("geoip") if call.session else None
    if not path:
        raise KqlUnsupportedError(
            "`geo_info_from_ip_address` needs a file that tells where addresses are",
            code="KQLPY001",
            hint='give the path of a GeoLite2-City.mmdb file: options={"geoip": "GeoLite2-City.mmdb"}',
        )
    return _place(_places(str(path)).get(_plain(found.value)))


@lru_cache(maxsize=65_536)
def read(text: str) -> Address | None:
    """The address and prefix that the text stands for; None when it is no address."""
    address, slash, suffix = text.strip().partition("/")
    try:
        value = int.from_bytes(socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address))
    except (OSError, ValueError):
        return None
    dotted = "." in address and value >> 32 in (0, 0xFFFF)
    if dotted:
        value = _MAPPED | value & 0xFFFFFFFF
    if not slash:
        return Address(value, 128)
    if not (suffix.isascii() and suffix.isdigit() and len(suffix) <= 3):
        return None
    prefix = int(suffix)
    if dotted and prefix <= 32:
        prefix += 96
    elif ":" not in address or prefix > 128:
        return None
    return Address(value, prefix)


def _written(value: int, prefix: int) -> str:
    """Eight groups of four hexadecimal digits; the bits behind the prefix are zero."""
    digits = f"{value >> 128 - prefix << 128 - prefix:032x}"
    return ":".join(digits[at : at + 4] for at in range(0, 32, 4))


def _plain(value: int) -> str:
    """The address as other programs write it: an IPv4 address with dots."""
    if value >> 32 == 0xFFFF:
        return socket.inet_ntop(socket.AF_INET, (value & 0xFFFFFFFF).to_bytes(4))
    return socket.inet_ntop(socket.AF_INET6, value.to_bytes(16))


def _in_any(ip: Any, ranges: Any) -> bool | None:
    if not isinstance(ip, str) or read(ip) is None:
        return None
    matches = [ipv6_is_match(ip, one) if isinstance(one, str) else None for one in ranges]
    return True if True in matches else None if None in matches else False


@lru_cache(maxsize=4)
def _places(path: str) -> Any:
    try:
        maxminddb = import_module("maxminddb")
    except ImportError as error:
        raise KqlUnsupportedError(
            "`geo_info_from_ip_address` needs the package maxminddb", code="KQLPY001", hint="pip install maxminddb"
        ) from error
    return maxminddb.open_database(path)


def _place(record: Any) -> dict[str, Any] | None:
    """Kusto's form of a record of GeoLite2-City; fields that the record lacks are left out."""
    if not isinstance(record, dict):
        return None
    states, location = record.get("subdivisions") or [{}], record.get("location", {})
    found = {
        "country": record.get("country", {}).get("names", {}).get("en"),
        "state": states[0].get("names", {}).get("en"),
        "city": record.get("city", {}).get("names", {}).get("en"),
        "latitude": location.get("latitude"),
        "longitude": location.get("longitude"),
    }
    return {name: value for name, value in found.items() if value is not None}
