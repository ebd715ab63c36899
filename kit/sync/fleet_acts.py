"""What a person decides about the fleet: take a kit in, agree, put it out, open a ward, vote.

Each act is one authority event; the rules here refuse early and in words what `authority` would not
count. Not for: keys that follow from an act (`fleet_keys`), entries to review (`adoption`).
"""

from __future__ import annotations

import msgspec

from kit.core.command import N_, Act, Command, Decision, Outcome, accepted, command, rule, sentence
from kit.core.errors import Refused
from kit.core.projection import Reader
from kit.sync.authority import QUORUM, Directory, Member, Role, State
from kit.sync.fleet import (
    AccessOpened,
    DeviceEndorsed,
    DeviceEnrolled,
    DeviceRevoked,
    InterimNamed,
    facts_of,
    identity_of,
)
from kit.sync.fleet import directory_of as read_directory

LEAST_PREFIX = 6
KEY_HEX = 64
SENIORS = ("MED", "PHA", "CAD", "DIR")

NOT_STEERING = sentence(
    "device.not_steering",
    N_(
        "This kit does not steer the fleet, so it cannot decide this. Nothing was recorded. Do it"
        " on a steering kit."
    ),
)
UNKNOWN = sentence(
    "device.unknown",
    N_("No kit of this fleet is called {kit}. Nothing was recorded. Check the list of kits."),
)
SEVERAL = sentence(
    "device.several",
    N_("Several kits are called {kit}. Nothing was recorded. Give the first signs of its key."),
)
NO_REASON = sentence(
    "device.no_reason", N_("A reason is needed: the log keeps it. Nothing was recorded.")
)
OWN = sentence(
    "device.own",
    N_("A kit does not put itself out of the fleet. Nothing was recorded. Do it on another one."),
)
BAD_KEYS = sentence(
    "device.bad_keys",
    N_("The keys of this kit are not complete. Nothing was recorded. Start the pairing again."),
)
BAD_ROLE = sentence(
    "device.bad_role",
    N_("A kit is one of: {list}; a ward kit names its wards. Nothing was recorded."),
)
REVOKED = sentence(
    "device.was_revoked",
    N_(
        "{label} was put out of the fleet, which is for good. Nothing was recorded. Make the kit"
        " anew on that machine, then pair it."
    ),
)
ALREADY = sentence(
    "device.already", N_("{label} already is in the fleet, as this. Nothing was recorded.")
)
SECOND_KEY = sentence(
    "device.second_key",
    N_(
        "A steering kit takes two keys: this counts once a second steering kit agrees, or the root"
        " envelope is used."
    ),
)
NOTHING_TO_AGREE = sentence(
    "device.nothing_to_agree",
    N_("Nobody has proposed {label} as a steering kit. Nothing was recorded."),
)
NOT_WARD = sentence(
    "fleet.not_a_ward_kit",
    N_("Only ward kits vote, and only for one of them. Nothing was recorded."),
)
NO_NEED = sentence(
    "fleet.steering_is_here",
    N_(
        "The fleet has steering kits ({list}). The vote is recorded; if one of them still works,"
        " use it instead."
    ),
)
NOT_TWO = sentence(
    "access.two_persons",
    N_(
        "Opening a ward on its own kit takes two seniors, each with their own PIN: yourself and"
        " one more. Nothing was recorded."
    ),
)
NOT_OURS = sentence(
    "access.not_ours",
    N_(
        "This kit neither steers nor holds ward {ward}, so it cannot open it. Nothing was recorded."
    ),
)


class Standing(msgspec.Struct, frozen=True):
    """What a rule knows: the fleet, this kit's own key, the kit that is meant, the cut there."""

    directory: Directory
    me: bytes
    found: tuple[Member, ...] = ()
    cut: dict[str, int] = {}
    proposals: tuple[DeviceEnrolled, ...] = ()
    seniors: tuple[str, ...] = ()

    @property
    def mine(self) -> Member | None:
        """This kit."""
        return self.directory.get(self.me)

    @property
    def steers(self) -> bool:
        """Whether this kit takes ward-level decisions."""
        return self.mine is not None and self.mine.steers

    @property
    def is_steering(self) -> bool:
        """Whether it is a full steering kit."""
        return self.steers and self.mine is not None and self.mine.grant.role == Role.STEERING

    def one(self, asked: str) -> Member | Refused:
        """The kit that was asked for."""
        if not self.found:
            return UNKNOWN(kit=asked)
        return self.found[0] if len(self.found) == 1 else SEVERAL(kit=asked)


