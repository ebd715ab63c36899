"""Sending a patient's record to another ward.

Not for: moving the stay itself (a command of the ward), what a parcel is (`kit.sync.transfer`),
opening those that arrive (`parcels`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kit.core.envelope import entry_place
from kit.core.errors import Refused
from kit.core.event import event_type
from kit.core.ids import ID_BYTES, random_id
from kit.node.desk import Desk, Who
from kit.store.disclosure import Disclosure
from kit.store.entries import Entries
from kit.store.vault import system_random
from kit.sync.transfer import (
    NO_KIT,
    NOTHING,
    OWN_WARD,
    Given,
    packed,
)

if TYPE_CHECKING:
    from kit.node.service import Node

KEY_BYTES = 32


def send_record(desk: Desk, patient: str, ward: str, who: Who) -> dict[str, Any] | Refused:
    """Send everything that this kit can read of a patient to the kits of a ward."""
    kit = desk.kit
    source = kit.settings.ward
    if ward == source:
        return OWN_WARD(ward=ward)
    members = kit.membership.members
    readers = [one for one in members.directory.readers(f"w:{ward}") if one.grant.has_ward(ward)]
    if not readers:
        return NO_KIT(ward=ward)
    disclosure = Disclosure(kit.log, members)
    by_feed: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for n in entries_of(kit.log.entries, patient):
        opening, found = disclosure.opening(n), disclosure.disclose(n)
        if opening is not None and found is not None:
            by_feed.setdefault(opening, []).append(found)
    if not by_feed:
        return NOTHING()
    given = [Given(opening, tuple(entries)) for opening, entries in by_feed.items()]
    parcel = random_id(system_random(ID_BYTES))
    route = (parcel, source, ward)
    events = packed(given, route, system_random(KEY_BYTES), members.directory.readers(f"w:{ward}"))
    desk.record([(event, "") for event in events], who)
    count = sum(len(one.entries) for one in given)
    return {"parcel": parcel, "entries": count, "ward": ward, "kits": [r.label for r in readers]}


def entries_of(entries: Entries, patient: str) -> list[int]:
    """Numbers of all ward entries about a patient, and of those that name one of them."""
    numbers: list[int] = []
    about: set[int] = set()
    for n, reading in entries.readings():
        row = entries.feeds.by_number.get(entry_place(n)[0])
        if row is None or not row.scope.startswith("w:") or not isinstance(reading, tuple):
            continue
        stamp, event = reading
        named = event_type(event).by_patient and getattr(event, "patient", "") == patient
        if named or about.intersection(stamp.base):
            about.add(n)
            numbers.append(n)
    return numbers


def _send(node: Node, args: dict[str, Any]) -> dict[str, Any] | Refused:
    """`patient.transfer {patient, ward}`: the record to the ward that the patient goes to."""
    refused = node.desk.permitted("move_patient", node.who)
    if refused is not None:
        return refused
    return send_record(node.desk, str(args["patient"]), str(args["ward"]), node.who)


SERVICES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {"patient.transfer": _send}
