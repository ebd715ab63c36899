"""A small IPP 1.1 client: ask a printer what it is, hand it a PDF. Works without a print service.

Encoding after RFC 8010 (operations, attribute groups, one-octet tags), over plain HTTP POST. Only
addresses that a person gave or allowed are spoken to; nothing is discovered. Not for: TLS, jobs
that are watched until paper comes out.
"""

from __future__ import annotations

import http.client
import struct
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from kit.core.errors import BadInput, Unavailable

GET_PRINTER_ATTRIBUTES = 0x000B
PRINT_JOB = 0x0002
_OPERATION, _JOB, _END = 0x01, 0x02, 0x03
_INTEGER, _BOOLEAN, _ENUM = 0x21, 0x22, 0x23
_KEYWORD, _URI, _CHARSET, _LANGUAGE, _NAME, _MIME = 0x44, 0x45, 0x47, 0x48, 0x42, 0x49
_DEFAULT_PORT = 631
_LAST_SUCCESS = 0x00FF

Value = str | int | bool | bytes


class Printer(msgspec.Struct, frozen=True):
    """What a printer says of itself."""

    name: str
    model: str
    accepting: bool
    state: str
    takes_pdf: bool
    attributes: dict[str, list[Value]]


class Job(msgspec.Struct, frozen=True):
    """A job that a printer accepted; `number` is the printer's own."""

    number: int
    state: str


def printer_attributes(address: str, *, timeout: float = 10.0) -> Printer:
    """Get-Printer-Attributes. Unavailable PRN-004: nobody answers; PRN-008: this is not IPP."""
    found = _exchange(address, GET_PRINTER_ATTRIBUTES, (), b"", timeout)
    states = {3: "idle", 4: "processing", 5: "stopped"}
    formats = found.get("document-format-supported", [])
    return Printer(
        name=str(_first(found, "printer-name", "")),
        model=str(_first(found, "printer-make-and-model", "")),
        accepting=bool(_first(found, "printer-is-accepting-jobs", False)),
        state=states.get(int(_first(found, "printer-state", 0)), "unknown"),
        takes_pdf="application/pdf" in formats,
        attributes=found,
    )


def print_pdf(
    address: str, pdf: bytes, title: str, *, copies: int = 1, timeout: float = 30.0
) -> Job:
    """Print-Job on A4, one side. `title` goes to the spooler in clear: no patient data in it."""
    job: list[tuple[int, str, Value]] = [
        (_NAME, "job-name", title),
        (_MIME, "document-format", "application/pdf"),
    ]
    template: list[tuple[int, str, Value]] = [
        (_INTEGER, "copies", copies),
        (_KEYWORD, "sides", "one-sided"),
        (_KEYWORD, "media", "iso_a4_210x297mm"),
    ]
    found = _exchange(address, PRINT_JOB, job, pdf, timeout, template)
    states = {3: "pending", 4: "held", 5: "processing", 6: "stopped", 7: "cancelled", 8: "aborted"}
    state = states.get(int(_first(found, "job-state", 0)), "completed")
    return Job(int(_first(found, "job-id", 0)), state)


def _first(found: dict[str, list[Value]], name: str, default: Value) -> Value:
    values = found.get(name)
    return values[0] if values else default


def _exchange(
    address: str,
    operation: int,
    attributes: Iterable[tuple[int, str, Value]],
    document: bytes,
    timeout: float,
    template: Iterable[tuple[int, str, Value]] = (),
) -> dict[str, list[Value]]:
    host, port, path, uri = _target(address)
    body = _request(operation, uri, attributes, template) + document
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/ipp"})
        answer = connection.getresponse()
        data = answer.read()
    except (OSError, http.client.HTTPException) as fault:
        raise Unavailable("PRN-004", address=address, reason=type(fault).__name__) from None
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise Unavailable("PRN-004", address=address, reason=f"HTTP {answer.status}")
    status, found = _parsed(data, address)
    if status > _LAST_SUCCESS:
        raise _refusal(status, address)
    return found


def _refusal(status: int, address: str) -> Unavailable:
    reasons = {0x040A: "format", 0x0406: "not-found", 0x0403: "forbidden", 0x0506: "not-accepting"}
    if status == 0x040A:
        return Unavailable("PRN-005", address=address)
    reason = reasons.get(status, f"0x{status:04x}")
    return Unavailable("PRN-003", printer=address, reason=reason)


def _target(address: str) -> tuple[str, int, str, str]:
    """(host, port, path, uri) of `ipp://host[:port]/path`."""
    try:
        parts = urlsplit(address)
        port = parts.port or _DEFAULT_PORT
    except ValueError:
        raise BadInput("PRN-007", address=address) from None
    if parts.scheme not in ("ipp", "http") or not parts.hostname:
        raise BadInput("PRN-007", address=address)
    path = parts.path or "/ipp/print"
    return parts.hostname, port, path, f"ipp://{parts.hostname}:{port}{path}"


def _request(
    operation: int,
    uri: str,
    attributes: Iterable[tuple[int, str, Value]],
    template: Iterable[tuple[int, str, Value]],
) -> bytes:
    head: list[tuple[int, str, Value]] = [
        (_CHARSET, "attributes-charset", "utf-8"),
        (_LANGUAGE, "attributes-natural-language", "fr"),
        (_URI, "printer-uri", uri),
        (_NAME, "requesting-user-name", "cyber-kit"),
        *attributes,
    ]
    template = list(template)
    return b"".join(
        (
            struct.pack(">BBHIB", 1, 1, operation, 1, _OPERATION),
            *(_attribute(*each) for each in head),
            bytes([_JOB]) if template else b"",
            *(_attribute(*each) for each in template),
            bytes([_END]),
        )
    )


def _attribute(tag: int, name: str, value: Value) -> bytes:
    data = struct.pack(">i", value) if isinstance(value, int) else _octets(value)
    label = name.encode()
    return struct.pack(">BH", tag, len(label)) + label + struct.pack(">H", len(data)) + data


def _octets(value: str | bytes) -> bytes:
    return value.encode()[:1023] if isinstance(value, str) else value


def _parsed(data: bytes, address: str) -> tuple[int, dict[str, list[Value]]]:
    """(status, attributes of all groups by name) of an answer."""
    found: dict[str, list[Value]] = {}
    name = ""
    place = 8
    try:
        _major, _minor, status, _request_id = struct.unpack_from(">BBHI", data)
        while data[place] != _END:
            if data[place] < 0x10:
                place += 1
                continue
            tag, length = struct.unpack_from(">BH", data, place)
            place += 3
            name = data[place : place + length].decode() or name
            place += length
            (length,) = struct.unpack_from(">H", data, place)
            place += 2
            found.setdefault(name, []).append(_value(tag, data[place : place + length]))
            place += length
    except (struct.error, IndexError, UnicodeDecodeError):
        raise Unavailable("PRN-008", address=address) from None
    return status, found


def _value(tag: int, data: bytes) -> Value:
    if tag in (_INTEGER, _ENUM) and len(data) == 4:
        return int(struct.unpack(">i", data)[0])
    if tag == _BOOLEAN:
        return data != b"\x00"
    if 0x41 <= tag <= 0x49:
        return data.decode("utf-8", "replace")
    return data
