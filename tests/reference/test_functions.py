"""Rules of single functions that the reference tells in prose, with data of our own."""

from __future__ import annotations

import pytest

import kqlpy


def column(text: str) -> list[object]:
    """The last column of the answer."""
    table = kqlpy.query(text)
    values: list[object] = table.column(table.num_columns - 1).to_pylist()
    return values


@pytest.mark.parametrize("place", ["0.0, 2, 3", "1.0, 2, 3", "-0.5, 2, 3", "0.5, 0, 3", "0.5, 2, -1"])
def test_beta_density_is_nan_outside_the_open_interval(place: str) -> None:
    assert column(f"print isnan(beta_pdf({place}))") == [True]


def test_beta_density_has_no_upper_limit_of_shapes() -> None:
    assert column("print isnan(beta_pdf(0.5, 20000, 20000))") == [False]


def test_ranges_of_addresses_may_mix_constants_and_columns() -> None:
    text = """
    datatable(network: string)["10.0.0.0/8", "172.16.0.0/12", "", "10.1.0.0/16"]
    | project ipv4_is_in_any_range("10.1.2.3", "192.168.0.0/16", network, "1.0.0.0/8")
    """
    assert column(text) == [True, False, None, True]


def test_ranges_of_addresses_over_no_rows() -> None:
    text = 'datatable(network: string)[] | project ipv4_is_in_any_range("10.1.2.3", "192.168.0.0/16", network)'
    assert column(text) == []


def test_percentiles_of_decimals_are_reals() -> None:
    text = "datatable(e: decimal)[decimal(1.25), decimal(2.5), decimal(null)] | summarize percentile(e, 90), percentilew(e, 1, 10) | extend t = gettype(percentile_e_90)"
    table = kqlpy.query(text)
    assert [c.to_pylist() for c in table.columns] == [[2.5], [1.25], ["real"]]
