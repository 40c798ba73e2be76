"""Functions that encode and decode text: base64, URLs, punycode, compression, hexadecimal numbers, hashes.

What cannot be decoded gives the empty text, or null where the result is not text; never an error.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
import zlib
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import lanes, texts
from kqlpy.columns.base64_kernels import PLAIN_BASE64, decode_base64, encode_base64
from kqlpy.columns.divide import divide_texts
from kqlpy.columns.hex_kernels import hex_digits
from kqlpy.columns.numpy_bridge import string_offsets, to_numpy, used_bytes
from kqlpy.columns.percent_kernels import percent_decode, percent_encode
from kqlpy.columns.pieces import pieces, valid_texts
from kqlpy.columns.texts import Value
from kqlpy.errors import KqlUnsupportedError
from kqlpy.functions.refusals import UNDOCUMENTED, UNPUBLISHED
from kqlpy.functions.registry import SCALARS, Call, declare, scalar
from kqlpy.functions.xxhash64 import hash_numbers, hash_texts
from kqlpy.types import Type

__all__ = [
    "base64_decode_toarray", "base64_decode_toguid", "base64_decode_tostring", "base64_encode_fromarray", "base64_encode_fromguid",
    "base64_encode_tostring", "gzip_compress_to_base64_string", "gzip_decompress_from_base64_string", "hash_md5", "hash_sha1", "hash_sha256",
    "punycode_domain_from_string", "punycode_domain_to_string", "punycode_from_string", "punycode_to_string", "tohex",
    "url_decode", "url_encode", "url_encode_component", "xxhash", "zlib_compress_to_base64_string", "zlib_decompress_from_base64_string",
]  # fmt: skip



def _utf8(data: bytes | None) -> str:
    """The text of UTF-8 bytes; the empty text for None and for other bytes."""
    try:
        return data.decode() if data else ""
    except UnicodeDecodeError:
        return ""


def _unbase64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


@scalar("(text: string) -> string", aliases=("base64_encodestring",))
def base64_encode_tostring(text: pa.Array) -> pa.Array:
    """The UTF-8 bytes of the text in base64.

    >>> print base64_encode_tostring("Kusto")
    S3VzdG8=
    """
    return encode_base64(text)


@scalar("(text: string) -> string", aliases=("base64_decodestring",))
def base64_decode_tostring(text: pa.Array) -> pa.Array:
    """The text whose UTF-8 bytes stand in base64; the empty text when they are not UTF-8 or the base64 is not valid.

    >>> print base64_decode_tostring("S3VzdG8=")
    Kusto
    """
    return divide_texts(text, PLAIN_BASE64, _decoded_texts, _text_of_base64, pa.string())


def _text_of_base64(text: str) -> str:
    return _utf8(_unbase64(text))


def _decoded_texts(column: pa.Array) -> pa.Array:
    return valid_texts(pieces(*decode_base64(column)), column, _text_of_base64)


@scalar("(text: string) -> dynamic")
def base64_decode_toarray(text: pa.Array) -> pa.Array:
    """The bytes that stand in base64 as an array of numbers; null when the base64 is not valid.

    >>> print base64_decode_toarray("S3VzdG8=")
    [75,117,115,116,111]
    """
    return divide_texts(text, PLAIN_BASE64, _decoded_bytes, _bytes_of_base64, lanes.arrow_type(Type.LONG))


def _bytes_of_base64(text: str) -> list[int] | None:
    data = _unbase64(text)
    return None if data is None else list(data)


def _decoded_bytes(column: pa.Array) -> pa.Array:
    found = pieces(*decode_base64(column))
    return lanes.make_lane(string_offsets(found), pa.array(used_bytes(found).astype(np.int64)), Type.LONG)


@scalar("(bytes: array) -> string", rows=True)
def base64_encode_fromarray(bytes_: Any) -> str:
    """An array of bytes in base64; the empty text when an element is not a number from 0 to 255.

    >>> print base64_encode_fromarray(dynamic([75, 117, 115, 116, 111]))
    S3VzdG8=
    """
    if not isinstance(bytes_, list) or not all(type(item) is int and 0 <= item < 256 for item in bytes_):
        return ""
    return base64.b64encode(bytes(bytes_)).decode()


@scalar("(text: string) -> guid", rows=True)
def base64_decode_toguid(text: str) -> str | None:
    """The guid whose 16 bytes stand in base64, in Windows' byte order; null when there are not 16.

    >>> print base64_decode_toguid("JpbpECu8dUy7Pv5gbeJXAA==")
    10e99626-bc2b-4c75-bb3e-fe606de25700
    """
    data = _unbase64(text)
    return str(uuid.UUID(bytes_le=data)) if data is not None and len(data) == 16 else None


@scalar("(value: guid) -> string", rows=True)
def base64_encode_fromguid(value: str) -> str:
    """The 16 bytes of a guid, in Windows' byte order, in base64.

    >>> print base64_encode_fromguid(toguid("ae3133f2-6e22-49ae-b06a-16e6a9b212eb"))
    8jMxriJurkmwahbmqbIS6w==
    """
    return base64.b64encode(uuid.UUID(value).bytes_le).decode()


@scalar("(text: string) -> string")
def url_encode(url: pa.Array) -> pa.Array:
    """The text with characters that have a meaning in URLs as `%xx`, in lower case, and spaces as `+`.

    >>> print url_encode("https://www.bing.com/hello world")
    https%3a%2f%2fwww.bing.com%2fhello+world
    """
    return percent_encode(url, plus=True)


@scalar("(text: string) -> string")
def url_encode_component(url: pa.Array) -> pa.Array:
    """The text with characters that have a meaning in URLs as `%xx`, in lower case, spaces as `%20`.

    >>> print url_encode_component("hello world/")
    hello%20world%2f
    """
    return percent_encode(url, plus=False)


@scalar("(text: string) -> string")
def url_decode(url: pa.Array) -> pa.Array:
    """The text with `%xx` and `+` decoded.

    >>> print url_decode("https%3a%2f%2fwww.bing.com%2f")
    https://www.bing.com/
    """
    return percent_decode(url)


@scalar("(text: string) -> string", rows=True)
def punycode_from_string(text: str) -> str:
    """The text in punycode, without the prefix `xn--`.

    >>> print punycode_from_string("académie-française")
    acadmie-franaise-npb1a
    """
    return text.encode("punycode").decode()


@scalar("(text: string) -> string", rows=True)
def punycode_to_string(text: str) -> str:
    """The text that stands in punycode, without the prefix `xn--`; the empty text when it cannot be decoded.

    >>> print punycode_to_string("acadmie-franaise-npb1a")
    académie-française
    """
    try:
        return text.encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return ""


@scalar("(domain: string) -> string", rows=True)
def punycode_domain_to_string(domain: str) -> str:
    """A domain name with its labels that are not ASCII in punycode, each with the prefix `xn--`.

    >>> print punycode_domain_to_string("Riðill.org")
    xn--Riill-jta.org
    """
    for sign in "。．｡":
        domain = domain.replace(sign, ".")
    labels = domain.split(".")
    return ".".join(label if label.isascii() else f"xn--{punycode_from_string(label)}" for label in labels)


@scalar("(domain: string) -> string", rows=True)
def punycode_domain_from_string(domain: str) -> str:
    """A domain name with its labels that begin with `xn--` decoded; the empty text when one cannot be.

    >>> print punycode_domain_from_string("xn--Ge-mia.Bulg.edu")
    Gáe.Bulg.edu
    """
    labels = []
    for label in domain.split("."):
        encoded = label[:4].lower() == "xn--"
        labels.append(punycode_to_string(label[4:]) if encoded else label)
        if encoded and not labels[-1]:
            return ""
    return ".".join(labels)


@scalar("(text: string) -> string", rows=True)
def zlib_compress_to_base64_string(text: str) -> str:
    """The text compressed by zlib, in base64; a `KqlUnsupportedError` where the engine's own choice of bytes is not known.

    A text that deflate cannot make shorter is stored as it is, which leaves no choice.

    >>> print zlib_compress_to_base64_string("1234567890qwertyuiop")
    eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw==
    """
    data = text.encode()
    body = _stored(data, "zlib_compress_to_base64_string")
    return base64.b64encode(b"\x78\x01" + body + zlib.adler32(data).to_bytes(4, "big")).decode()


@scalar("(text: string) -> string", rows=True)
def gzip_compress_to_base64_string(text: str) -> str:
    """The text compressed by gzip, in base64; a `KqlUnsupportedError` where the engine's own choice of bytes is not known.

    >>> print gzip_compress_to_base64_string("1234567890qwertyuiop")
    H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==
    """
    data = text.encode()
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    tail = zlib.crc32(data).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return base64.b64encode(head + _stored(data, "gzip_compress_to_base64_string") + tail).decode()


def _stored(data: bytes, function: str) -> bytes:
    """Deflate's form of bytes that it cannot make shorter."""
    if len(zlib.compress(data, 9)) - 6 < len(data) or len(data) > 0xFFFF or not data:
        raise KqlUnsupportedError(
            f"kqlpy does not run {function}() on text that can be compressed: Kusto's compressor would choose other bytes", code="KQLPY001"
        )
    size = len(data).to_bytes(2, "little")
    return b"\x01" + size + bytes(255 - byte for byte in size) + data


