"""Sending a patient's record to another ward, and the patient's place with it.

The stay moves, the record is packed and both are on the disk in one commit: no patient is without
a ward because the power failed. Not for: the rule of moving (`kit.ward.move`), what a parcel is
(`kit.sync.transfer`), opening those that arrive (`parcels`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from kit.core.command import Outcome
from kit.core.envelope import entry_place
from kit.core.errors import Refused
from kit.core.event import Event, event_type
from kit.core.ids import ID_BYTES, random_id
from kit.node.desk import Desk, Who
from kit.node.work import Sliced, Steps
from kit.store.disclosure import Disclosure
from kit.store.entries import Entries
from kit.store.vault import system_random
from kit.sync.authority import ALL_WARDS, Member
from kit.sync.transfer import (
    NO_KIT,
    NOTHING,
    OWN_WARD,
    Given,
    RecordSent,
    packed,
)
from kit.ward.stay import current_ward

if TYPE_CHECKING:
    from kit.node.service import Node

KEY_BYTES = 32
EACH = 400
"""Entries read between two signs of life."""


class Sending(msgspec.Struct, frozen=True):
    """What is asked: whose record, to which ward; move: the stay too; told: whom, aloud."""

    patient: str
    ward: str
    move: bool = False
    told: str = ""


def send_record(desk: Desk, patient: str, ward: str, who: Who) -> dict[str, Any] | Refused:
    """Send everything that this kit can read of a patient to the kits of a ward, at once."""
    answer: dict[str, Any] | Refused
    answer = Sliced("transfer", sending_steps(desk, Sending(patient, ward), who)).drain()
    return answer


def sending_steps(desk: Desk, ask: Sending, who: Who) -> Steps:
    """Read the patient's entries in slices, then send them in one commit."""
    refused = refusal_to_send(desk, ask)
    if refused is not None:
        return refused
    found = _Found(desk.kit.log.entries, ask.patient)
    yield from found.steps("transfer")
    return _send(desk, ask, found, who)


def refusal_to_send(desk: Desk, ask: Sending) -> Refused | None:
    """Why nothing can be sent; None = it can."""
    if ask.ward == desk.kit.settings.ward:
        return OWN_WARD(ward=ask.ward)
    return None if ward_kits(desk, ask.ward) else NO_KIT(ward=ask.ward)


def ward_kits(desk: Desk, ward: str) -> list[Member]:
    """The kits that belong to a ward and are given its keys."""
    directory = desk.kit.membership.members.directory
    return [one for one in directory.readers(f"w:{ward}") if one.grant.has_ward(ward)]


def _send(desk: Desk, ask: Sending, found: _Found, who: Who) -> dict[str, Any] | Refused:
    moved = _moved(desk, ask, who)
    if isinstance(moved, Refused):
        return moved
    kit = desk.kit
    found.finish()
    if not found.numbers:
        return NOTHING()
    parcel = random_id(system_random(ID_BYTES))
    source = kit.settings.ward
    sent = RecordSent(
        parcel=parcel, patient=ask.patient, ward=ask.ward, source=source,
        entries=len(found.numbers) + len(moved) + 1, told=ask.told.strip(),
    )  # fmt: skip
    readers = kit.membership.members.directory.readers(f"w:{ask.ward}")
    where, written = desk.where(who), [*moved, Outcome(sent)]

    def append() -> int:
        with kit.log.transaction():
            numbers = [*found.numbers, *kit.log.append(written, where)]
            given = _given(desk, numbers)
            route, key = (parcel, source, ask.ward), system_random(KEY_BYTES)
            events = packed(given, route, key, readers)
            kit.log.append([Outcome(event) for event in events], where)
            written.extend(Outcome(event) for event in events)
        return sum(len(one.entries) for one in given)

    count = kit.written(append)
    desk.committed(outcome.event for outcome in written)
    kits = [one.label for one in ward_kits(desk, ask.ward)]
    return {"parcel": parcel, "entries": count, "ward": ask.ward, "kits": kits}


def _moved(desk: Desk, ask: Sending, who: Who) -> list[Outcome] | Refused:
    """The stay's move to that ward, where it is asked and the patient is not there already."""
    if not ask.move or current_ward(desk.kit.db, ask.patient) == ask.ward:
        return []
    args = {"patient": ask.patient, "ward": ask.ward}
    decision = desk.weigh("stay.move", args, who)
    return decision if isinstance(decision, Refused) else list(decision.outcomes)


