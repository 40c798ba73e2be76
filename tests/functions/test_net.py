"""Functions over IP addresses: the column reader equals Python's own, and the traps of prefixes and delimiters."""

from __future__ import annotations

import ipaddress
import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions import net_ipv4, net_ipv6
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type

_OCTETS = st.sampled_from(["0", "1", "10", "99", "127", "192", "255", "256", "01", "1000", "", "a", "-1", "1 "])
_WRITTEN = st.lists(_OCTETS, min_size=3, max_size=5).map(".".join)
_SUFFIX = st.sampled_from(["", "", "/0", "/8", "/24", "/32", "/33", "/", "/x", "/1/2", "/100"])
_VALID = st.integers(0, 2**32 - 1).map(lambda value: str(ipaddress.IPv4Address(value)))
ADDRESSES = st.builds("{}{}{}".format, st.sampled_from(["", " "]), st.one_of(_VALID, _WRITTEN), _SUFFIX) | st.text(max_size=4)


def call(*types: Type, result: Type = Type.BOOL) -> Call:
    return Call(types, result, 1, Session.at())


TEXTS = call(Type.STRING, Type.STRING)


def parts(text: str) -> tuple[int, int] | None:
    """Value and prefix by the book."""
    address, slash, suffix = text.strip().partition("/")
    if slash and not (re.fullmatch("0|[1-9][0-9]{0,2}", suffix, re.ASCII) and int(suffix) <= 32):
        return None
    try:
        return int(ipaddress.IPv4Address(address)), int(suffix) if slash else 32
    except ValueError:
        return None


def network(text: str, prefix: int = 32) -> int | None:
    found = parts(text)
    if found is None:
        return None
    behind = 32 - min(found[1], prefix)
    return found[0] >> behind << behind


def match(left: str, right: str) -> bool | None:
    first, second = parts(left), parts(right)
    if first is None or second is None:
        return None
    return network(left, second[1]) == network(right, first[1])


@settings(deadline=None)
@given(st.lists(ADDRESSES))
def test_a_column_of_addresses_is_read_like_one_address(texts: list[str]) -> None:
    column = pa.array(["", *texts], pa.string()).slice(1)
    assert net_ipv4.parse_ipv4(column).to_pylist() == [network(text) for text in texts]


@settings(deadline=None)
@given(st.lists(st.tuples(ADDRESSES, ADDRESSES), min_size=1))
def test_matching_uses_the_smallest_prefix(pairs: list[tuple[str, str]]) -> None:
    left, right = (pa.array(side, pa.string()) for side in zip(*pairs, strict=True))
    expected = [match(*pair) for pair in pairs]
    assert net_ipv4.ipv4_is_match(left, right).to_pylist() == expected
    assert net_ipv4.ipv4_is_in_range(left, right).to_pylist() == expected


@settings(deadline=None)
@given(st.lists(ADDRESSES, min_size=1), st.lists(ADDRESSES, max_size=5))
def test_a_sorted_search_finds_the_same_ranges_as_one_test_after_the_other(texts: list[str], ranges: list[str]) -> None:
    types, wanted = call(Type.STRING, Type.DYNAMIC), pa.scalar(ranges, pa.list_(pa.string()))
    found = net_ipv4.ipv4_is_in_any_of(types, pa.array(texts, pa.string()), wanted)
    for text, answer in zip(texts, found.to_pylist(), strict=True):
        matches = [match(text, one) for one in ranges]
        expected = None if parts(text) is None else True if True in matches else None if None in matches else False
        assert answer == expected


@settings(deadline=None)
@given(st.lists(ADDRESSES, min_size=1), st.integers(-2, 34))
def test_formatting_cuts_to_the_smaller_prefix(texts: list[str], prefix: int) -> None:
    def written(text: str) -> str:
        value, found = network(text, prefix) if 0 <= prefix <= 32 else None, parts(text)
        return "" if value is None or found is None else f"{ipaddress.IPv4Address(value)}/{min(found[1], prefix)}"

    column = net_ipv4.format_ipv4_mask(call(Type.STRING, Type.LONG), pa.array(texts, pa.string()), pa.scalar(prefix))
    assert column.to_pylist() == [written(text) for text in texts]


def test_numbers_are_formatted_as_addresses() -> None:
    column = net_ipv4.format_ipv4(call(Type.LONG), pa.array([3232235777, -1, 2**32, None]))
    assert column.to_pylist() == ["192.168.1.1", "", "", ""]


