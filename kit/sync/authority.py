"""Who is in the fleet and may do what: pure rules over the set of authority facts.

The same facts give the same directory whatever order they arrived in: nothing here keeps a state
between calls, and no clock is asked. Rules (sync.md §6): ward-level acts take one steering key;
a steering kit comes or goes by the root, or by two distinct steering kits; a revocation voids what
the revoked kit signed past its cut; what it had enrolled past it drops to “to confirm”. Not for:
bytes of events (`fleet`), ciphers (`sealing`), scope keys (`fleet_keys`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

ALL_WARDS = "*"
QUORUM = 2
"""Distinct steering kits without whom, short of the root, no steering kit comes or goes."""

UNIT_ROOM = "unit:"


class Role(StrEnum):
    """What a kit is in its fleet."""

    STEERING = "steering"
    WARD = "ward"
    RELAY = "relay"
    VIEWER = "viewer"
    RECOVERY = "recovery"


class State(StrEnum):
    """Where a kit stands: pending = one key of two; unconfirmed = whoever enrolled it was cut."""

    MEMBER = "member"
    PENDING = "pending"
    UNCONFIRMED = "unconfirmed"
    REVOKED = "revoked"


class Fact(msgspec.Struct, frozen=True):
    """One authority event and where it stands. data: an event of `kit.sync.fleet`.

    id8: first bytes of its entry's id: a steering kit that was cloned says two things under one
    number, and neither may pass for the other.
    """

    author: bytes
    feed: bytes
    seq: int
    lam: int
    kind: str
    data: Any
    id8: bytes = b""

    @property
    def order(self) -> tuple[int, bytes, int, bytes]:
        """Canonical order, the same on each kit."""
        return self.lam, self.feed, self.seq, self.id8


class Grant(msgspec.Struct, frozen=True):
    """What one enrolment gives: a role and the wards it concerns."""

    role: str
    wards: tuple[str, ...] = ()

    def has_ward(self, ward: str) -> bool:
        """Whether this ward is among them."""
        return ward in self.wards or ALL_WARDS in self.wards


class Member(msgspec.Struct, frozen=True):
    """A kit as the fleet knows it. grants: every role it ever had, for what it wrote then.

    opened: wards whose glass was broken for it; cut: feed (hex) → last number that counts;
    by: devices that enrolled it; revoked_by: devices whose revocation counts, or waits for another.
    """

    device: bytes
    label: str
    grant: Grant
    state: State
    grants: tuple[Grant, ...] = ()
    exchange: bytes = b""
    certificate: bytes = b""
    edition: int = 0
    opened: tuple[str, ...] = ()
    interim: bool = False
    cut: dict[str, int] = {}
    reason: str = ""
    by: tuple[bytes, ...] = ()
    revoked_by: tuple[bytes, ...] = ()

    @property
    def is_member(self) -> bool:
        """Whether other kits speak to it."""
        return self.state is State.MEMBER

    @property
    def steers(self) -> bool:
        """Whether it takes ward-level decisions: a steering kit, or an interim one."""
        return self.is_member and (self.grant.role == Role.STEERING or self.interim)


def _is_of_room(grant: Grant, room: str) -> bool:
    """Whether a kit writes and reads a room of messages; a ward's own (`unit:<ward>`) names people.

    So its key goes to that ward's kits and to the cell only.
    """
    if grant.role == Role.WARD and room.startswith(UNIT_ROOM):
        return grant.has_ward(room.removeprefix(UNIT_ROOM))
    return grant.role in (Role.STEERING, Role.WARD)


def ward_of_parcel(scope: str) -> str:
    """The ward scope whose readers open a parcel (`p:<ward>:<parcel>`); other scopes unchanged."""
    return f"w:{scope.split(':')[1]}" if scope.startswith("p:") and ":" in scope[2:] else scope


def writes(grant: Grant, device: bytes, scope: str) -> bool:
    """Whether a kit of this role may write a scope."""
    kind, _, name = scope.partition(":")
    role = grant.role
    if kind == "dir":
        return True
    if kind == "audit":
        return name == device.hex()[:16]
    if kind == "msg":
        return _is_of_room(grant, name)
    if kind == "ops":
        return role in (Role.STEERING, Role.WARD)
    return kind == "w" and role in (Role.STEERING, Role.WARD) and grant.has_ward(name)


def holds(grant: Grant, device: bytes, scope: str) -> bool:
    """Whether a kit of this role may be sent a scope's entries, as ciphertext at least."""
    if grant.role in (Role.STEERING, Role.RELAY, Role.RECOVERY):
        return True
    kind = scope.partition(":")[0]
    if grant.role == Role.VIEWER:
        return kind in ("dir", "ops") or writes(grant, device, scope)
    return kind in ("dir", "ops", "msg") or writes(grant, device, scope)


