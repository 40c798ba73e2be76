"""ipv4_lookup and ipv6_lookup, against Python's own ipaddress."""

from __future__ import annotations

import ipaddress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import kqlpy
from tests.operators.group_helpers import columns, refusal, rows

V4 = st.one_of(
    st.sampled_from(["", "junk", "1.2.3", "300.1.1.1"]),
    st.builds("10.{}.{}.{}".format, st.integers(0, 1), st.integers(0, 1), st.sampled_from([0, 1, 128, 255])),
)
NETS = st.one_of(st.just("junk"), st.builds("10.{}.{}.0/{}".format, st.integers(0, 1), st.integers(0, 1), st.sampled_from([0, 8, 15, 16, 24, 25, 32])))


def inside(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def found(addresses: list[str], networks: list[str], plugin: str, tail: str = "") -> list[tuple[Any, ...]]:
    tables = {"A": [{"row": i, "ip": a} for i, a in enumerate(addresses)], "N": [{"net": n, "number": i} for i, n in enumerate(networks)]}
    query = f"A | evaluate {plugin}(N, ip, net{tail}) | project row, number"
    return [tuple(r.values()) for r in kqlpy.Engine(tables=tables).query(query).to_pylist()]


@given(st.lists(V4, min_size=1, max_size=6), st.lists(NETS, min_size=1, max_size=6))
def test_every_network_that_holds_the_address_gives_a_row(addresses: list[str], networks: list[str]) -> None:
    wanted = [(i, j) for i, a in enumerate(addresses) for j, n in enumerate(networks) if inside(a, n)]
    assert found(addresses, networks, "ipv4_lookup") == wanted
    assert found(addresses, networks, "ipv6_lookup") == wanted


@given(st.lists(V4, min_size=1, max_size=6), st.lists(NETS, min_size=1, max_size=6))
def test_unmatched_rows_can_be_kept(addresses: list[str], networks: list[str]) -> None:
    matched = {row for row, _ in found(addresses, networks, "ipv4_lookup")}
    alone = [row for row, number in found(addresses, networks, "ipv4_lookup", ", return_unmatched=true") if number is None]
    assert alone == [i for i in range(len(addresses)) if i not in matched]


def test_ipv6_networks() -> None:
    networks = ["fe80::/16", "fe80::1:0/112", "::/0"]
    assert found(["fe80::1", "2001::1", "x"], networks, "ipv6_lookup") == [(0, 0), (0, 2), (1, 2)]


LOOKUP = "let N = datatable(net:string, k:string, ip:long)['10.0.0.0/8', 'a', 1, '10.0.0.0/8', 'b', 2]; datatable(ip:string, k:string)['10.1.1.1', 'b'] | evaluate "


def test_columns_of_the_table_follow_and_get_a_digit_where_the_name_is_taken() -> None:
    assert columns(LOOKUP + "ipv4_lookup(N, ip, net)") == ["ip:string", "k:string", "net:string", "k1:string", "ip1:long"]


def test_extra_keys_must_be_equal_and_stand_once() -> None:
    assert rows(LOOKUP + "ipv4_lookup(N, ip, net, k)") == [("10.1.1.1", "b", "10.0.0.0/8", 2)]
    assert rows(LOOKUP + "ipv4_lookup(N, ip, net, k, true) | project ip1") == [(2,)]


def test_missing_texts_are_empty_and_missing_numbers_null() -> None:
    query = "datatable(ip:string)['9.9.9.9'] | evaluate ipv4_lookup(datatable(net:string, n:long)['10.0.0.0/8', 1], ip, net, return_unmatched=true)"
    assert rows(query) == [("9.9.9.9", "", None)]


def test_an_address_with_a_prefix_is_compared_at_the_shorter_one() -> None:
    assert found(["10.1.0.0/16"], ["10.1.2.0/24", "10.2.0.0/24"], "ipv4_lookup") == [(0, 0)]


def test_ipv6_lookup_puts_the_table_first() -> None:
    query = "print ip = 'fe80::1', n = 1 | evaluate ipv6_lookup(datatable(net:string)['fe80::/16'], ip, net)"
    assert columns(query) == ["net:string", "ip:string", "n:long"]
    shared = query.replace("net", "n")
    assert refusal(shared) == "kqlpy does not run `ipv6_lookup` with columns of the same name in both tables: n"