def test_private_ranges_leave_out_loopback() -> None:
    column = pa.array(["10.1.2.3", "172.31.255.1", "172.32.0.0", "192.168.1.1/24", "127.0.0.1", "x"])
    assert net_ipv4.ipv4_is_private(column).to_pylist() == [True, True, False, True, False, None]


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_range_of_addresses_splits_into_the_fewest_blocks(first: int, last: int) -> None:
    start, stop = (ipaddress.IPv4Address(value) for value in sorted((first, last)))
    expected = [str(block) for block in ipaddress.summarize_address_range(start, stop)]
    assert net_ipv4.ipv4_range_to_cidr_list(str(start), str(stop)) == expected


@pytest.mark.parametrize(
    ("text", "address", "expected"),
    [
        ("05:04:54 127.0.0.1 GET", "127.0.0.1", True),
        ("05:04:54127.0.0.1 GET", "127.0.0.1", False),
        ("127.0.0.11", "127.0.0.1", False),
        ("from 127.0.0.256", "127.0.0.256", False),
        ("(10.1.1.115),", "10.1.1.115", True),
        ("é127.0.0.1", "127.0.0.1", False),
    ],
)
def test_an_address_in_a_text_needs_delimiters(text: str, address: str, expected: bool) -> None:
    assert net_ipv4.has_ipv4(TEXTS, pa.array([text]), pa.scalar(address)).to_pylist() == [expected]
    assert net_ipv4.has_ipv4(TEXTS, pa.scalar(text), pa.array([address])).to_pylist() == [expected]


@pytest.mark.parametrize(
    ("text", "prefix", "expected"),
    [
        ("x 127.0.0.1 y", "127.0.", True),
        ("x 127.0.0.1 y", "127.0", False),
        ("x 127.0.0.1 y", "127.0.0.1", True),
        ("x 127.0.0.256 y", "127.0.", False),
        ("54127.0.0.1", "127.0.", False),
        ("x 127.0.0.1", ".", False),
    ],
)
def test_a_prefix_ends_with_a_dot(text: str, prefix: str, expected: bool) -> None:
    assert net_ipv4.has_ipv4_prefix(TEXTS, pa.array([text]), pa.scalar(prefix)).to_pylist() == [expected]


def test_any_of_many_addresses() -> None:
    texts = pa.array(["a 10.0.0.1", "b 10.0.0.2", "c"])
    wanted = pa.array(['["10.0.0.1"]', '["10.0.0.1"]', None])
    found = net_ipv4.has_any_ipv4_of(call(Type.STRING, Type.DYNAMIC), texts, wanted)
    assert found.to_pylist() == [True, False, None]


@settings(deadline=None)
@given(st.integers(0, 2**128 - 1), st.integers(0, 128))
def test_ipv6_addresses_are_written_long(value: int, prefix: int) -> None:
    address = ipaddress.IPv6Address(value & ~((1 << 34) - 1) if value >> 32 in (0, 0xFFFF) else value)
    expected = ipaddress.IPv6Network((int(address), prefix), strict=False).network_address.exploded
    assert net_ipv6.parse_ipv6(f"{address.exploded}/{prefix}") == expected


def test_ipv4_is_a_part_of_ipv6() -> None:
    assert net_ipv6.parse_ipv6("192.168.255.255/24") == "0000:0000:0000:0000:0000:ffff:c0a8:ff00"
    assert net_ipv6.parse_ipv6("::192.168.255.255/24") == "0000:0000:0000:0000:0000:ffff:c0a8:ff00"
    assert net_ipv6.ipv6_compare("::192.168.1.1/30", "192.168.1.255/24", 127) == 0
    assert net_ipv6.ipv6_is_match("192.168.1.1", "192.168.1.2") is False
    assert net_ipv6.ipv6_is_in_any_range("x", "::/0") is None


def test_a_place_holds_what_is_known() -> None:
    record = {"country": {"names": {"en": "Australia"}}, "location": {"latitude": -33.9}}
    assert net_ipv6._place(record) == {"country": "Australia", "latitude": -33.9}
    assert net_ipv6._place(None) is None


def test_places_need_a_file() -> None:
    with pytest.raises(KqlUnsupportedError, match="geo_info_from_ip_address"):
        net_ipv6.geo_info_from_ip_address(call(Type.STRING), "1.1.1.1")


@pytest.mark.parametrize("ip", ["10.0.0.1", "fe80::1", "127.0.0.1", "no address", ""])
def test_what_is_no_public_address_is_nowhere(ip: str) -> None:
    assert net_ipv6.geo_info_from_ip_address(call(Type.STRING), ip) is None
