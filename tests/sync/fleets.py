"""A small fleet on paper: devices with keys, and the facts that each of them signs."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

from kit.core.event import Event, event_type
from kit.sync.authority import Directory, Fact, settle
from kit.sync.fleet import (
    AccessOpened,
    Box,
    DeviceEndorsed,
    DeviceEnrolled,
    DeviceRevoked,
    Identity,
    InterimNamed,
    ScopeKeyIssued,
)
from kit.sync.sealing import root_public, root_signature

ROOT_SEED = bytes(range(32))
IDENTITY = Identity(root_public(ROOT_SEED), "TEST:fleet")


def name(text: str) -> bytes:
    """The public key of a device that is called so: 32 bytes, nobody's key."""
    return hashlib.sha256(text.encode()).digest()


def feed_of(text: str) -> bytes:
    """Its `dir` feed."""
    return hashlib.sha256(b"feed" + text.encode()).digest()[:16]


class Fleet:
    """Facts in the making. Devices are texts: `s1`, `s2` steer, `w1` is a ward's."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._lam = itertools.count(1)
        self._seq: dict[str, int] = {}

    def said(self, author: str, data: Event, *, lam: int = 0) -> Fact:
        """One fact, by its author, after all that were said before."""
        self._seq[author] = self._seq.get(author, 1) + 1
        fact = Fact(
            name(author), feed_of(author), self._seq[author], lam or next(self._lam),
            event_type(data).name, data,
        )  # fmt: skip
        self.facts.append(fact)
        return fact

    def enrol(
        self, author: str, device: str, role: str, *wards: str, root: bool = False, edition: int = 0
    ) -> DeviceEnrolled:
        """An enrolment, signed by the root or not."""
        data = DeviceEnrolled(
            device=name(device), label=device, role=role, wards=wards, exchange=name("x" + device),
            certificate=b"der", edition=edition,
        )  # fmt: skip
        if root:
            data = with_root(data)
        self.said(author, data)
        return data

    def endorse(self, author: str, data: DeviceEnrolled) -> None:
        """A second key for this proposal."""
        self.said(author, DeviceEndorsed(device=data.device, digest=data.digest))

    def revoke(self, author: str, device: str, after: int = 10**6, *, root: bool = False) -> Fact:
        """A revocation that keeps the device's directory entries up to `after`."""
        data = DeviceRevoked(device=name(device), cut={feed_of(device).hex(): after}, reason="volé")
        if root:
            signature = root_signature(ROOT_SEED, data.statement(IDENTITY.fleet))
            data = DeviceRevoked(
                device=data.device, cut=data.cut, reason=data.reason, root_signature=signature
            )
        return self.said(author, data)

    def vote(self, author: str, device: str) -> None:
        """A vote for an interim."""
        self.said(author, InterimNamed(device=name(device)))

    def open_ward(self, author: str, ward: str, device: str, *persons: str) -> None:
        """Break-glass."""
        self.said(
            author, AccessOpened(ward=ward, device=name(device), reason="renfort", persons=persons)
        )

    def issue(self, author: str, scope: str, kid: int, *devices: str) -> None:
        """A scope key, with boxes that hold nothing."""
        boxes = tuple(Box(name(one), b"box") for one in devices)
        self.said(author, ScopeKeyIssued(scope=scope, kid=kid, boxes=boxes))

    def directory(self, facts: Sequence[Fact] | None = None) -> Directory:
        """What the facts make."""
        return settle(self.facts if facts is None else facts, IDENTITY.proves)

    def state(self, device: str) -> str:
        """Where a device stands, `unknown` where the fleet never heard of it."""
        member = self.directory().get(name(device))
        return str(member.state) if member else "unknown"


def with_root(data: DeviceEnrolled) -> DeviceEnrolled:
    """The same enrolment with the root's signature."""
    signature = root_signature(ROOT_SEED, data.statement(IDENTITY.fleet))
    return DeviceEnrolled(
        device=data.device, label=data.label, role=data.role, wards=data.wards,
        exchange=data.exchange, certificate=data.certificate, edition=data.edition,
        root_signature=signature,
    )  # fmt: skip


def prepared() -> Fleet:
    """Three steering kits by the root; three ward kits by the first of them."""
    fleet = Fleet()
    for device in ("s1", "s2", "s3"):
        fleet.enrol("s1", device, "steering", root=True)
    for device, ward in (("w1", "CARD"), ("w2", "CARD"), ("w3", "URG")):
        fleet.enrol("s1", device, "ward", ward)
    return fleet
