"""Bytes to text and to JSON values: encodings by rule D4 of health-data.md, decimals kept as text.

Not for: what the values mean. No statistical guess of an encoding: byte order mark, else strict
UTF-8, else Windows-1252.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from io import BytesIO
from typing import Any

import msgspec

MAX_FILE = 512 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class DecimalText(str):
    """A decimal number of a JSON text, digit for digit as it was written."""

    __slots__ = ()


class Unreadable(Exception):
    """Bytes that are no JSON value: a reason code of `reasons`. Never leaves this package."""

    def __init__(self, code: str, **args: Any) -> None:
        super().__init__(code)
        self.code = code
        self.args_ = args


_decode = msgspec.json.Decoder(float_hook=DecimalText).decode


def unpacked(data: bytes) -> bytes:
    """The bytes of a gzip file; others as they are. Raises Unreadable where cut or too large."""
    if not data.startswith(_GZIP):
        return data
    try:
        reader = gzip.GzipFile(fileobj=BytesIO(data))
        plain = reader.read(MAX_FILE + 1)
    except (OSError, EOFError, zlib.error) as fault:
        raise Unreadable("intake.bad_archive") from fault
    if len(plain) > MAX_FILE:
        raise Unreadable("intake.too_large", limit_mb=MAX_FILE // 1_000_000)
    return plain


def plain_utf8(data: bytes) -> bytes:
    """A JSON file's bytes as UTF-8 without mark, where a mark says that they are something else."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            body = data[len(mark) :]
            return body if encoding == "utf-8" else body.decode(encoding, "replace").encode()
    return data


def decode_text(data: bytes) -> tuple[str, str]:
    """(text, encoding) of a file of text by rule D4; the five undefined bytes fall to Latin-1."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), "windows-1252"
    except UnicodeDecodeError:
        return "".join(_western(byte) for byte in data), "windows-1252"


def _western(byte: int) -> str:
    one = bytes((byte,))
    try:
        return one.decode("cp1252")
    except UnicodeDecodeError:
        return one.decode("latin-1")


def is_utf8_beyond_ascii(data: bytes) -> bool:
    """Whether these bytes are UTF-8 and hold more than ASCII: then the file's encoding is known."""
    if data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_json(data: bytes, *, utf8: bool = True) -> tuple[Any, str]:
    """(value, warning code) of one JSON text.

    Bytes that are not UTF-8 are read as Windows-1252, or, in a file known to be UTF-8, with the
    damaged characters shown as such and the warning `intake.damaged_text`. Raises Unreadable.
    """
    warning = ""
    try:
        return _decode(data), warning
    except UnicodeDecodeError:
        if utf8:
            data, warning = data.decode("utf-8", "replace").encode(), "intake.damaged_text"
        else:
            data = decode_text(data)[0].encode()
    except (msgspec.DecodeError, RecursionError, ValueError) as fault:
        raise _reason(data, fault) from fault
    try:
        return _decode(data), warning
    except (msgspec.DecodeError, RecursionError, ValueError) as fault:
        raise _reason(data, fault) from fault


def _reason(data: bytes, fault: Exception) -> Unreadable:
    if isinstance(fault, RecursionError):
        return Unreadable("intake.too_deep")
    if b"\x00" in data:
        return Unreadable("intake.nul_byte", byte=data.index(b"\x00"))
    if "truncated" in str(fault):
        return Unreadable("intake.truncated", bytes=len(data))
    return Unreadable("intake.not_json", bytes=len(data))
