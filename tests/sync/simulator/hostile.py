"""An enrolled kit whose programme is an attacker's: it has a device's keys and says what it likes.

Its forged feeds stand under incarnations of its own, so that its honest store stays out of it. Not
for: harm to frames on their way (`lines`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from kit.core.envelope import (
    FEED_OPEN,
    LAMPORT_STEP,
    NO_NONCE,
    NO_PREVIOUS,
    Content,
    FeedOpen,
    Inner,
    Ref,
    encode_content,
    encode_data,
    feed_id,
    raw_id,
)
from kit.core.errors import BadInput
from kit.core.replication import Fork, Tip
from kit.store.cipher import seal_body
from kit.store.signer import Signer
from kit.sync.frames import (
    VERSIONS,
    Ack,
    Ask,
    Bye,
    FrameReader,
    Hello,
    Loose,
    Ping,
    Run,
    State,
    encode,
)
from tests.sync.simulator.founding import BEGUN, FLEET, WORLD
from tests.sync.simulator.kit import SimKit
from tests.sync.simulator.writing import MARK

FAR = 2**63
_pack = msgspec.msgpack.encode


class Forged:
    """A feed in the making, chained and signed as it should be."""

    def __init__(
        self, signer: Signer, scope: str, chance: random.Random, lam: int,
        fleet: bytes = FLEET.fleet, world: str = WORLD,
    ) -> None:  # fmt: skip
        self.signer, self.scope, self.chance, self.lam = signer, scope, chance, lam
        self.fleet = fleet
        self.incarnation = chance.randbytes(8)
        self.feed = feed_id(self.fleet, signer.public, self.incarnation, scope)
        self.seq, self.tip = 0, NO_PREVIOUS
        self.raws: list[bytes] = []
        opened = FeedOpen(self.fleet, world, signer.public, self.incarnation, scope)
        self.add(inner(FEED_OPEN, encode_data(opened)))

    def add(
        self, body: bytes, *, key: bytes = b"", kid: int = 0, jump: int = 1, v: int = 1
    ) -> bytes:
        """One entry more."""
        self.seq, self.lam = self.seq + 1, self.lam + jump
        nonce = self.chance.randbytes(24) if kid else NO_NONCE
        content = Content(v, self.feed, self.seq, self.tip, self.lam, kid, nonce, body)
        if kid:
            content = msgspec.structs.replace(content, body=seal_body(content, key))
        data = encode_content(content)
        raw = self.signer.sign(data) + data
        self.tip = raw_id(raw)
        self.raws.append(raw)
        return raw

    def branch(self) -> Forged:
        """The same feed, to be gone on with otherwise."""
        other = object.__new__(Forged)
        other.__dict__.update(self.__dict__, raws=list(self.raws))
        return other


def inner(kind: str, data: bytes, base: Sequence[Ref] = (), wall: int = BEGUN) -> bytes:
    """A body."""
    return _pack(Inner(kind, 1, "m", "s", wall, 1, tuple(base), b"", msgspec.Raw(data)))


def _nested(depth: int) -> bytes:
    return b"\x91" * depth + b"\x90"


def _poisons(chance: random.Random) -> list[bytes]:
    """Bodies that are signed and sealed as they should be, and say what no screen ever sent."""
    vitals = {"patient": "p0-CARD", "at": BEGUN, "values": {"hr": "80"}}
    strike = {"patient": "p", "kind": "k", "reason": "r"}
    bases = [Ref(chance.randbytes(16), chance.randrange(1, 9), chance.randbytes(8))] * 32
    return [
        inner("vitals.recorded", _pack(vitals | {"at": FAR})),
        inner("vitals.recorded", _pack(vitals | {"at": -FAR})),
        inner("vitals.recorded", _pack(vitals), wall=2**64 - 1),
        inner("vitals.recorded", _pack(vitals | {"values": {"hr": "9" * 5_000, "\0": "\0"}})),
        inner("vitals.recorded", _pack(vitals | {"patient": "\0' or 1=1 --"})),
        inner("vitals.recorded", _pack(vitals | {"values": 7})),
        inner("vitals.recorded", _nested(5_000)),
        _nested(20_000),
        b"",
        inner("entry.struck", _pack(strike), bases),
        inner("entry.struck", _pack(strike), [bases[0]] * 400),
        inner("stay.opened", _pack({"stay": "st0-CARD", "patient": "p0", "admitted_at": FAR})),
        inner("prescription.stopped",
              _pack({"prescription": "rx0-CARD", "patient": "p0", "at": FAR})),
        inner("feed.open", _pack({})),
        inner("administration.recorded",
              _pack({"patient": "p0-CARD", "dose": {"value": "NaN", "unit": "x" * 900}})),
        inner("entries.adopted", _pack({"device": b"", "entries": [[b"", 2**63]]})),
        inner("note.written", _pack({"patient": "p0-CARD", "at": 0, "data": MARK + "CARD-x"})),
    ]  # fmt: skip


def _facts(device: bytes, chance: random.Random) -> list[bytes]:
    """Authority that a ward kit does not have, and shapes that nobody should send."""
    other = chance.randbytes(32)
    enrol = {
        "device": other,
        "label": "m",
        "role": "steering",
        "wards": ["*"],
        "exchange": bytes(32),
    }
    return [
        inner("device.enrolled", _pack(enrol)),
        inner("device.enrolled", _pack(enrol | {"role": "ward", "edition": FAR})),
        inner("device.enrolled", _pack(enrol | {"device": b"", "role": "\0"})),
        inner("device.enrolled", _pack(enrol | {"root_signature": bytes(64)})),
        inner("device.revoked", _pack({"device": device, "cut": {"zz": -1, "": FAR}})),
        inner("device.endorsed", _pack({"device": other, "digest": b""})),
        inner("scope_key.issued",
              _pack({"scope": "w:CARD", "kid": 7, "boxes": [[device, b"x"], [b"", b""]]})),
        inner("scope_key.issued", _pack({"scope": "w:CARD", "kid": FAR, "boxes": []})),
        inner("scope_key.issued", _pack({"scope": "", "kid": -1, "boxes": []})),
        inner("device.heads", _pack({"heads": [[chance.randbytes(16), FAR, b""]]})),
        inner("device.heads", _pack({"heads": [[b"", 3, b"x"]] * 500})),
        inner("access.opened", _pack({"ward": "CARD", "device": device, "reason": ""})),
        inner("fleet.interim", _pack({"device": device})),
    ]  # fmt: skip


class Mallory:
    """One conversation of an attacker with one kit; drives as a session does."""

    def __init__(self, kit: SimKit, peer: SimKit, chance: random.Random) -> None:
        self.kit, self.peer, self.chance = kit, peer, chance
        self.closed = ""
        self.reader = FrameReader()
        self.theirs: dict[bytes, Tip] = {}
        hello = Hello(*VERSIONS, FLEET.fleet, kit.device, BEGUN, 3, "m")
        self.say = [encode(hello), encode(State(True, {}))]
        self.left = chance.choice((1, 3, 8))
        attacks = [name for name in dir(self) if name.startswith("do_")]
        self.plan: list[str] = chance.choices(attacks, k=self.left)
        self.done: list[str] = []

    # ------------------------------------------------------------------ as a session

    def received(self, data: bytes) -> None:
        """Listen for what the victim holds."""
        try:
            for frame in self.reader.feed(data):
                if isinstance(frame, State):
                    self.theirs.update(frame.tips)
                elif isinstance(frame, Bye):
                    self.closed = frame.why
        except BadInput:
            self.closed = "bad"

    def outgoing(self) -> bytes:
        """The next attack."""
        if self.closed:
            return b""
        if self.say:
            return self.say.pop(0)
        if not self.plan:
            return b""
        name = self.plan.pop()
        self.done.append(name)
        said: bytes = getattr(self, name)()
        return said

    def tick(self, now_ms: int) -> None:
        """It has no patience and no need of it."""

    # ------------------------------------------------------------------ attacks

    def _feed(self, scope: str = "w:CARD") -> Forged:
        return Forged(self.kit.signer, scope, self.chance, self.kit.log.lam)

    def _sealed(self, scope: str, bodies: Sequence[bytes]) -> Forged:
        feed = self._feed(scope)
        key = self.kit.log.keyring.current(scope) if scope != "dir" else None
        for body in bodies:
            feed.add(body, key=key.key if key else b"", kid=key.kid if key else 0)
        return feed

    def _run(self, feed: bytes, raws: Sequence[bytes]) -> bytes:
        return encode(Run(feed, list(raws)))

    def _some(self, count: int = 3) -> Forged:
        data = _pack({"patient": "p0-CARD", "at": BEGUN, "data": "forged"})
        return self._sealed("w:CARD", [inner("note.written", data)] * count)

    def do_bad_signature(self) -> bytes:
        """The last of a run, or one in the middle, is not signed."""
        feed = self._some(4)
        at = self.chance.choice((1, 2, -1))
        raw = bytearray(feed.raws[at])
        raw[self.chance.randrange(64)] ^= 1
        feed.raws[at] = bytes(raw)
        return self._run(feed.feed, feed.raws)

    def do_wrong_scope(self) -> bytes:
        """Feeds in scopes that it may not write."""
        said = b""
        for scope in ("w:NEPH", f"audit:{self.peer.device.hex()[:16]}", "w:*", "", "msg:\0"):
            said += self._run((feed := self._feed(scope)).feed, feed.raws)
        return said

    def do_lamport(self) -> bytes:
        """Counters that leap, far and near, stand, and go back."""
        said = b""
        for jump in (1 << 61, 1 << 47, (1 << 36) + (1 << 27), LAMPORT_STEP + 1, 0, -1):
            feed = self._feed()
            feed.add(inner("note.written", b"\x80"), jump=jump)
            said += self._run(feed.feed, feed.raws)
        return said

    def do_giant(self) -> bytes:
        """A frame of two gigabytes."""
        return (2**31).to_bytes(4, "big") + bytes(1_000)

    def do_nesting(self) -> bytes:
        """A frame that nests without end."""
        body = _nested(100_000)
        return len(body).to_bytes(4, "big") + body

    def do_false_vector(self) -> bytes:
        """It claims to hold everything, much more, and forks of all."""
        tips = {feed: Tip(2**32 - 1, b"12345678") for feed in self.theirs}
        tips |= {self.chance.randbytes(16): Tip(9, b"") for _ in range(50)}
        tips |= {feed: Tip(tip.seq, b"liesliel") for feed, tip in list(self.theirs.items())[:3]}
        ids = tuple(self.chance.randbytes(16) for _ in range(2_000))
        forks = {feed: Fork(self.chance.choice((0, 1, 2, 99)), ids) for feed in self.theirs}
        some = dict(list(forks.items())[:4])
        return encode(State(self.chance.random() < 0.5, tips, some))

    def do_forge_own(self) -> bytes:
        """An entry in the victim's own feed, signed with another key."""
        said = b""
        for row in self.peer.log.feeds.by_number.values():
            if row.own and row.seq and not row.is_branch:
                content = Content(1, row.name, row.seq + 1, row.tip, row.lam + 1, 0, NO_NONCE, b"x")
                data = encode_content(content)
                said += self._run(row.name, [self.kit.signer.sign(data) + data])
        return said

    def do_flood(self) -> bytes:
        """Questions, many, and no wish for the answers."""
        feeds = list(self.theirs) or [bytes(16)]
        asks = [Ask(self.chance.choice(feeds), self.chance.randrange(4)) for _ in range(100)]
        return b"".join(encode(Ping(n, 0, 0)) for n in range(300)) + b"".join(map(encode, asks))

    def do_poison(self) -> bytes:
        """Well signed, well sealed, and poison."""
        bodies = _poisons(self.chance) + self._aliases()
        feed = self._sealed("w:CARD", self.chance.sample(bodies, 5))
        return self._run(feed.feed, feed.raws)

    def _aliases(self) -> list[bytes]:
        """Strikes of entries that have no such name: each kit might take another one for it."""
        feeds = self.peer.log.feeds.by_number.values()
        names = [row.feed for row in feeds if row.is_branch] + [row.name for row in feeds]
        strike = {"patient": "p0-CARD", "kind": "note", "reason": "typing"}
        refs = [Ref(name, self.chance.randrange(1, 9) << 32 | 2, b"") for name in names[:4]]
        refs += [Ref(name, 2, b"") for name in names if len(name) != 16]
        return [inner("entry.struck", _pack(strike), [ref]) for ref in refs]

    def do_poison_authority(self) -> bytes:
        """The same in the directory."""
        feed = self._sealed("dir", self.chance.sample(_facts(self.peer.device, self.chance), 5))
        return self._run(feed.feed, feed.raws)

    def do_equivocate(self) -> bytes:
        """Two histories of one feed, one of them for this victim."""
        feed = self._some(3)
        other = feed.branch()
        for one in (feed, other):
            key = self.kit.log.keyring.current("w:CARD")
            for n in range(self.chance.randrange(1, 4)):
                text = f"{one is feed}{n}"
                data = _pack({"patient": "p0-CARD", "at": BEGUN + n, "data": text})
                one.add(inner("note.written", data), key=key.key, kid=key.kid)
        said = self._run(feed.feed, feed.raws)
        if self.chance.random() < 0.7:
            said += self._run(feed.feed, other.raws)
        return said

    def do_stranger(self) -> bytes:
        """A feed of a device that nobody took in, and one of another fleet."""
        stranger = Forged(Signer(self.chance.randbytes(32)), "dir", self.chance, 3)
        other = Forged(self.kit.signer, "ops", self.chance, 3, b"another fleet 16")
        return self._run(stranger.feed, stranger.raws) + self._run(other.feed, other.raws)

    def do_shapes(self) -> bytes:
        """Runs that are empty, repeat themselves, or hold another feed's entries."""
        feed, other = self._some(3), self._some(2)
        frames = [
            Run(feed.feed, []), Run(feed.feed, [feed.raws[0]] * 500), Run(feed.feed, other.raws),
            Run(feed.feed, feed.raws[2:]), Run(feed.feed, [feed.raws[0], *feed.raws[2:]]),
            Run(feed.feed, [feed.raws[0], bytes(70)]), Run(other.feed, other.raws[::-1]),
        ]  # fmt: skip
        return b"".join(map(encode, frames))

    def do_loose(self) -> bytes:
        """Loose entries of feeds that are not forked, or not known."""
        feed = self._some(3)
        frames = [Loose(feed.feed, 0, feed.raws[2:]), Loose(feed.feed, 2, feed.raws[1:])]
        frames += [Loose(known, 1, feed.raws) for known in list(self.theirs)[:3]]
        for row in self.peer.log.feeds.by_number.values():
            if row.fork and not row.is_branch:
                frames.append(Loose(row.name, row.fork, [self._unsigned(row.name, row.seq + 1)]))
        return b"".join(map(encode, frames))

    def _unsigned(self, feed: bytes, seq: int) -> bytes:
        """An entry that somebody else's kit might have written."""
        lam = self.kit.log.lam + 1
        data = encode_content(Content(1, feed, seq, bytes(32), lam, 0, NO_NONCE, b"x"))
        return self.kit.signer.sign(data) + data

    def do_acks(self) -> bytes:
        """It says that it has all, or will have none."""
        frames: list[Any] = [Ack(feed, 2**32 - 1) for feed in self.theirs]
        frames += [Ack(feed, 0, "SYN-\0", self.chance.random() < 0.5) for feed in self.theirs]
        return b"".join(map(encode, frames))

    def do_ask_much(self) -> bytes:
        """The same entry of a fork, thousands of times."""
        forks = [row for row in self.peer.log.feeds.by_number.values() if row.fork]
        said = b""
        for row in forks[:2]:
            ids = self.peer.replica.forks.state(row).ids[:1] or (bytes(16),)
            said += encode(Ask(row.name, row.fork, list(ids) * 4_000)) * 3
        return said

    def do_hello_again(self) -> bytes:
        """It introduces itself twice, in a version that nobody speaks."""
        return encode(Hello(99, 99, FLEET.fleet, self.kit.device, BEGUN, 3, "m"))


Hostile = Callable[[SimKit, SimKit], "Mallory | None"]
