"""What of a pairing travels without a wire: the host's symbol, a request and its answer on a stick.

A request is signed by the device that asks; its answer by the kit that enrolled it, whose right to
do so stands in the directory that it carries, under the fleet's root. People compare the fleet's
fingerprint, since a stick alone proves nothing. Not for: pairing over a network (`pairing`).
"""

from __future__ import annotations

import base64
import hashlib

import msgspec

from kit.core.envelope import UNREADABLE
from kit.core.errors import BadInput
from kit.sync.founding import DeviceKeys, DirectoryFeed
from kit.sync.pairing import Request, Symbol, Welcome
from kit.sync.sealing import SIGNATURE_BYTES, signed_by

SYMBOL_MAGIC = "KITP1:"
REQUEST_MAGIC, ANSWER_MAGIC = b"KITREQ1", b"KITANS1"
REQUEST_NAME, ANSWER_NAME = "enrolment-request", "enrolment-answer"
REQUEST_LIMIT, ANSWER_LIMIT = 16 * 1024, 64 * 1024 * 1024
MOST_ADDRESSES = 8
PIN, TOKEN, FLEET = 16, 16, 16


class RequestFile(msgspec.Struct, frozen=True, array_like=True):
    """A kit asks to be taken in. chance: 16 bytes, so that an answer is to this very request."""

    label: str
    keys: DeviceKeys
    chance: bytes
    world: str


class AnswerFile(msgspec.Struct, frozen=True, array_like=True):
    """The fleet's answer. request: digest of the request file; feeds: the directory."""

    request: bytes
    welcome: Welcome
    feeds: tuple[DirectoryFeed, ...]


_ERRORS = (*UNREADABLE, msgspec.MsgspecError)


def symbol_text(symbol: Symbol) -> str:
    """The text of the host's QR symbol, upper case throughout: a smaller symbol."""
    data = msgspec.msgpack.encode(symbol)
    return SYMBOL_MAGIC + base64.b32encode(data).decode().rstrip("=")


def read_symbol(text: str) -> Symbol:
    """What a symbol says. Raises BadInput `SYN-112` for anything that is none."""
    text = "".join(text.split()).upper()
    if not text.startswith(SYMBOL_MAGIC) or len(text) > 2048:
        raise BadInput("SYN-112")
    body = text[len(SYMBOL_MAGIC) :]
    try:
        data = base64.b32decode(body + "=" * (-len(body) % 8))
        symbol = msgspec.msgpack.decode(data, type=Symbol)
    except (ValueError, *_ERRORS):
        raise BadInput("SYN-112") from None
    sizes = (len(symbol.fleet), len(symbol.pin), len(symbol.token))
    if sizes != (FLEET, PIN, TOKEN) or not 0 < len(symbol.addresses) <= MOST_ADDRESSES:
        raise BadInput("SYN-112")
    return symbol


def request_statement(body: bytes) -> bytes:
    """What the device that asks signs."""
    return b"cyber-kit enrolment request 1" + body


def answer_statement(body: bytes) -> bytes:
    """What the kit that answers signs."""
    return b"cyber-kit enrolment answer 1" + body


def encode_request(request: RequestFile) -> bytes:
    """The body to sign."""
    return msgspec.msgpack.encode(request)


def encode_answer(answer: AnswerFile) -> bytes:
    """The body to sign."""
    return msgspec.msgpack.encode(answer)


def written(magic: bytes, body: bytes, signature: bytes) -> bytes:
    """The bytes of a file."""
    return magic + signature + body


def read_request(content: bytes) -> RequestFile:
    """A request whose signature is right. Raises BadInput `SYN-113`."""
    body, signature = _opened(content, REQUEST_MAGIC, REQUEST_LIMIT, "SYN-113")
    try:
        request = msgspec.msgpack.decode(body, type=RequestFile)
    except _ERRORS:
        raise BadInput("SYN-113") from None
    if not signed_by(request.keys.public, signature, request_statement(body)):
        raise BadInput("SYN-113")
    return request


def read_answer(content: bytes) -> AnswerFile:
    """An answer that is signed by the kit it names; who that is, the caller asks the directory.

    Raises BadInput `SYN-114`.
    """
    body, signature = _opened(content, ANSWER_MAGIC, ANSWER_LIMIT, "SYN-114")
    try:
        answer = msgspec.msgpack.decode(body, type=AnswerFile)
    except _ERRORS:
        raise BadInput("SYN-114") from None
    if not signed_by(answer.welcome.host, signature, answer_statement(body)):
        raise BadInput("SYN-114")
    return answer


def request_digest(content: bytes) -> bytes:
    """How an answer names its request."""
    return hashlib.sha256(content).digest()


def as_request(file: RequestFile) -> Request:
    """The same as it comes over a wire."""
    return Request(file.label, file.keys, b"")


def _opened(content: bytes, magic: bytes, limit: int, code: str) -> tuple[bytes, bytes]:
    start = len(magic) + SIGNATURE_BYTES
    if len(content) > limit or len(content) <= start or not content.startswith(magic):
        raise BadInput(code)
    return content[start:], content[len(magic) : start]
