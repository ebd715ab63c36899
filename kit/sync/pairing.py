"""Two kits that have never met agree on a key, and people see that nobody stands between them.

Sans-IO: bytes in, bytes out; time and one-time secrets are arguments. The newcomer commits to its
key before it sees the host's, so that nobody in the middle can search for a key that gives the same
six digits (10⁻⁶ for each try, 3 tries, 2 minutes). Where the newcomer has read the host's symbol,
the key is pinned and a 128-bit token takes the place of the digits. Everything after that is
encrypted and authenticated under the agreed key. Not for: sockets and people (`kit.node.pairing`),
what is written when both agreed (`fleet_acts`), pairing by stick (`pairing_file`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from kit.core.envelope import UNREADABLE
from kit.sync.founding import DeviceKeys, DirectoryFeed
from kit.sync.sealing import (
    KEY_BYTES,
    agreed,
    agreement_public,
    decrypted,
    derived,
    encrypted,
    short_code,
    signed_by,
)

VERSION = 1
OPEN_MS = 120_000
TRIES = 3
NONCE = 16
CLEAR_LIMIT = 256
SEALED_LIMIT = 1024 * 1024
PART_BYTES = 512 * 1024
HEAD = 4


class Phase(StrEnum):
    """Where an attempt stands, as a screen shows it."""

    WAITING = "waiting"
    COMPARING = "comparing"
    GRANTING = "granting"
    DONE = "done"
    FAILED = "failed"


class Commit(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """Newcomer → host. commitment: digest of the key that it will show."""

    version: int
    commitment: bytes
    by_token: bool


class HostKey(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """Host → newcomer: its one-time key and chance."""

    key: bytes
    nonce: bytes


class Reveal(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """Newcomer → host: what it had committed to."""

    key: bytes
    nonce: bytes


class Request(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """Newcomer → host, once its person agrees: who it is. proof: its signature of the meeting."""

    label: str
    keys: DeviceKeys
    proof: bytes


class Welcome(msgspec.Struct, frozen=True, array_like=True, tag=5):
    """Host → newcomer: the fleet, and what the newcomer is in it. proof: as above, by the host."""

    root: bytes
    world: str
    hospital: str
    label: str
    role: str
    wards: tuple[str, ...]
    host: bytes
    proof: bytes
    feeds: int


class Part(msgspec.Struct, frozen=True, array_like=True, tag=6):
    """Host → newcomer: entries of one `dir` feed, in order."""

    feed: bytes
    raws: tuple[bytes, ...]


class End(msgspec.Struct, frozen=True, array_like=True, tag=7):
    """Either way: finished (empty code), or why not."""

    code: str = ""


Message = Commit | HostKey | Reveal | Request | Welcome | Part | End
_decode = msgspec.msgpack.Decoder(Message).decode
_encode = msgspec.msgpack.Encoder().encode


class Joined(msgspec.Struct, frozen=True):
    """What a newcomer was given: its place, and the directory to take first."""

    welcome: Welcome
    feeds: tuple[DirectoryFeed, ...]


class _Side:
    """What both sides share: frames, transcript, keys, and how an attempt ends."""

    def __init__(self, secret: bytes, nonce: bytes, token: bytes) -> None:
        self.phase = Phase.WAITING
        self.reason = ""
        self.digits = ""
        self.meeting = b""
        self._secret, self._nonce, self._token = secret, nonce, token
        self._said: list[bytes] = []
        self._out = bytearray()
        self._in = bytearray()
        self._keys: tuple[bytes, bytes] | None = None
        self._counts = [0, 0]

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.phase in (Phase.DONE, Phase.FAILED)

    def receive(self, data: bytes) -> None:
        """Bytes from the other side. Nothing that comes in raises: a bad frame ends the attempt."""
        self._in += data
        for message in self._messages():
            self._on(message)

    def drain(self) -> bytes:
        """Bytes to send."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def fail(self, code: str, *, tell: bool = True) -> None:
        """End the attempt; the other side is told where a key is agreed."""
        if self.ended:
            return
        if tell and self._keys is not None:
            self._send(End(code))
        self.phase, self.reason = Phase.FAILED, code
        self._in.clear()

    def _messages(self) -> Iterator[Message]:
        while not self.ended and len(self._in) >= HEAD:
            size = int.from_bytes(self._in[:HEAD], "big")
            if not 0 < size <= (SEALED_LIMIT if self._keys else CLEAR_LIMIT):
                self.fail("pairing.bad_frame")
                return
            if len(self._in) < HEAD + size:
                return
            frame = bytes(self._in[HEAD : HEAD + size])
            del self._in[: HEAD + size]
            message = self._read(frame)
            if message is None:
                self.fail("pairing.bad_frame" if self._keys is None else "pairing.not_sealed")
                return
            yield message

    def _read(self, frame: bytes) -> Message | None:
        content: bytes | None = frame
        if self._keys is not None:
            content = decrypted(self._keys[1], self._counts[1], frame)
            self._counts[1] += 1
        if content is None:
            return None
        try:
            message: Message = _decode(content)
        except (*UNREADABLE, msgspec.MsgspecError):
            return None
        if self._keys is None:
            self._said.append(content)
        return message

    def _send(self, message: Message) -> None:
        content = _encode(message)
        if self._keys is None:
            self._said.append(content)
        else:
            content = encrypted(self._keys[0], self._counts[0], content)
            self._counts[0] += 1
        self._out += len(content).to_bytes(HEAD, "big") + content

    def _agree(self, public: bytes, *, host: bool) -> None:
        """Derive everything from the shared secret and all that was said in clear."""
        shared = agreed(self._secret, public)
        if shared is None:
            self.fail("pairing.bad_frame")
            return
        transcript = b"cyber-kit pairing 1" + self._token
        for part in self._said:
            transcript += len(part).to_bytes(4, "big") + part
        self.meeting = derived(shared, b"kit pair meeting", transcript)
        down, up = (
            derived(shared, name, transcript) for name in (b"kit pair down", b"kit pair up")
        )
        self._keys = (down, up) if host else (up, down)
        if self._token:
            return
        self.digits = short_code(shared, transcript)
        self.phase = Phase.COMPARING

    def _on(self, message: Message) -> None:
        raise NotImplementedError