def _given(desk: Desk, numbers: Iterable[int]) -> list[Given]:
    disclosure = Disclosure(desk.kit.log, desk.kit.membership.members)
    by_feed: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for n in numbers:
        opening, found = disclosure.opening(n), disclosure.disclose(n)
        if opening is not None and found is not None:
            by_feed.setdefault(opening, []).append(found)
    return [Given(opening, tuple(entries)) for opening, entries in by_feed.items()]


class _Found:
    """All ward entries about a patient, and those that name one of them, as far as was read."""

    def __init__(self, entries: Entries, patient: str) -> None:
        self.numbers: list[int] = []
        self._entries, self._patient = entries, patient
        self._about: set[int] = set()
        self._seen: set[int] = set()

    def steps(self, job: str) -> Iterator[dict[str, Any]]:
        """Read them all; a sign of life now and then."""
        total = self._entries.count()
        for done, _n in enumerate(self._read(), 1):
            if done % EACH == 0:
                yield {"job": job, "done": done, "total": total}

    def finish(self) -> None:
        """What was written while the others were read."""
        for _n in self._read():
            pass

    def _read(self) -> Iterator[int]:
        for n, reading in self._entries.readings(self._seen):
            self._seen.add(n)
            self._look(n, reading)
            yield n

    def _look(self, n: int, reading: Any) -> None:
        row = self._entries.feeds.by_number.get(entry_place(n)[0])
        if row is None or not row.scope.startswith("w:") or not isinstance(reading, tuple):
            return
        stamp, event = reading
        if self._names(event) or self._about.intersection(stamp.base):
            self._about.add(n)
            self.numbers.append(n)

    def _names(self, event: Event) -> bool:
        return event_type(event).by_patient and getattr(event, "patient", "") == self._patient


def _ask(args: dict[str, Any]) -> Sending:
    return Sending(
        str(args["patient"]), str(args["ward"]), move=bool(args.get("move")),
        told=str(args.get("told", "")),
    )  # fmt: skip


def _transfer(node: Node, args: dict[str, Any]) -> Sliced | Refused:
    """`patient.transfer {patient, ward, move?, told?}`: the record to the ward the patient goes to.

    move: the stay too.
    """
    refused = node.desk.permitted("move_patient", node.who)
    if refused is not None:
        return refused
    node.jobs["transfer"] = Sliced("transfer", sending_steps(node.desk, _ask(args), node.who))
    return node.jobs["transfer"]


def _preview(node: Node, args: dict[str, Any]) -> Sliced | Refused:
    """`transfer.preview {patient, ward}`: how many entries would go, or why none would."""
    desk, ask = node.desk, _ask(args)
    refused = desk.permitted("move_patient", node.who) or refusal_to_send(desk, ask)
    if refused is None and ask.ward != current_ward(desk.kit.db, ask.patient):
        decision = desk.weigh("stay.move", {"patient": ask.patient, "ward": ask.ward}, node.who)
        refused = decision if isinstance(decision, Refused) else None
    return refused or Sliced("transfer", _count(desk, ask))


def _count(desk: Desk, ask: Sending) -> Steps:
    found = _Found(desk.kit.log.entries, ask.patient)
    yield from found.steps("transfer")
    kits = [one.label for one in ward_kits(desk, ask.ward)]
    return {"entries": len(found.numbers), "kits": kits}


def _wards(node: Node, _args: dict[str, Any]) -> list[dict[str, Any]] | Refused:
    """`transfer.wards`: every other ward, with the kits that would receive there.

    Of a kit: label, state as in `peers` (`known` where no network runs), seen_ms (0 = never).
    """
    desk = node.desk
    if (refused := desk.permitted("move_patient", node.who)) is not None:
        return refused
    names: dict[str, str] = dict(desk.kit.db.rows("select code, name from ward"))
    directory = desk.kit.membership.members.directory
    for member in directory.members.values():
        if member.is_member:
            names |= {w: names.get(w) or w for w in member.grant.wards if w != ALL_WARDS}
    seen = {row["key"]: row for row in node.network.peers.rows()} if node.network else {}

    def kit(member: Member) -> dict[str, Any]:
        row = seen.get(member.device.hex(), {})
        return {
            "label": member.label, "state": row.get("state", "known"),
            "seen_ms": row.get("seen_ms", 0),
        }  # fmt: skip

    return [
        {"ward": ward, "name": names[ward], "kits": [kit(one) for one in ward_kits(desk, ward)]}
        for ward in sorted(names)
        if ward != desk.kit.settings.ward
    ]


SERVICES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "patient.transfer": _transfer,
    "transfer.preview": _preview,
    "transfer.wards": _wards,
}
