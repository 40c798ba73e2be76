"""Encodings and hashes: decoding undoes encoding, hashes agree with known values, and what cannot be decoded is empty."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote, unquote_plus

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions import encoding
from kqlpy.functions.xxhash64 import hash_numbers, hash_texts
from tests.columns.strategies import columns, texts
from tests.functions.values import LONGS, answer

MASK = 2**64 - 1
P1, P2, P3 = 11400714785074694791, 14029467366897019727, 1609587929392839161
P4, P5 = 9650029242287828579, 2870177450012600261


def turned(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & MASK


def mixed(state: int, word: int) -> int:
    return turned((state + word * P2) & MASK, 31) * P1 & MASK


def xxhash64(data: bytes) -> int:
    """xxHash64 with seed 0, as its specification tells it."""
    at = 0
    state = P5
    if len(data) >= 32:
        lanes = [(P1 + P2) & MASK, P2, 0, -P1 & MASK]
        while at + 32 <= len(data):
            lanes = [mixed(lane, int.from_bytes(data[at + 8 * i : at + 8 * i + 8], "little")) for i, lane in enumerate(lanes)]
            at += 32
        state = sum(turned(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)) & MASK
        for lane in lanes:
            state = ((state ^ mixed(0, lane)) * P1 + P4) & MASK
    state = (state + len(data)) & MASK
    while at + 8 <= len(data):
        state = (turned(state ^ mixed(0, int.from_bytes(data[at : at + 8], "little")), 27) * P1 + P4) & MASK
        at += 8
    if at + 4 <= len(data):
        state = (turned(state ^ int.from_bytes(data[at : at + 4], "little") * P1 & MASK, 23) * P2 + P3) & MASK
        at += 4
    for byte in data[at:]:
        state = turned(state ^ byte * P5 & MASK, 11) * P1 & MASK
    state = (state ^ state >> 33) * P2 & MASK
    state = (state ^ state >> 29) * P3 & MASK
    return state ^ state >> 32


def unbase64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def as_utf8(data: bytes | None) -> str:
    try:
        return (data or b"").decode()
    except UnicodeDecodeError:
        return ""


ENCODED = st.one_of(
    texts.map(lambda text: base64.b64encode(text.encode()).decode()), st.binary(max_size=7).map(lambda data: base64.b64encode(data).decode()),
    st.text("AQgz+/=é ", max_size=9),
)  # fmt: skip


@given(columns(ENCODED, pa.string(), nulls=False))
def test_base64_is_read_as_one_by_one(column: pa.Array) -> None:
    read = [unbase64(text) for text in column.to_pylist()]
    assert encoding.base64_decode_tostring(column).to_pylist() == [as_utf8(data) for data in read]
    assert encoding.base64_decode_toarray(column).to_pylist() == [None if data is None else list(data) for data in read]


@given(columns(texts, pa.string(), nulls=False))
def test_base64_is_written_as_one_by_one(column: pa.Array) -> None:
    expected = [base64.b64encode(text.encode()).decode() for text in column.to_pylist()]
    assert encoding.base64_encode_tostring(column).to_pylist() == expected


@given(columns(st.one_of(texts, st.text("a%+0f4cCé3A9", max_size=9)), pa.string(), nulls=False))
def test_urls_are_coded_as_one_by_one(column: pa.Array) -> None:
    escaped = [re.sub("%..", lambda match: match[0].lower(), quote(text, safe="!*()")).replace("~", "%7e") for text in column.to_pylist()]
    assert encoding.url_encode_component(column).to_pylist() == escaped
    assert encoding.url_encode(column).to_pylist() == [text.replace("%20", "+") for text in escaped]
    assert encoding.url_decode(column).to_pylist() == [unquote_plus(text) for text in column.to_pylist()]


@settings(deadline=None)
@given(columns(st.one_of(texts, st.text(max_size=100)), pa.string(), nulls=False))
def test_texts_hash_by_their_bytes(column: pa.Array) -> None:
    assert [int(one) for one in hash_texts(column)] == [xxhash64(one.encode()) for one in column.to_pylist()]


@settings(deadline=None)
@given(st.lists(LONGS, max_size=5))
def test_numbers_hash_by_their_eight_bytes(numbers: list[int]) -> None:
    found = hash_numbers(np.array(numbers, np.int64))
    assert [int(one) for one in found] == [xxhash64(number.to_bytes(8, "little", signed=True)) for number in numbers]


@settings(deadline=None)
@given(texts)
def test_decoding_undoes_encoding(one: str) -> None:
    column = pa.array([one])
    written = encoding.base64_encode_tostring(column)
    assert encoding.base64_decode_tostring(written).to_pylist() == [one]
    assert encoding.base64_encode_fromarray(encoding.base64_decode_toarray(written)[0].as_py()) == written[0].as_py()
    assert encoding.url_decode(encoding.url_encode(column)).to_pylist() == [one]
    assert encoding.url_decode(encoding.url_encode_component(column)).to_pylist() == [one]
    assert encoding.punycode_to_string(encoding.punycode_from_string(one)) == one


@settings(deadline=None)
@given(st.uuids().map(str))
def test_guids_survive_base64(one: str) -> None:
    assert encoding.base64_decode_toguid(encoding.base64_encode_fromguid(one)) == one


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("hash('World')", "1846988464401551951"),
        ("hash('World', 100)", "51"),
        ("hash(datetime(2015-01-01))", "1380966698541616202"),
        ("hash_xxhash64('')", "-1205034819632174695"),
        ("hash(long(null))", ""),
        ("hash_md5(datetime(2020-01-01))", "786c530672d1f8db31fee25ea8a9390b"),
        ("hash_sha256('')", ""),
        ("hash_sha1(long(null))", ""),
        ("base64_decode_tostring('U3RyaW5n0KHR0tGA0L7Rh9C60LA=')", ""),
        ("base64_decode_tostring('x')", ""),
        ("isnull(base64_decode_toarray('U3RyaW5n0KHR0tGA0L7Rh9C60LA'))", "True"),
        ("isnull(base64_decode_toguid('abcd1231'))", "True"),
        ("base64_encode_fromarray(dynamic([256]))", ""),
        ("gzip_decompress_from_base64_string('x0x0x0')", ""),
        ("zlib_decompress_from_base64_string('x0x0x0')", ""),
        ("url_encode('hello world')", "hello+world"),
        ("url_encode_component('é~*')", "%c3%a9%7e*"),
        ("punycode_from_string('艺术')", "cqv902d"),
        ("punycode_domain_to_string('Riðill｡Skáldskaparmál｡org')", "xn--Riill-jta.xn--Skldskaparml-dbbj.org"),
        ("tohex(256)", "100"),
        ("tohex(toint(-256), 8)", "ffffff00"),
        ("tohex(256, 8)", "00000100"),
        ("tohex(256, 2)", "100"),
        ("tohex(long(null))", ""),
    ],
)
def test_traps(expression: str, expected: str) -> None:
    assert answer(expression) == expected


@pytest.mark.parametrize("expression", ["hash_many('a', 'b')", "hash_combine(1, 2)", "hash(true)", "gzip_compress_to_base64_string('aaaaaaaaaaaaaaaaaa')"])
def test_what_is_not_known_exactly_is_refused(expression: str) -> None:
    with pytest.raises(KqlUnsupportedError):
        answer(expression)