def commitment(key: bytes, nonce: bytes) -> bytes:
    """What the newcomer binds itself to before it sees the host's key."""
    return hashlib.sha256(b"cyber-kit pairing commitment" + key + nonce).digest()


def pinned(key: bytes, nonce: bytes) -> bytes:
    """What a host's symbol says of its one-time key: 16 bytes."""
    return hashlib.sha256(b"cyber-kit pairing pin" + key + nonce).digest()[:16]


def proof_statement(side: bytes, meeting: bytes) -> bytes:
    """What a device signs to show, in this very meeting, that it has the key it names."""
    return b"cyber-kit pairing proof 1" + side + meeting


class Pinned(msgspec.Struct, frozen=True):
    """What a host shows in its symbol: a one-time key for this opening, and its token."""

    secret: bytes
    nonce: bytes
    token: bytes

    @property
    def pin(self) -> bytes:
        """The digest by which a newcomer knows the key again."""
        return pinned(agreement_public(self.secret), self.nonce)


class Host(_Side):
    """The steering kit's side.

    A newcomer that read the symbol meets the pinned key; for any other the key is fresh at each
    attempt, and two people compare digits.
    """

    def __init__(self, secret: bytes, nonce: bytes, symbol: Pinned | None = None) -> None:
        super().__init__(secret, nonce, b"")
        self.request: Request | None = None
        self.compared = False
        self._symbol = symbol
        self._agreed_by_person = False
        self._commit: Commit | None = None

    def confirm(self, *, same: bool) -> None:
        """The person at this kit has compared the digits."""
        if self.phase is not Phase.COMPARING:
            return
        if not same:
            self.fail("pairing.not_same")
            return
        self._agreed_by_person = True
        self._advance()

    def grant(self, welcome: Welcome, feeds: tuple[DirectoryFeed, ...]) -> None:
        """The newcomer is enrolled: give it the fleet."""
        if self.phase is not Phase.GRANTING:
            return
        parts = [part for feed in feeds for part in _parts(feed)]
        self._send(msgspec.structs.replace(welcome, feeds=len(parts)))
        for part in parts:
            self._send(part)

    def _on(self, message: Message) -> None:
        if isinstance(message, Commit) and self._commit is None:
            self._committed(message)
        elif isinstance(message, Reveal) and self._commit is not None and self._keys is None:
            self._revealed(message, self._commit)
        elif isinstance(message, Request) and self._keys is not None and self.request is None:
            self._requested(message)
        elif isinstance(message, End) and self._keys is not None:
            self._ended(message)
        else:
            self.fail("pairing.bad_frame")

    def _committed(self, commit: Commit) -> None:
        if commit.version != VERSION:
            self.fail("pairing.version")
        elif (commit.by_token and self._symbol is None) or len(commit.commitment) != KEY_BYTES:
            self.fail("pairing.other_way")
        else:
            if commit.by_token and self._symbol is not None:
                shown = self._symbol
                self._secret, self._nonce, self._token = shown.secret, shown.nonce, shown.token
                self._agreed_by_person = True
            self._commit = commit
            self._send(HostKey(agreement_public(self._secret), self._nonce))

    def _revealed(self, reveal: Reveal, commit: Commit) -> None:
        fits = len(reveal.key) == KEY_BYTES and len(reveal.nonce) == NONCE
        if not fits or not hmac.compare_digest(
            commitment(reveal.key, reveal.nonce), commit.commitment
        ):
            self.fail("pairing.broken_commitment")
            return
        self._agree(reveal.key, host=True)
        self.compared = not self.ended

    def _requested(self, request: Request) -> None:
        statement = proof_statement(b"new", self.meeting)
        if not signed_by(request.keys.public, request.proof, statement):
            self.fail("pairing.no_proof")
            return
        self.request = request
        self._advance()

    def _advance(self) -> None:
        if self._agreed_by_person and self.request is not None:
            self.phase = Phase.GRANTING

    def _ended(self, end: End) -> None:
        if end.code or self.phase is not Phase.GRANTING:
            self.fail(_known(end.code), tell=False)
        else:
            self.phase = Phase.DONE