@scalar("(text: string) -> string", rows=True)
def zlib_decompress_from_base64_string(text: str) -> str:
    """The text that zlib compressed and base64 holds; the empty text when it cannot be decoded.

    >>> print zlib_decompress_from_base64_string("eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=")
    Test string 123
    """
    return _inflated(_unbase64(text), zlib.MAX_WBITS)


@scalar("(text: string) -> string", rows=True)
def gzip_decompress_from_base64_string(text: str) -> str:
    """The text that gzip compressed and base64 holds; the empty text when it cannot be decoded or has optional header fields.

    >>> print gzip_decompress_from_base64_string("H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==")
    1234567890qwertyuiop
    """
    data = _unbase64(text)
    plain = data is not None and data[:4] == b"\x1f\x8b\x08\x00"
    return _inflated(data if plain else None, zlib.MAX_WBITS | 16)


def _inflated(data: bytes | None, window: int) -> str:
    try:
        return _utf8(zlib.decompress(data, window)) if data else ""
    except zlib.error:
        return ""


@scalar("(value: integer, digits: integer = ?) -> string", naming="first", context=True)
def tohex(call: Call, value: Value, digits: Value | None = None) -> pa.Array:
    """The number in hexadecimal, with zeros in front up to a number of digits (at most 16); negative numbers as their 32 or 64 bits.

    >>> print tohex(-256)
    ffffffffffffff00
    """
    given = [value] if digits is None else [value, digits]
    rows = texts.rows_of(*given)
    numbers = texts.column(value, rows)
    least = None if digits is None else texts.column(digits, rows)
    written = hex_digits(to_numpy(numbers), 0 if least is None else to_numpy(least))
    known = [one for one in (numbers, least) if one is not None and one.null_count]
    return pc.if_else(reduce(pc.and_, [one.is_valid() for one in known]), written, "") if known else written