def own_device(db: Reader) -> bytes:
    """This kit's public key, from a feed of its own; empty where it has not written yet."""
    found = db.row("select device from feed where own=1 limit 1")
    return bytes(found[0]) if found else b""


def find_members(directory: Directory, asked: str) -> tuple[Member, ...]:
    """Kits by the first signs of their key (6 or more, hexadecimal), or by their exact label."""
    text = asked.strip().lower()
    by_key = [
        m for d, m in sorted(directory.members.items())
        if len(text) >= LEAST_PREFIX and d.hex().startswith(text)
    ]  # fmt: skip
    by_label = [m for _, m in sorted(directory.members.items()) if m.label.lower() == text]
    return tuple(by_key or by_label)


def cut_of(db: Reader, device: bytes) -> dict[str, int]:
    """How far each feed of a device has come here: what a revocation now lets count."""
    rows = db.rows(
        "select feed, seq from feed where device=? and length(feed)=16 and seq>0", device
    )
    return {bytes(feed).hex(): seq for feed, seq in rows}


def standing(db: Reader, asked: str = "") -> Standing:
    """What the rules need."""
    directory = read_directory(db, identity_of(db))
    found = find_members(directory, asked) if asked else ()
    cut = cut_of(db, found[0].device) if len(found) == 1 else {}
    return Standing(directory, own_device(db), found, cut)