class Joiner(_Side):
    """The newcomer's side. `pin` and `token` from the host's symbol, both empty for digits."""

    def __init__(
        self, secret: bytes, nonce: bytes, *, pin: bytes = b"", token: bytes = b""
    ) -> None:
        super().__init__(secret, nonce, token)
        self.joined: Joined | None = None
        self._pin = pin
        self._welcome: Welcome | None = None
        self._parts: list[Part] = []
        key = agreement_public(secret)
        self._send(Commit(VERSION, commitment(key, nonce), bool(token)))

    @property
    def is_ready(self) -> bool:
        """Whether the person's word, or the symbol, is all that is missing to say who this is."""
        return self._keys is not None and not self.ended

    def confirm(self, *, same: bool, request: Request) -> None:
        """The person has compared the digits, or the symbol has been read: say who this is."""
        if not self.is_ready or self.phase is Phase.GRANTING:
            return
        if not same:
            self.fail("pairing.not_same")
            return
        self._send(request)
        self.phase = Phase.GRANTING

    def finish(self, code: str = "") -> None:
        """What was given is kept here, or why not."""
        if self.phase is Phase.GRANTING:
            self._send(End(code))
            self.phase, self.reason = (Phase.FAILED if code else Phase.DONE), code

    def _on(self, message: Message) -> None:
        if isinstance(message, HostKey) and self._keys is None:
            self._host_key(message)
        elif isinstance(message, End) and self._keys is not None:
            self.fail(_known(message.code), tell=False)
        elif self.phase is not Phase.GRANTING or self.joined is not None:
            self.fail("pairing.bad_frame")
        elif isinstance(message, Welcome) and self._welcome is None:
            self._welcomed(message)
        elif isinstance(message, Part) and self._welcome is not None:
            self._parts.append(message)
            self._complete()
        else:
            self.fail("pairing.bad_frame")

    def _host_key(self, message: HostKey) -> None:
        if len(message.key) != KEY_BYTES or len(message.nonce) != NONCE:
            self.fail("pairing.bad_frame")
        elif self._pin and not hmac.compare_digest(pinned(message.key, message.nonce), self._pin):
            self.fail("pairing.not_pinned")
        else:
            self._send(Reveal(agreement_public(self._secret), self._nonce))
            self._agree(message.key, host=False)

    def _welcomed(self, welcome: Welcome) -> None:
        statement = proof_statement(b"host", self.meeting)
        if len(welcome.root) != KEY_BYTES or not 0 < welcome.feeds <= 1 << 20:
            self.fail("pairing.bad_frame")
        elif not signed_by(welcome.host, welcome.proof, statement):
            self.fail("pairing.no_proof")
        else:
            self._welcome = welcome

    def _complete(self) -> None:
        if self._welcome is None or len(self._parts) < self._welcome.feeds:
            return
        feeds: dict[bytes, list[bytes]] = {}
        for part in self._parts:
            feeds.setdefault(part.feed, []).extend(part.raws)
        taken = tuple(DirectoryFeed(feed, tuple(raws)) for feed, raws in feeds.items())
        self.joined = Joined(self._welcome, taken)


