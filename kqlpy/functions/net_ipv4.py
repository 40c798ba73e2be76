"""Functions over IPv4 addresses written as text, with an optional prefix (`192.168.1.1/24`).

A column of addresses is read at once into numbers (`read`); comparisons are then arithmetic on whole columns. An address has four
numbers from 0 to 255 without leading zeros, space around it is allowed, and its prefix is 0 to 32. Addresses of both
families are in `net_ipv6.py`; addresses inside longer texts are in the second half.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.numpy_bridge import string_bytes, string_offsets
from kqlpy.functions.registry import Call, scalar
from kqlpy.types import Type

__all__ = ["Addresses", "octets", "read"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Value: TypeAlias = "pa.Array | pa.Scalar"

_MASKS = np.array([(0xFFFFFFFF << (32 - bits)) & 0xFFFFFFFF for bits in range(33)], np.int64)
_DOT, _SLASH, _OTHER = 1, 1 << 32, 1 << 48
_WEIGHT = np.full(256, _OTHER, np.int64)
_WEIGHT[ord("0") : ord("9") + 1] = 0
_WEIGHT[ord(".")], _WEIGHT[ord("/")] = _DOT, _SLASH


@dataclass(frozen=True)
class Addresses:
    """A column of addresses: value (0 to 2**32-1), prefix (0 to 32) and whether the text was an address at all."""

    values: Ints
    prefixes: Ints
    valid: Bools

    @property
    def networks(self) -> Ints:
        """The values with the bits behind the prefix set to zero."""
        return np.asarray(self.values & _MASKS[self.prefixes])


@scalar("(ip: string) -> long", page="parse-ipv4-function")
def parse_ipv4(ip: pa.Array) -> pa.Array:
    """The address as a number; a prefix sets the bits behind it to zero; null when the text is no address.

    >>> print parse_ipv4("192.168.1.1/24")
    3232235776
    """
    found = read(ip)
    return pa.array(found.networks, mask=~found.valid)


@scalar("(ip: string, prefix: long) -> long", page="parse-ipv4-mask-function")
def parse_ipv4_mask(ip: Value, prefix: Value) -> pa.Array:
    """The address as a number, cut to the smaller of its own prefix and `prefix`; null when one of them is not valid.

    >>> print parse_ipv4_mask("127.0.0.1", 24)
    2130706432
    """
    found = _narrowed(read(ip), prefix)
    return pa.array(found.networks, mask=~found.valid)


@scalar("(ip: string) -> long", page="ipv4-netmask-suffix-function")
def ipv4_netmask_suffix(ip: pa.Array) -> pa.Array:
    """The prefix written behind the address, 32 when there is none; null when the text is no address.

    >>> print ipv4_netmask_suffix("127.0.0.1/16")
    16
    """
    found = read(ip)
    return pa.array(found.prefixes, mask=~found.valid)


@scalar("(ip: string) -> bool", page="ipv4-is-private-function")
def ipv4_is_private(ip: pa.Array) -> pa.Array:
    """True for an address in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16; null when the text is no address.

    >>> print ipv4_is_private("127.0.0.1")
    False
    """
    found = read(ip)
    networks = found.networks
    private = (networks >> 24 == 10) | (networks >> 20 == 0xAC1) | (networks >> 16 == 0xC0A8)
    return pa.array(private, mask=~found.valid)


@scalar("(ip1: string, ip2: string, prefix: long = ?) -> long", page="ipv4-compare-function")
def ipv4_compare(ip1: Value, ip2: Value, prefix: Value | None = None) -> pa.Array:
    """0, 1 or -1: how two addresses compare when both are cut to the smallest of all prefixes; null when one is not valid.

    >>> print ipv4_compare("192.168.1.1/24", "192.168.1.255")
    0
    """
    left, right, valid = _aligned(ip1, ip2, prefix)
    return pa.array(np.sign(left - right), mask=~valid)


@scalar("(ip1: string, ip2: string, prefix: long = ?) -> bool", page="ipv4-is-match-function")
def ipv4_is_match(ip1: Value, ip2: Value, prefix: Value | None = None) -> pa.Array:
    """True when two addresses are equal after both are cut to the smallest of all prefixes; null when one is not valid.

    >>> print ipv4_is_match("192.168.1.1/30", "192.168.1.255/24")
    True
    """
    left, right, valid = _aligned(ip1, ip2, prefix)
    return pa.array(left == right, mask=~valid)


@scalar("(ip: string, ip_range: string) -> bool", page="ipv4-is-in-range-function")
def ipv4_is_in_range(ip: Value, ip_range: Value) -> pa.Array:
    """True when the address lies in the range; null when one of them is not valid.

    >>> print ipv4_is_in_range("192.168.1.6", "192.168.1.1/24")
    True
    """
    left, right, valid = _aligned(ip, ip_range, None)
    return pa.array(left == right, mask=~valid)


@scalar("(ip: textual, +ranges: string) -> bool", context=True, page="ipv4-is-in-any-range-function")
def ipv4_is_in_any_range(call: Call, ip: Value, *ranges: Value) -> pa.Array:
    """True when the address lies in one of the ranges; null when the address, or a range while none matches, is not valid.

    >>> print ipv4_is_in_any_range("192.168.1.6", "10.0.0.0/8", "192.168.1.1/24")
    True
    """
    address = _text(ip, call.types[0])
    found = None
    for one in ranges:
        match = ipv4_is_in_range(address, one)
        if isinstance(address, pa.Scalar) and isinstance(one, pa.Scalar):
            match = match[0]  # of two constants; another range is a column
        found = match if found is None else pc.or_kleene(found, match)
    return found


@scalar("(ip: textual, ranges: array) -> bool", context=True, name="ipv4_is_in_any_range")
def ipv4_is_in_any_of(call: Call, ip: Value, ranges: Value) -> pa.Array:
    """True when the address lies in one of the ranges of an array."""
    return per_list(_text(ip, call.types[0]), ranges, _in_any)


@scalar("(ip: scalar, prefix: long = ?) -> string", context=True, page="format-ipv4-function")
def format_ipv4(call: Call, ip: Value, prefix: Value | None = None) -> pa.Array:
    """The address (text or number) cut to the smaller of its own prefix and `prefix`; "" when one of them is not valid.

    >>> print format_ipv4("192.168.1.1/24", 32)
    192.168.1.0
    """
    found = _narrowed(_read_any(ip, call.types[0]), prefix)
    return _or_empty(octets(found.networks), found.valid)


@scalar("(ip: scalar, prefix: long = ?) -> string", context=True, page="format-ipv4-mask-function")
def format_ipv4_mask(call: Call, ip: Value, prefix: Value | None = None) -> pa.Array:
    """The address (text or number) cut as by `format_ipv4`, followed by `/` and the prefix used; "" when one is not valid.

    >>> print format_ipv4_mask("192.168.1.1", 24)
    192.168.1.0/24
    """
    found = _narrowed(_read_any(ip, call.types[0]), prefix)
    text = pc.binary_join_element_wise(octets(found.networks), pa.array(found.prefixes).cast(pa.string()), "/")
    return _or_empty(text, found.valid)


@scalar("(start_ip: string, end_ip: string) -> dynamic", rows=True, page="ipv4-range-to-cidr-list-function")
def ipv4_range_to_cidr_list(start_ip: str, end_ip: str) -> list[str] | None:
    """The fewest ranges in prefix notation that cover all addresses from `start_ip` to `end_ip`; null when one is no address.

    >>> print ipv4_range_to_cidr_list("1.1.128.0", "1.1.140.255")
    ["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]
    """
    ends = read(pa.array([start_ip, end_ip]))
    if not ends.valid.all():
        return None
    start, stop = (int(value) for value in ends.networks)
    blocks: list[str] = []
    while start <= stop:
        bits = min((start & -start).bit_length() - 1 if start else 32, (stop - start + 1).bit_length() - 1)
        blocks.append(f"{_dotted(start)}/{32 - bits}")
        start += 1 << bits
    return blocks


# Addresses inside a longer text. Kusto wants something other than a letter or digit (or the text's end) on both sides.
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_BEFORE, _AFTER = r"(?:^|[^\pL\pN])", r"(?:[^\pL\pN]|$)"


@scalar("(source: textual, ip: string) -> bool", context=True, page="has-ipv4-function")
def has_ipv4(call: Call, source: Value, ip: Value) -> pa.Array:
    """True when the address stands in the text, with no letter or digit beside it; false when `ip` is no address.

    >>> print has_ipv4("05:04:54 127.0.0.1 GET /favicon.ico 404", "127.0.0.1")
    True
    """
    return per_text(_text(source, call.types[0]), [ip], _address_pattern)


@scalar("(source: textual, ip_prefix: string) -> bool", context=True, page="has-ipv4-prefix-function")
def has_ipv4_prefix(call: Call, source: Value, ip_prefix: Value) -> pa.Array:
    """True when an address that begins with the prefix stands in the text; a prefix is a whole address or ends with a dot.

    >>> print has_ipv4_prefix("05:04:54 127.0.0.1 GET /favicon.ico 404", "127.0.")
    True
    """
    return per_text(_text(source, call.types[0]), [ip_prefix], _prefix_pattern)


@scalar("(source: textual, +ips: string) -> bool", context=True, page="has-any-ipv4-function")
def has_any_ipv4(call: Call, source: Value, *ips: Value) -> pa.Array:
    """True when one of the addresses stands in the text, with no letter or digit beside it.

    >>> print has_any_ipv4("05:04:54 127.0.0.1 GET /favicon.ico 404", "127.0.0.1", "127.0.0.2")
    True
    """
    return per_text(_text(source, call.types[0]), ips, _address_pattern)


@scalar("(source: textual, ips: array) -> bool", context=True, name="has_any_ipv4")
def has_any_ipv4_of(call: Call, source: Value, ips: Value) -> pa.Array:
    """True when one of the addresses of an array stands in the text."""
    return per_list(_text(source, call.types[0]), ips, lambda text, items: _contains_any(text, items, _address_pattern))


@scalar("(source: textual, +ip_prefixes: string) -> bool", context=True, page="has-any-ipv4-prefix-function")
def has_any_ipv4_prefix(call: Call, source: Value, *ip_prefixes: Value) -> pa.Array:
    """True when an address that begins with one of the prefixes stands in the text.

    >>> print has_any_ipv4_prefix("05:04:54 127.0.0.1 GET /favicon.ico 404", "127.0.", "192.168.")
    True
    """
    return per_text(_text(source, call.types[0]), ip_prefixes, _prefix_pattern)


@scalar("(source: textual, ip_prefixes: array) -> bool", context=True, name="has_any_ipv4_prefix")
def has_any_ipv4_prefix_of(call: Call, source: Value, ip_prefixes: Value) -> pa.Array:
    """True when an address that begins with one of the prefixes of an array stands in the text."""
    return per_list(_text(source, call.types[0]), ip_prefixes, lambda text, items: _contains_any(text, items, _prefix_pattern))


def read(texts: Value) -> Addresses:
    """The addresses of a column; a constant is read as a column of one row, which numpy stretches. About 100 ns a row."""
    array = pa.array([texts.as_py() or ""], pa.string()) if isinstance(texts, pa.Scalar) else texts.fill_null("")
    data, offsets = _bytes(array)
    if len(data) and int(data.min()) <= 32:
        data, offsets = _bytes(pc.utf8_trim_whitespace(array))
    weights = np.zeros(len(data) + 1, np.int64)
    np.cumsum(_WEIGHT[data], out=weights[1:])
    at = weights[offsets]
    content = at[1:] - at[:-1]
    rows = np.flatnonzero((content == 3 * _DOT) | (content == 3 * _DOT + _SLASH))
    ends, prefixes, valid = _prefixes(data, offsets, rows, content[rows] != 3 * _DOT)
    dots = np.append(np.flatnonzero(data == ord(".")), [0, 0, 0])
    first = at[rows] & 0xFFFFFFFF
    starts = offsets[rows]
    total = np.zeros(len(rows), np.int64)
    for field in range(4):
        stops = dots[first + field] if field < 3 else ends
        number, fits = _number(data, starts, stops)
        valid &= fits & (number <= 255)
        total = total << 8 | number
        starts = stops + 1
    return _scattered(len(array), rows[valid], total[valid], prefixes[valid])


def octets(values: Ints) -> pa.Array:
    """Addresses given as numbers, written with dots."""
    parts = [pa.array(values >> shift & 0xFF).cast(pa.string()) for shift in (24, 16, 8, 0)]
    return pc.binary_join_element_wise(*parts, ".")


def per_list(first: Value, lists: Value, compute: Any) -> pa.Array:
    """`compute(column, items)` for a column and arrays of texts: once per distinct array; null for what is not an array."""
    from kqlpy.columns import dynamic

    rows = next(len(a) for a in (first, lists) if isinstance(a, pa.Array))
    column = pa.repeat(first, rows) if isinstance(first, pa.Scalar) else first
    if isinstance(lists, pa.Scalar):
        return _of_items(column, dynamic.values(pa.array([lists.as_py()], lists.type))[0], compute)
    encoded = lists.dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(encoded.dictionary) + 1))
    pieces = []
    for code, items in enumerate(dynamic.values(encoded.dictionary)):
        part = column.take(pa.array(order[bounds[code] : bounds[code + 1]]))
        pieces.append(_of_items(part, items, compute))
    back = np.empty(rows, np.int64)
    back[order] = np.arange(rows)
    return pa.concat_arrays(pieces).take(pa.array(back)) if pieces else pa.nulls(0, pa.bool_())


def _of_items(column: pa.Array, items: Any, compute: Any) -> pa.Array:
    """`compute` for one list; a single text counts as a list of one."""
    if isinstance(items, str):
        items = [items]
    return compute(column, items) if isinstance(items, list) else pa.nulls(len(column), pa.bool_())


def per_text(source: Value, wanted: Iterable[Value], pattern: Any) -> pa.Array:
    """True where one of `wanted` (constants or columns) is found in the text by the regular expression `pattern` makes of it."""
    wanted = list(wanted)
    rows = next(len(a) for a in (source, *wanted) if isinstance(a, pa.Array))
    column = pa.repeat(source, rows) if isinstance(source, pa.Scalar) else source
    found = _contains_any(column, [w.as_py() for w in wanted if isinstance(w, pa.Scalar)], pattern)
    for texts in (w for w in wanted if isinstance(w, pa.Array)):
        encoded = texts.dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        mask = np.zeros(rows, bool)
        for code, text in enumerate(encoded.dictionary.to_pylist()):
            at = np.flatnonzero(codes == code)
            mask[at] = _contains_any(column.take(pa.array(at)), [text], pattern).to_numpy(zero_copy_only=False)
        found = pc.or_(found, pa.array(mask))
    return found


def _contains_any(texts: pa.Array, wanted: list[Any], pattern: Any) -> pa.Array:
    patterns = [p for p in (pattern(w) for w in wanted if isinstance(w, str)) if p]
    if not patterns:
        return pa.repeat(pa.scalar(False), len(texts))
    return pc.match_substring_regex(texts, _BEFORE + "(?:" + "|".join(patterns) + ")" + _AFTER)


def _address_pattern(ip: str) -> str:
    """A regular expression for the address; empty when the text is no plain address."""
    return ip.replace(".", r"\.") if "/" not in ip and ip.strip() == ip and read(pa.scalar(ip)).valid[0] else ""


def _prefix_pattern(prefix: str) -> str:
    """A regular expression for addresses that begin with the prefix; empty when it is neither an address nor ends with a dot."""
    missing = 4 - prefix.count(".")
    if not prefix.endswith(".") or not 1 <= missing <= 3:
        return _address_pattern(prefix)
    known = _address_pattern(prefix + ".".join("0" * missing))
    return prefix.replace(".", r"\.") + r"\.".join([_OCTET] * missing) if known else ""


def _in_any(texts: pa.Array, ranges: list[Any]) -> pa.Array:
    """Whether each address lies in one of many ranges: a search in sorted bounds for each prefix that occurs in the column."""
    found = read(texts)
    bounds = read(pa.array([r if isinstance(r, str) else "" for r in ranges], pa.string()))
    broken = not bounds.valid.all()
    inside = np.zeros(len(texts), bool)
    for prefix in np.unique(found.prefixes[found.valid]):
        rows = np.flatnonzero(found.valid & (found.prefixes == prefix))
        width = np.minimum(bounds.prefixes[bounds.valid], prefix)
        low, high = _merged(bounds.values[bounds.valid] & _MASKS[width], width)
        at = np.searchsorted(low, found.values[rows], side="right") - 1
        inside[rows] = (at >= 0) & (found.values[rows] <= high[np.maximum(at, 0)]) if len(low) else False
    return pa.array(inside, mask=~found.valid | (~inside & broken))


def _merged(low: Ints, prefixes: Ints) -> tuple[Ints, Ints]:
    """First and last address of ranges, sorted and joined so that no two overlap."""
    order = np.argsort(low, kind="stable")
    low, high = low[order], (low | ~_MASKS[prefixes] & 0xFFFFFFFF)[order]
    reach = np.maximum.accumulate(high) if len(high) else high
    fresh = np.ones(len(low), bool)
    fresh[1:] = low[1:] > reach[:-1]
    starts = np.flatnonzero(fresh)
    return low[starts], reach[np.append(starts[1:], len(low)) - 1] if len(low) else high


def _aligned(ip1: Value, ip2: Value, prefix: Value | None) -> tuple[Ints, Ints, Bools]:
    """Two columns of addresses cut to the smallest of all prefixes, and where all arguments are valid."""
    left, right = _narrowed(read(ip1), prefix), read(ip2)
    mask = _MASKS[np.minimum(left.prefixes, right.prefixes)]
    size = max(len(mask), *(len(a) for a in (ip1, ip2) if isinstance(a, pa.Array)), 0) if len(mask) else 0
    cut = (np.broadcast_to(side.values, size) & mask for side in (left, right))
    first, second = cut
    return first, second, np.broadcast_to(left.valid & right.valid, size)


def _narrowed(addresses: Addresses, prefix: Value | None) -> Addresses:
    """The addresses with the smaller of their own prefix and `prefix`; not valid where that is outside 0 to 32."""
    if prefix is None:
        return addresses
    bits = pa.array([prefix.as_py()], pa.int64()) if isinstance(prefix, pa.Scalar) else prefix
    bounds = pc.fill_null(bits, -1).to_numpy(zero_copy_only=False)
    known = (bounds >= 0) & (bounds <= 32)
    prefixes = np.minimum(addresses.prefixes, np.where(known, bounds, 0))
    valid = addresses.valid & known
    return Addresses(np.broadcast_to(addresses.values, valid.shape), np.broadcast_to(prefixes, valid.shape), valid)


def _read_any(ip: Value, type_: Type) -> Addresses:
    """Addresses from texts or from numbers."""
    if type_ in (Type.STRING, Type.GUID, Type.UNKNOWN):
        return read(ip)
    if type_ is Type.DYNAMIC:
        text = _text(pa.array([ip.as_py()], ip.type) if isinstance(ip, pa.Scalar) else ip, type_)
        digits = pc.match_substring_regex(text, "^[0-9]{1,10}$")
        numbers = pc.if_else(digits, text, "-1").cast(pa.int64())
        return _either(read(text), _numbered(numbers))
    array = pa.array([ip.as_py()], ip.type) if isinstance(ip, pa.Scalar) else ip
    return _numbered(pc.fill_null(array.cast(pa.int64(), safe=False), -1))


def _numbered(numbers: pa.Array) -> Addresses:
    values = numbers.to_numpy(zero_copy_only=False)
    valid = (values >= 0) & (values < 1 << 32)
    return Addresses(np.where(valid, values, 0), np.full(len(values), 32), valid)


def _either(first: Addresses, second: Addresses) -> Addresses:
    take = first.valid
    return Addresses(
        np.where(take, first.values, second.values),
        np.where(take, first.prefixes, second.prefixes),
        first.valid | second.valid,
    )


def _text(value: Value, type_: Type) -> Value:
    """The argument as text; a dynamic one is converted as `tostring` does it."""
    if type_ is not Type.DYNAMIC:
        return value
    from kqlpy.columns.convert import convert

    if isinstance(value, pa.Scalar):
        return convert(pa.array([value.as_py()], value.type), type_, Type.STRING)[0]
    return convert(value, type_, Type.STRING)


def _bytes(array: pa.Array) -> tuple[npt.NDArray[np.uint8], Ints]:
    """The bytes of a text column and where each text starts in them, with the end behind."""
    offsets = string_offsets(array).astype(np.int64)
    return string_bytes(array)[offsets[0] : offsets[-1]], offsets - offsets[0]


def _prefixes(data: npt.NDArray[np.uint8], offsets: Ints, rows: Ints, written: Bools) -> tuple[Ints, Ints, Bools]:
    """For some rows: where the address ends, its prefix (32 when none is written), and whether that is valid."""
    ends = offsets[rows + 1]
    prefixes, valid = np.full(len(rows), 32, np.int64), np.ones(len(rows), bool)
    if written.any():
        slashes = np.flatnonzero(data == ord("/"))
        at = slashes[np.searchsorted(slashes, offsets[rows[written]])]
        bits, fits = _number(data, at + 1, ends[written])
        prefixes[written], valid[written] = np.where(fits & (bits <= 32), bits, 0), fits & (bits <= 32)
        ends[written] = at
    return ends, prefixes, valid


def _number(data: npt.NDArray[np.uint8], starts: Ints, stops: Ints) -> tuple[Ints, Bools]:
    """The numbers written in `data[start:stop]` for each pair, and where these are one to three digits without leading zeros."""
    length = stops - starts
    fits = (length >= 1) & (length <= 3)
    last = np.where(fits, stops - 1, 0)
    number = (data[last] & 15).astype(np.int64) if len(data) else np.zeros(len(last), np.int64)
    number += np.where(fits & (length >= 2), 10 * (data[last - 1] & 15).astype(np.int64), 0)
    number += np.where(length == 3, 100 * (data[last - 2] & 15).astype(np.int64), 0)
    fits &= (length == 1) | (number >= 10) & (length == 2) | (number >= 100)
    return number, fits


def _scattered(size: int, rows: Ints, values: Ints, prefixes: Ints) -> Addresses:
    found = Addresses(np.zeros(size, np.int64), np.full(size, 32, np.int64), np.zeros(size, bool))
    found.values[rows], found.prefixes[rows], found.valid[rows] = values, prefixes, True
    return found


def _or_empty(texts: pa.Array, valid: Bools) -> pa.Array:
    return texts if valid.all() else pc.if_else(pa.array(valid), texts, "")


def _dotted(value: int) -> str:
    return ".".join(str(value >> shift & 0xFF) for shift in (24, 16, 8, 0))