def reads(grant: Grant, device: bytes, scope: str) -> bool:
    """Whether a kit of this role is given a scope's keys: steering coordinates, it does not care.

    A steering kit reads a ward only where it is also that ward's kit (a founder that stands alone).
    """
    kind, _, name = scope.partition(":")
    role = grant.role
    if kind == "ops":
        return role != Role.RELAY
    if kind == "msg":
        return _is_of_room(grant, name)
    if kind == "w":
        return role == Role.RECOVERY or writes(grant, device, scope)
    return kind == "audit" and (role == Role.RECOVERY or name == device.hex()[:16])


class Directory(msgspec.Struct, frozen=True):
    """The fleet as all facts together make it. keys: valid issues of scope keys, in order."""

    members: dict[bytes, Member] = {}
    keys: tuple[Fact, ...] = ()

    def get(self, device: bytes) -> Member | None:
        """A kit that was ever enrolled, or is proposed."""
        return self.members.get(device)

    def _asked(
        self, device: bytes, scope: str, right: Callable[[Grant, bytes, str], bool], *, ever: bool
    ) -> bool:
        member = self.members.get(device)
        scope = ward_of_parcel(scope)
        if member is None or member.state is State.PENDING:
            return False
        if scope.startswith("w:") and scope[2:] in member.opened:
            return True
        grants = member.grants if ever else (member.grant,)
        return any(right(grant, device, scope) for grant in grants)

    def may_write(self, device: bytes, scope: str) -> bool:
        """Whether this kit writes this scope, now or once."""
        return self._asked(device, scope, writes, ever=True)

    def may_hold(self, device: bytes, scope: str) -> bool:
        """Whether this kit may be sent this scope."""
        member = self.members.get(device)
        known = member is not None and member.is_member
        return known and self._asked(device, scope, holds, ever=False)

    def may_read(self, device: bytes, scope: str) -> bool:
        """Whether this kit is given this scope's keys."""
        member = self.members.get(device)
        known = member is not None and member.is_member
        return known and self._asked(device, scope, reads, ever=False)

    def readers(self, scope: str) -> list[Member]:
        """Every kit that is given this scope's keys, by device."""
        return [m for d, m in sorted(self.members.items()) if self.may_read(d, scope)]

    def steering(self) -> list[Member]:
        """The steering kits that are members, interim ones not among them."""
        every = (m for _, m in sorted(self.members.items()) if m.is_member)
        return [m for m in every if m.grant.role == Role.STEERING]


Proof = Callable[[Any], bool]
"""Whether an event carries a right signature of the root."""


def settle(facts: Iterable[Fact], proven: Proof) -> Directory:
    """The directory that these facts make, in any order, each perhaps more than once."""
    unique = {(f.feed, f.seq, f.author, f.kind, f.order): f for f in facts}
    return _Settling(sorted(unique.values(), key=lambda f: f.order), proven).directory()