def _parts(feed: DirectoryFeed) -> Iterator[Part]:
    """A feed in pieces that fit a frame."""
    raws: list[bytes] = []
    size = 0
    for raw in feed.raws:
        if raws and size + len(raw) > PART_BYTES:
            yield Part(feed.feed, tuple(raws))
            raws, size = [], 0
        raws.append(raw)
        size += len(raw)
    if raws:
        yield Part(feed.feed, tuple(raws))


REASONS = (
    "pairing.bad_frame", "pairing.not_sealed", "pairing.not_same", "pairing.version",
    "pairing.other_way", "pairing.broken_commitment", "pairing.no_proof", "pairing.not_pinned",
    "pairing.timeout", "pairing.tries", "pairing.cancelled", "pairing.refused",
    "pairing.other_world", "pairing.has_patients", "pairing.not_steering", "pairing.lost",
    "pairing.unreachable",
)  # fmt: skip
"""Why an attempt can end; a code that comes from outside is one of these or `refused`."""


def _known(code: str) -> str:
    return code if code in REASONS else "pairing.refused"


class Door:
    """A host that is open for pairing: two minutes, three tries, one newcomer at a time."""

    def __init__(self, now_ms: int, symbol: Pinned | None = None) -> None:
        self.expires_ms = now_ms + OPEN_MS
        self.symbol = symbol
        self.failed = 0
        self.current: Host | None = None
        self._done = False

    def is_open(self, now_ms: int) -> bool:
        """Whether another newcomer may try. A clock that was set back closes it too."""
        left = self.expires_ms - now_ms
        return 0 < left <= OPEN_MS and self.failed < TRIES and not self._done

    def admit(self, secret: bytes, nonce: bytes, now_ms: int) -> Host | None:
        """The host's side for a new connection, or None where none is let in now."""
        self.look(now_ms)
        if not self.is_open(now_ms) or self.current is not None:
            return None
        self.current = Host(secret, nonce, self.symbol)
        return self.current

    def look(self, now_ms: int) -> None:
        """Take note of how the attempt stands; end it where its time is over.

        An attempt that came as far as digits or a token and did not succeed is a try; noise on the
        port is none.
        """
        host = self.current
        if host is None:
            return
        granting = host.phase is Phase.GRANTING
        if not host.ended and not granting and not self.is_open(now_ms):
            host.fail("pairing.timeout")
        if host.ended:
            self.failed += host.compared and host.phase is Phase.FAILED
            self._done = host.phase is Phase.DONE
            self.current = None


class Symbol(msgspec.Struct, frozen=True, array_like=True):
    """What a host's symbol says: fleet, digest of its certificate, pin, token, where it listens."""

    fleet: bytes
    certificate: bytes
    pin: bytes
    token: bytes
    addresses: tuple[str, ...]
