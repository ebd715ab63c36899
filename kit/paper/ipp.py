"""A small IPP 1.1 client: ask a printer what it is, hand it a PDF, ask what became of it.

Encoding after RFC 8010 (operations, attribute groups, one-octet tags), over HTTP POST, or HTTPS for
`ipps`. A printer's certificate is its own work and proves nothing: who it is, is asked and shown
(`chosen`). Not for: finding printers, jobs of a print service.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from kit.core.errors import BadInput, Unavailable
from kit.paper.halt import Halt

PRINT_JOB = 0x0002
CANCEL_JOB = 0x0008
GET_JOB_ATTRIBUTES = 0x0009
GET_PRINTER_ATTRIBUTES = 0x000B
_OPERATION, _JOB, _END = 0x01, 0x02, 0x03
_INTEGER, _BOOLEAN, _ENUM = 0x21, 0x22, 0x23
_KEYWORD, _URI, _CHARSET, _LANGUAGE, _NAME, _MIME = 0x44, 0x45, 0x47, 0x48, 0x42, 0x49
_DEFAULT_PORT = 631
_LAST_SUCCESS = 0x00FF
_MOST_BYTES = 4 << 20
"""No printer says more of itself; what goes on for ever is not read to its end."""
SECURE = ("ipps", "https")
_JOB_STATES = {
    3: "pending", 4: "held", 5: "processing", 6: "stopped", 7: "cancelled", 8: "aborted",
    9: "completed",
}  # fmt: skip

Value = str | int | bool | bytes


class Printer(msgspec.Struct, frozen=True):
    """What a printer says of itself."""

    name: str
    model: str
    accepting: bool
    state: str
    takes_pdf: bool
    attributes: dict[str, list[Value]]
    place: str = ""
    """Where people put it up, as somebody typed it in; often empty."""
    uuid: str = ""
    reasons: tuple[str, ...] = ()
    """RFC 8011 §5.4.12: `media-empty-error`, `toner-low-warning`; without `none`."""


class Job(msgspec.Struct, frozen=True):
    """A job that a printer accepted; `number` is the printer's own."""

    number: int
    state: str


def printer_attributes(address: str, *, timeout: float = 10.0, halt: Halt | None = None) -> Printer:
    """Get-Printer-Attributes. Unavailable PRN-004: nobody answers; PRN-008: this is not IPP."""
    found = _exchange(address, GET_PRINTER_ATTRIBUTES, _Asked(timeout=timeout, halt=halt))
    states = {3: "idle", 4: "processing", 5: "stopped"}
    formats = found.get("document-format-supported", [])
    return Printer(
        name=_said(found, "printer-info") or _said(found, "printer-name"),
        model=str(_first(found, "printer-make-and-model", "")),
        accepting=bool(_first(found, "printer-is-accepting-jobs", False)),
        state=states.get(_number(found, "printer-state"), "unknown"),
        takes_pdf="application/pdf" in formats,
        attributes=found,
        place=_said(found, "printer-location"),
        uuid=_said(found, "printer-uuid").lower(),
        reasons=tuple(str(one) for one in found.get("printer-state-reasons", []) if one != "none"),
    )


def print_pdf(
    address: str, pdf: bytes, title: str, *, copies: int = 1, halt: Halt | None = None
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
    found = _exchange(address, PRINT_JOB, _Asked(tuple(job), tuple(template), pdf, 30.0, halt))
    return Job(_number(found, "job-id"), _job_state(found))


def job_now(address: str, number: int, *, halt: Halt | None = None) -> Job:
    """Get-Job-Attributes; Unavailable PRN-003 where the printer knows the job no longer."""
    asked = _Asked(((_INTEGER, "job-id", number),), halt=halt)
    return Job(number, _job_state(_exchange(address, GET_JOB_ATTRIBUTES, asked)))


def cancel_job(address: str, number: int) -> None:
    """Cancel-Job: the printer stops as soon as it can; sheets that are out stay out."""
    _exchange(address, CANCEL_JOB, _Asked(((_INTEGER, "job-id", number),), timeout=5.0))


def is_address(address: str) -> bool:
    """Whether this can be spoken to at all."""
    try:
        _target(address)
    except BadInput:
        return False
    return True


class _Asked(msgspec.Struct, frozen=True):
    """What a request carries beside its operation."""

    attributes: tuple[tuple[int, str, Value], ...] = ()
    template: tuple[tuple[int, str, Value], ...] = ()
    document: bytes = b""
    timeout: float = 10.0
    halt: Halt | None = None


def _job_state(found: dict[str, list[Value]]) -> str:
    return _JOB_STATES.get(_number(found, "job-state"), "unknown")


def _number(found: dict[str, list[Value]], name: str) -> int:
    value = _first(found, name, 0)
    return value if isinstance(value, int) else 0


def _said(found: dict[str, list[Value]], name: str) -> str:
    value = _first(found, name, "")
    return value if isinstance(value, str) else ""


def _first(found: dict[str, list[Value]], name: str, default: Value) -> Value:
    values = found.get(name)
    return values[0] if values else default


def _exchange(address: str, operation: int, asked: _Asked) -> dict[str, list[Value]]:
    secure, host, port, path, uri = _target(address)
    body = _request(operation, uri, asked.attributes, asked.template) + asked.document
    halt = asked.halt or Halt()
    connection = _connection(secure, host, port, asked.timeout)
    try:
        connection.connect()
        with halt.ending(lambda: connection.sock.shutdown(socket.SHUT_RDWR)):
            connection.request("POST", path, body, {"Content-Type": "application/ipp"})
            answer = connection.getresponse()
            data = answer.read(_MOST_BYTES)
    except (OSError, ValueError, http.client.HTTPException) as fault:
        # ValueError: a host that no name service could ever look up.
        raise Unavailable("PRN-004", address=address, reason=type(fault).__name__) from None
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise Unavailable("PRN-004", address=address, reason=f"HTTP {answer.status}")
    status, found = _parsed(data, address)
    if status > _LAST_SUCCESS:
        raise _refusal(status, address)
    return found


def _connection(secure: bool, host: str, port: int, timeout: float) -> http.client.HTTPConnection:
    if not secure:
        return http.client.HTTPConnection(host, port, timeout=timeout)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)


def _refusal(status: int, address: str) -> Unavailable:
    reasons = {0x040A: "format", 0x0406: "not-found", 0x0403: "forbidden", 0x0506: "not-accepting"}
    if status == 0x040A:
        return Unavailable("PRN-005", address=address)
    reason = reasons.get(status, f"0x{status:04x}")
    return Unavailable("PRN-003", printer=address, reason=reason)


def _target(address: str) -> tuple[bool, str, int, str, str]:
    """(TLS, host, port, path, uri) of `ipp://host[:port]/path`."""
    try:
        parts = urlsplit(address)
        port = parts.port or _DEFAULT_PORT
    except ValueError:
        raise BadInput("PRN-007", address=address) from None
    scheme, host = parts.scheme, parts.hostname
    plain = address.isascii() and address.isprintable() and " " not in address
    if scheme not in ("ipp", "http", *SECURE) or not host or not plain or parts.username:
        raise BadInput("PRN-007", address=address)
    path, secure = parts.path or "/ipp/print", scheme in SECURE
    shown = f"[{host}]" if ":" in host else host
    return secure, host, port, path, f"ipp{'s' if secure else ''}://{shown}:{port}{path}"


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