def _digest(algorithm: Callable[[bytes], Any]) -> Callable[[Call, pa.Array], pa.Array]:
    def digest(call: Call, value: pa.Array) -> pa.Array:
        (text,) = texts.as_texts([value], call.types)
        return texts.per_value(lambda one: algorithm(one.encode()).hexdigest() if one else "", pa.string(), text)

    return digest


@scalar("(value: notdynamic) -> string", context=True)
def hash_md5(call: Call, value: pa.Array) -> pa.Array:
    """The MD5 hash of the value's text, in hexadecimal; the empty text for the empty text and for null.

    >>> print hash_md5("World")
    f5a7924e621e84c9280a9a27e1bcb7f6
    """
    return _digest(hashlib.md5)(call, value)


@scalar("(value: notdynamic) -> string", context=True)
def hash_sha1(call: Call, value: pa.Array) -> pa.Array:
    """The SHA-1 hash of the value's text, in hexadecimal; the empty text for the empty text and for null.

    >>> print hash_sha1("World")
    70c07ec18ef89c5309bbb0937f3a6342411e1fdd
    """
    return _digest(hashlib.sha1)(call, value)


@scalar("(value: notdynamic) -> string", context=True)
def hash_sha256(call: Call, value: pa.Array) -> pa.Array:
    """The SHA-256 hash of the value's text, in hexadecimal; the empty text for the empty text and for null.

    >>> print hash_sha256("World")
    78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524
    """
    return _digest(hashlib.sha256)(call, value)


@scalar("(value: notdynamic, modulus: integer = ?) -> long", name="hash", context=True, aliases=("hash_xxhash64",))
def xxhash(call: Call, value: Value, modulus: Value | None = None) -> pa.Array:
    """The xxHash64 of the value, or its remainder by a modulus; null for null.

    Texts are hashed by their UTF-8 bytes; longs, reals, datetimes and timespans by their 8 bytes. Other types are refused.

    >>> print hash("World")
    1846988464401551951
    """
    column = texts.column(value, texts.rows_of(*([value] if modulus is None else [value, modulus])))
    hashes = pa.array(_hashes(column, call.types[0]).view(np.int64), mask=pc.is_null(column).to_numpy(zero_copy_only=False))
    return hashes if modulus is None else texts.per_value(_remainder, pa.int64(), hashes, modulus)


def _hashes(column: pa.Array, type_: Type) -> np.ndarray:
    if type_ is Type.STRING:
        return hash_texts(column)
    if type_ in (Type.LONG, Type.REAL, Type.DATETIME, Type.TIMESPAN):
        return hash_numbers(column.fill_null(0).to_numpy(zero_copy_only=False))
    raise KqlUnsupportedError(f"kqlpy does not run hash() of the type {type_.value}", code="KQLPY001")


def _remainder(value: int | None, modulus: int | None) -> int | None:
    return None if value is None or not modulus else (value & 0xFFFFFFFFFFFFFFFF) % abs(modulus)


declare(SCALARS, "hash_combine", "(first: scalar, second: scalar, *value: scalar) -> long", why=UNPUBLISHED)
declare(SCALARS, "hash_many", "(+value: notdynamic) -> long", why=UNPUBLISHED)
declare(SCALARS, "__hash_crc32", "(value: notdynamic, modulus: integer, seed: integer) -> long", why=UNDOCUMENTED)
declare(SCALARS, "__hash_djb2", "(value: notdynamic, modulus: integer = ?) -> long", why=UNDOCUMENTED)
declare(SCALARS, "__hash_xxh64", "(value: notdynamic, modulus: integer, seed: integer) -> long", why=UNDOCUMENTED)
declare(SCALARS, "__hash_many_crc32", "(+value: scalar) -> long", why=UNDOCUMENTED)
declare(SCALARS, "__lz4_compress_dynamic_array_to_base64_string", "(value: array) -> string", why=UNDOCUMENTED)