def unhexed(text: str) -> bytes:
    """Bytes of a hexadecimal text; empty for anything else."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


@command("device.enrol", action="pair_kit")
class EnrolDevice(Command):
    """Take a kit in. device, exchange: public keys, certificate: DER, all in hexadecimal."""

    device: str
    label: str
    role: str
    wards: tuple[str, ...] = ()
    exchange: str = ""
    certificate: str = ""


@rule(EnrolDevice, load=lambda db, ask, _act: standing(db, ask.device))
def enrol(state: Standing, ask: EnrolDevice, act: Act) -> Decision | Refused:
    """One steering key takes a kit in; a steering kit needs a second one to agree."""
    if not (state.is_steering if ask.role == Role.STEERING else state.steers):
        return NOT_STEERING()
    if ask.role not in tuple(Role) or (ask.role == Role.WARD) != bool(ask.wards):
        return BAD_ROLE(list=", ".join(Role))
    if len(ask.device) != KEY_HEX or len(ask.exchange) != KEY_HEX or not unhexed(ask.certificate):
        return BAD_KEYS()
    known = state.found[0] if state.found else None
    if known is not None and known.state is State.REVOKED:
        return REVOKED(label=known.label)
    enrolled = DeviceEnrolled(
        device=unhexed(ask.device), label=ask.label.strip() or ask.device[:8], role=ask.role,
        wards=ask.wards, exchange=unhexed(ask.exchange), certificate=unhexed(ask.certificate),
        edition=known.edition + 1 if known else 0,
    )  # fmt: skip
    if known is not None and known.is_member and _same(known, enrolled):
        return ALREADY(label=known.label)
    notices = (SECOND_KEY.notice(),) if ask.role == Role.STEERING else ()
    return Decision((Outcome(enrolled),), notices, {"device": ask.device})


def _same(known: Member, enrolled: DeviceEnrolled) -> bool:
    return (
        known.label, known.grant.role, known.grant.wards, known.exchange, known.certificate,
    ) == (
        enrolled.label, enrolled.role, tuple(enrolled.wards), enrolled.exchange,
        enrolled.certificate,
    )  # fmt: skip


@command("device.endorse", action="endorse_kit")
class EndorseDevice(Command):
    """Agree, as a second steering kit, that this one becomes a steering kit."""

    device: str


def _load_proposals(db: Reader, ask: EndorseDevice, _act: Act) -> Standing:
    state = standing(db, ask.device)
    if len(state.found) != 1:
        return state
    device = state.found[0].device
    said = sorted(facts_of(db), key=lambda fact: fact.order)
    proposals = tuple(
        fact.data for fact in said
        if fact.kind == "device.enrolled" and fact.data.device == device
        and fact.data.role == Role.STEERING and fact.author != state.me
    )  # fmt: skip
    return msgspec.structs.replace(state, proposals=proposals)


@rule(EndorseDevice, load=_load_proposals)
def endorse(state: Standing, ask: EndorseDevice, act: Act) -> Decision | Refused:
    """The last proposal that another kit made is what is agreed to."""
    if not state.is_steering:
        return NOT_STEERING()
    member = state.one(ask.device)
    if isinstance(member, Refused):
        return member
    if member.state is State.REVOKED:
        return REVOKED(label=member.label)
    if not state.proposals or (member.is_member and member.grant.role == Role.STEERING):
        return NOTHING_TO_AGREE(label=member.label)
    said = state.proposals[-1]
    return accepted(DeviceEndorsed(device=said.device, digest=said.digest))


@command("device.revoke", action="revoke_kit")
class RevokeDevice(Command):
    """Put a kit out of the fleet, for good. device: first signs of its key, or its label."""

    device: str
    reason: str


@rule(RevokeDevice, load=lambda db, ask, _act: standing(db, ask.device))
def revoke(state: Standing, ask: RevokeDevice, act: Act) -> Decision | Refused:
    """What this kit has of it counts; what comes later is set aside to be looked at."""
    if not state.steers:
        return NOT_STEERING()
    member = state.one(ask.device)
    if isinstance(member, Refused):
        return member
    if not ask.reason.strip():
        return NO_REASON()
    if member.device == state.me:
        return OWN()
    steering = member.grant.role == Role.STEERING
    if steering and not state.is_steering:
        return NOT_STEERING()
    revoked = DeviceRevoked(device=member.device, cut=state.cut, reason=ask.reason.strip())
    alone = steering and len({*member.revoked_by, state.me}) < QUORUM
    notices = (SECOND_KEY.notice(),) if alone and member.state is not State.REVOKED else ()
    answer = {"device": member.device.hex(), "label": member.label}
    return Decision((Outcome(revoked),), notices, answer)


@command("access.open", action="open_ward")
class OpenAccess(Command):
    """Break-glass: give a kit a ward's entries; on a ward's own kit a second senior signs too."""

    ward: str
    device: str
    reason: str


def _load_seniors(db: Reader, ask: OpenAccess, act: Act) -> Standing:
    state = standing(db, ask.device)
    marks = ",".join("?" * len(SENIORS))
    rows = db.rows(
        f"select id, name from person where profession in ({marks}) and id in (?,?)",  # noqa: S608  (marks only)
        *SENIORS, act.actor, act.second,
    )  # fmt: skip
    return msgspec.structs.replace(state, seniors=tuple(name for _id, name in sorted(rows)))


@rule(OpenAccess, load=_load_seniors)
def open_access(state: Standing, ask: OpenAccess, act: Act) -> Decision | Refused:
    """An order of steering, or two named seniors at a kit that holds the ward; always logged."""
    member = state.one(ask.device)
    if isinstance(member, Refused):
        return member
    if not ask.reason.strip():
        return NO_REASON()
    ours = state.directory.may_read(state.me, f"w:{ask.ward}")
    if not state.is_steering and not ours:
        return NOT_OURS(ward=ask.ward)
    persons = state.seniors or (act.actor,)
    if not state.is_steering and len(state.seniors) < QUORUM:
        return NOT_TWO()
    opened = AccessOpened(
        ward=ask.ward, device=member.device, reason=ask.reason.strip(), persons=persons
    )
    return accepted(opened, label=member.label)


@command("fleet.vote", action="name_interim")
class NameInterim(Command):
    """A ward kit's vote for the kit that coordinates while no steering kit is left."""

    device: str
    reason: str = ""


@rule(NameInterim, load=lambda db, ask, _act: standing(db, ask.device))
def vote(state: Standing, ask: NameInterim, act: Act) -> Decision | Refused:
    """More than half of the ward kits name one of them; it is given no ward's key by that."""
    member = state.one(ask.device)
    if isinstance(member, Refused):
        return member
    both = (state.mine, member)
    if not all(one and one.is_member and one.grant.role == Role.WARD for one in both):
        return NOT_WARD()
    steering = ", ".join(one.label for one in state.directory.steering())
    notices = (NO_NEED.notice(list=steering),) if steering else ()
    named = InterimNamed(device=member.device, reason=ask.reason.strip())
    return Decision((Outcome(named),), notices, {"label": member.label})