class _Settling:
    """One computation: cuts first (they void facts), then who steers, then everybody else."""

    def __init__(self, facts: Sequence[Fact], proven: Proof) -> None:
        by_kind: dict[str, list[Fact]] = defaultdict(list)
        for fact in facts:
            by_kind[fact.kind].append(fact)
        self.by_kind = by_kind
        self.enrolled = by_kind["device.enrolled"]
        self.revoked = by_kind["device.revoked"]
        self.rooted = {fact.order for fact in self.enrolled if proven(fact.data)}
        self.cuts: dict[bytes, dict[str, int]] = {}
        self.removers: dict[bytes, set[bytes]] = defaultdict(set)
        for fact in self.revoked:
            if proven(fact.data):
                self._cut(fact)
        self.candidates = {fact.data.device for fact in by_kind["fleet.interim"]}
        self.steering = self._settled_steering()

    def directory(self) -> Directory:
        """Ward-level acts on top of who steers; then an interim, and what it did."""
        self._cut_wards(self.steering)
        electors = {
            f.data.device
            for f in self.enrolled
            if f.data.role == Role.WARD and self._enrols(f, self.steering)
        } - set(self.cuts)
        interim = self._elected(electors)
        authorities = self.steering | interim
        if interim:
            self._cut_wards(authorities)
        members = self._members(authorities, interim)
        opened = self._opened(Directory(members))
        for device, wards in opened.items():
            members[device] = msgspec.structs.replace(members[device], opened=wards)
        directory = Directory(members)
        return msgspec.structs.replace(directory, keys=self._keys(directory, interim))

    def _void(self, fact: Fact) -> bool:
        cut = self.cuts.get(fact.author)
        return cut is not None and fact.seq > cut.get(fact.feed.hex(), 0)

    def _cut(self, fact: Fact) -> bool:
        """Apply one revocation: the lowest number of any counts. Whether something changed."""
        self.removers[fact.data.device].add(fact.author)
        before = self.cuts.get(fact.data.device)
        said = dict(fact.data.cut)
        after = (
            said
            if before is None
            else {feed: min(before[feed], said[feed]) for feed in before.keys() & said.keys()}
        )
        self.cuts[fact.data.device] = after
        return after != before

    def _settled_steering(self) -> set[bytes]:
        """Who steers; each removal that counts voids facts, so all is weighed again after it."""
        while True:
            steering = self._steering()
            support: dict[bytes, dict[bytes, list[Fact]]] = defaultdict(lambda: defaultdict(list))
            for fact in self.revoked:
                ours = fact.author in steering and fact.author != fact.data.device
                if ours and fact.data.device in steering and not self._void(fact):
                    support[fact.data.device][fact.author].append(fact)
            agreed = [by for by in support.values() if len(by) >= QUORUM]
            facts = [fact for by in agreed for said in by.values() for fact in said]
            changed = [fact for fact in facts if self._cut(fact)]
            if not changed:
                return steering

    def _steering(self) -> set[bytes]:
        """The least set that the root and its own members make: nobody vouches for himself."""
        proposals: dict[tuple[bytes, bytes], list[Fact]] = defaultdict(list)
        for fact in self.enrolled:
            if fact.data.role == Role.STEERING:
                proposals[fact.data.device, fact.data.digest].append(fact)
        for fact in self.by_kind["device.endorsed"]:
            if (fact.data.device, fact.data.digest) in proposals:
                proposals[fact.data.device, fact.data.digest].append(fact)
        steering: set[bytes] = set()
        while True:
            added = {
                device
                for (device, _digest), facts in proposals.items()
                if device not in steering and self._carried(facts, steering)
            }
            if not added:
                return steering
            steering |= added

    def _carried(self, facts: list[Fact], steering: set[bytes]) -> bool:
        if any(fact.order in self.rooted for fact in facts):
            return True
        authors = {f.author for f in facts if f.author in steering and not self._void(f)}
        return len(authors - {facts[0].data.device}) >= QUORUM

    def _enrols(self, fact: Fact, authorities: set[bytes]) -> bool:
        """Whether an enrolment below steering counts; nobody is made less than steering by it."""
        if fact.data.role == Role.STEERING or fact.data.device in self.steering:
            return False
        by_key = fact.author in authorities and not self._void(fact)
        return fact.order in self.rooted or by_key

    def _cut_wards(self, authorities: set[bytes]) -> None:
        for fact in self.revoked:
            ours = fact.author in authorities and not self._void(fact)
            if ours and fact.data.device not in self.steering:
                self._cut(fact)

    def _elected(self, electors: set[bytes]) -> set[bytes]:
        """The ward kit that more than half of them name, each by its last word."""
        words: dict[bytes, bytes] = {}
        for fact in self.by_kind["fleet.interim"]:
            if fact.author in electors and not self._void(fact):
                words[fact.author] = fact.data.device
        counted = list(words.values())
        return {
            device
            for device in set(counted) & electors
            if 2 * counted.count(device) > len(electors)
        }

    def _members(self, authorities: set[bytes], interim: set[bytes]) -> dict[bytes, Member]:
        facts: dict[bytes, list[Fact]] = defaultdict(list)
        for fact in self.enrolled:
            facts[fact.data.device].append(fact)
        found = {}
        for device, said in facts.items():
            member = self._member(device, said, authorities)
            if member is not None:
                found[device] = msgspec.structs.replace(member, interim=device in interim)
        return found

    def _member(self, device: bytes, facts: list[Fact], authorities: set[bytes]) -> Member | None:
        steers = device in self.steering
        if steers:
            good = [f for f in facts if f.data.role == Role.STEERING and self._backed(f)]
        else:
            good = [f for f in facts if self._enrols(f, authorities)]
        # What a kit whose own authority was cut had signed; or one key where two are needed.
        loose = [f for f in facts if f.author in authorities | self.candidates]
        if not good and not loose:
            return None
        current = max(good or loose, key=lambda f: (f.data.edition, f.order))
        grants = {Grant(f.data.role, tuple(f.data.wards)) for f in good or loose}
        removers = {
            f.author for f in self.revoked if f.data.device == device and f.author in authorities
        }
        return Member(
            device=device, label=current.data.label,
            grant=Grant(current.data.role, tuple(current.data.wards)),
            state=self._state(device, current, is_good=bool(good)),
            grants=tuple(sorted(grants, key=lambda g: (g.role, g.wards))),
            exchange=current.data.exchange, certificate=current.data.certificate,
            edition=current.data.edition, cut=self.cuts.get(device, {}),
            reason=self._reason(device), by=tuple(sorted({f.author for f in good or loose})),
            revoked_by=tuple(sorted(self.removers.get(device, set()) | removers)),
        )  # fmt: skip

    def _backed(self, fact: Fact) -> bool:
        """Whether this steering enrolment is the one that the root or two kits carried."""
        same = [
            f
            for f in (*self.enrolled, *self.by_kind["device.endorsed"])
            if (f.data.device, f.data.digest) == (fact.data.device, fact.data.digest)
        ]
        return self._carried(same, self.steering)

    def _state(self, device: bytes, current: Fact, *, is_good: bool) -> State:
        if device in self.cuts:
            return State.REVOKED
        if is_good:
            return State.MEMBER
        if current.data.role == Role.STEERING and not self._void(current):
            return State.PENDING
        return State.UNCONFIRMED

    def _reason(self, device: bytes) -> str:
        said = [f.data.reason for f in self.revoked if f.data.device == device]
        return said[0] if said and device in self.cuts else ""

    def _opened(self, directory: Directory) -> dict[bytes, tuple[str, ...]]:
        """Wards opened by an order of steering, or by two named persons at a kit that reads it."""
        found: dict[bytes, set[str]] = defaultdict(set)
        for fact in self.by_kind["access.opened"]:
            ward, persons = fact.data.ward, {p for p in fact.data.persons if p}
            author = directory.get(fact.author)
            if author is None or self._void(fact) or fact.data.device not in directory.members:
                continue
            by_order = fact.author in self.steering and persons
            reader = any(reads(g, fact.author, f"w:{ward}") for g in author.grants)
            if by_order or (reader and len(persons) >= QUORUM):
                found[fact.data.device].add(ward)
        return {device: tuple(sorted(wards)) for device, wards in found.items()}

    def _keys(self, directory: Directory, interim: set[bytes]) -> tuple[Fact, ...]:
        """Issues of scope keys by steering, or by a kit that reads that scope itself."""

        def issues(fact: Fact) -> bool:
            scope = fact.data.scope
            member = directory.get(fact.author)
            if member is None or self._void(fact):
                return False
            if fact.author in self.steering:
                return True
            if fact.author in interim and not scope.startswith("w:"):
                return True
            if scope.startswith("p:"):  # a gift of what one has to those who are to have it
                return any(grant.role == Role.WARD for grant in member.grants)
            opened = scope.startswith("w:") and scope[2:] in member.opened
            return opened or any(reads(g, fact.author, scope) for g in member.grants)

        return tuple(fact for fact in self.by_kind["scope_key.issued"] if issues(fact))
