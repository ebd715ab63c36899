"""Entries that a revoked kit wrote past its cut: set aside, listed, taken over by a clinician.

They are kept and not shown; nothing is deleted. Who adopts vouches for them by name. Not for: which
entries are past a cut (`fleet.FleetMembers`), nor for laying adopted ones into tables (the store).
"""

from __future__ import annotations

from collections import defaultdict

import msgspec

from kit.core.command import N_, Act, Command, Decision, Outcome, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import Event
from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.sync.fleet import (
    EntriesAdopted,
    EntryName,
    ReportsAdopted,
    directory_of,
    identity_of,
    own_ward,
)

NONE_LEFT = sentence(
    "adoption.none",
    N_("These entries are not set aside any more. Nothing was recorded. Open the list again."),
)
OTHER_WARD = sentence(
    "adoption.other_ward",
    N_(
        "These entries belong to another ward ({list}). Nothing was recorded. A clinician of that"
        " ward looks at them on its own kit."
    ),
)
NOT_READ = sentence(
    "adoption.many", N_("At most {limit} entries at a time, so that each is looked at.")
)
MOST_AT_ONCE = 200


class SetAside(msgspec.Struct, frozen=True):
    """An entry past a cut: its number here, its name, who wrote it, in which scope."""

    n: int
    feed: bytes
    seq: int
    device: bytes
    scope: str
    lam: int


def set_aside(db: Reader) -> list[SetAside]:
    """Every entry that waits, in canonical order; of a store that keeps no quarantine, none."""
    if not db.row("select 1 from sqlite_master where type='table' and name='quarantine'"):
        return []
    rows = db.rows(
        """select q.n, substr(f.feed, 1, 16), q.n & 4294967295, f.device, f.scope, e.lam
           from quarantine q join feed f on f.n = q.n >> 32 join event e on e.n = q.n
           order by e.lam, 2, 3, q.n"""
    )
    return [SetAside(n, bytes(f), seq, bytes(d), scope, lam) for n, f, seq, d, scope, lam in rows]


@command("device.adopt", action="adopt_entry")
class AdoptEntries(Command):
    """Take over entries of a revoked kit. entries: their numbers on this kit, as listed."""

    entries: tuple[int, ...]
    reason: str = ""


class _State(msgspec.Struct, frozen=True):
    ward: str
    waiting: dict[int, SetAside]


def _load(db: Reader, ask: AdoptEntries, _act: Act) -> _State:
    return _State(own_ward(db), {one.n: one for one in set_aside(db)})


@rule(AdoptEntries, load=_load)
def adopt(state: _State, ask: AdoptEntries, act: Act) -> Decision | Refused:
    """Entries of the kit's own ward, and those that belong to no ward; by name, on each kit."""
    if len(ask.entries) > MOST_AT_ONCE:
        return NOT_READ(limit=MOST_AT_ONCE)
    chosen = [state.waiting[n] for n in ask.entries if n in state.waiting]
    if not chosen or len(chosen) < len(ask.entries):
        return NONE_LEFT()
    wards = {one.scope[2:] for one in chosen if one.scope.startswith("w:")}
    if wards - {state.ward}:
        return OTHER_WARD(list=", ".join(sorted(wards - {state.ward})))
    groups: dict[tuple[bytes, bool], list[EntryName]] = defaultdict(list)
    for one in chosen:
        groups[one.device, one.scope.startswith("w:")].append(EntryName(one.feed, one.seq))
    events: list[Event] = [
        (EntriesAdopted if clinical else ReportsAdopted)(
            device=device, entries=tuple(names), reason=ask.reason.strip()
        )
        for (device, clinical), names in sorted(groups.items())
    ]
    return Decision(tuple(Outcome(event) for event in events), (), {"adopted": len(chosen)})


class QuarantineRow(Row):
    """An entry to look at. entry: its number here; device: first 16 signs of the key."""

    entry: int
    device: str
    label: str
    scope: str
    ward: str
    seq: int


@query("quarantine.list", action="adopt_entry")
class Quarantine(Query):
    """Entries of revoked kits past their cut, in order. ward: only of this one."""

    ward: str = ""


@answers(Quarantine)
def quarantine(db: Reader, question: Quarantine, _asking: Asking) -> list[QuarantineRow]:
    """Answer `quarantine.list`."""
    waiting = set_aside(db)
    members = directory_of(db, identity_of(db)).members if waiting else {}
    rows = [
        QuarantineRow(
            entry=one.n, device=one.device.hex()[:16],
            label=members[one.device].label if one.device in members else "",
            scope=one.scope, ward=one.scope[2:] if one.scope.startswith("w:") else "", seq=one.seq,
        )
        for one in waiting
    ]  # fmt: skip
    return [row for row in rows if not question.ward or row.ward == question.ward]
