"""A fleet before its first day: which kits, who signs what, which keys are sealed to whom.

Pure: seeds and keys are arguments. The root signs every kit once and then goes into its envelope;
the founder, a steering kit like the others, carries the enrolments and keys in its own feed. Not
for: folders, stores and paper (`kit.node.fleet_preparation`), nor for kits that join later
(`pairing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice

import msgspec

from kit.core.envelope import (
    SIGNATURE_BYTES,
    UNREADABLE,
    decode_header,
    decode_inner,
    fleet_id,
)
from kit.core.errors import BadInput, Incompatible
from kit.core.event import EVENTS, Event
from kit.core.ids import base32
from kit.sync.authority import ALL_WARDS, Directory, Fact, Role, settle
from kit.sync.fleet import AUTHORITY, DIRECTORY_SCOPE, DeviceEnrolled, Identity, opened_feed
from kit.sync.sealing import root_public, root_signature, signed_by

LEAST_STEERING = 2
MOST_KITS = 1000


class Wanted(msgspec.Struct, frozen=True):
    """One kit to be made: what people call it, its role, its wards."""

    label: str
    role: str
    wards: tuple[str, ...] = ()


class DeviceKeys(msgspec.Struct, frozen=True):
    """What others know of a device: signing and exchange keys (32 bytes each), certificate."""

    public: bytes
    exchange: bytes
    certificate: bytes


class DirectoryFeed(msgspec.Struct, frozen=True):
    """Entries of one kit's `dir` feed from the first on, to be taken before anything is written."""

    feed: bytes
    raws: tuple[bytes, ...]


class Founding(msgspec.Struct, frozen=True):
    """How a new kit begins in a fleet. seed: its signing seed, empty = it draws its own.

    taken: directory feeds of others; events: what it records itself, before anything else.
    """

    seed: bytes = b""
    taken: tuple[DirectoryFeed, ...] = ()
    events: tuple[Event, ...] = ()


def plan(count: int, *, steering: int, wards: Sequence[str], recovery: int = 0) -> list[Wanted]:
    """The kits of a fleet: steering first, then recovery, then the wards in turn.

    Raises BadInput `SYN-111` where the numbers do not fit together.
    """
    rest = count - steering - recovery
    fits = steering >= 1 and recovery >= 0 and count <= MOST_KITS
    if not fits or rest < max(len(wards), 0):
        raise BadInput("SYN-111", count=count, steering=steering, wards=len(wards))
    kits = [Wanted(f"Pilotage {n}", Role.STEERING) for n in range(1, steering + 1)]
    kits += [Wanted(f"DIM {n}", Role.RECOVERY) for n in range(1, recovery + 1)]
    numbers: dict[str, int] = {}
    for ward in islice(cycle(wards or (ALL_WARDS,)), rest):
        numbers[ward] = numbers.get(ward, 0) + 1
        name = "Volant" if ward == ALL_WARDS else ward
        kits.append(Wanted(f"{name} {numbers[ward]}", Role.WARD, (ward,)))
    return kits


def enrolment(wanted: Wanted, keys: DeviceKeys, edition: int = 0) -> DeviceEnrolled:
    """The enrolment of a kit, not signed by the root."""
    return DeviceEnrolled(
        device=keys.public, label=wanted.label, role=wanted.role, wards=wanted.wards,
        exchange=keys.exchange, certificate=keys.certificate, edition=edition,
    )  # fmt: skip


def by_root(data: DeviceEnrolled, seed: bytes, world: str) -> DeviceEnrolled:
    """The same with the root's signature."""
    fleet = fleet_id(root_public(seed), world)
    signature = root_signature(seed, data.statement(fleet))
    return msgspec.structs.replace(data, root_signature=signature)


def directory_of_feeds(feeds: Sequence[DirectoryFeed], identity: Identity) -> Directory:
    """What directory feeds say, each entry checked by its author's signature; nothing is kept.

    Raises BadInput `SYN-117` where a feed does not begin as one of this fleet, or an entry is not
    its author's.
    """
    facts: list[Fact] = []
    for part in feeds:
        opened = opened_feed(part.raws[0]) if part.raws else None
        if opened is None or opened.fleet != identity.fleet or opened.scope != DIRECTORY_SCOPE:
            raise BadInput("SYN-117")
        for raw in part.raws[1:]:
            fact = _fact(raw, opened.device, part.feed)
            if fact is not None:
                facts.append(fact)
    return settle(facts, identity.proves)


def _fact(raw: bytes, author: bytes, feed: bytes) -> Fact | None:
    try:
        content = decode_header(raw)
        inner = decode_inner(content.body)
    except (BadInput, Incompatible):
        raise BadInput("SYN-117") from None
    signature, said = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if content.feed != feed or not signed_by(author, signature, said):
        raise BadInput("SYN-117")
    kind = EVENTS.get(inner.type)
    if kind is None or inner.type not in AUTHORITY:
        return None
    try:
        return Fact(author, feed, content.seq, content.lam, inner.type, kind.decode(inner.data))
    except UNREADABLE:
        return None


def fingerprint(fleet: bytes) -> str:
    """A fleet's name for people to compare: four groups of four signs, no I, L, O, U."""
    text = base32(fleet)[:16]
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))
