"""The fleet's journal: who took kits in, put them out, opened a ward, named an interim, and why.

Every kit shows it, the ward that was opened first of all. Not for: whether an act counts
(`authority`), what a person decides (`fleet_acts`).
"""

from __future__ import annotations

from typing import Any

from kit.core.command import N_, Act, Command, Decision, Outcome, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import EVENTS, Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.sync.authority import Directory
from kit.sync.fleet import directory_of, identity_of

KINDS = (
    "device.enrolled", "device.endorsed", "device.revoked", "access.opened", "fleet.interim",
)  # fmt: skip
LIMIT = 200

NO_ACCESS = sentence(
    "access.unknown",
    N_("No access of this kind is on record. Nothing was recorded. Read the list again."),
)


@event("access.acknowledged", scope=Scope.OPERATIONS)
class AccessAcknowledged(Event):
    """A person of the ward has read that it was opened; its base is the entry that opened it."""

    ward: str


table(
    "access_read",
    """create table access_read(
        n integer primary key, entry integer not null, ward text not null, wall integer not null,
        actor text not null);
    create index access_read_entry on access_read(entry)""",
)


@folds(AccessAcknowledged, facts="access_read")
def _acknowledged(db: Writer, stamp: Stamp, data: AccessAcknowledged) -> None:
    entry = stamp.base[0] if stamp.base else 0
    db.execute(
        "insert or ignore into access_read values(?,?,?,?,?)",
        stamp.n, entry, data.ward, stamp.wall, stamp.actor,
    )  # fmt: skip


class ActRow(Row):
    """An act. at: claimed UTC ms; label, key: the kit concerned; kit: where it was signed.

    persons: named in it; second: who signed beside; alone: why nobody did; by_root: with the
    envelope; read_by: who of the ward has read that it was opened.
    """

    entry: int
    at: int
    kind: str
    label: str
    key: str
    role: str
    wards: tuple[str, ...]
    ward: str
    ward_name: str
    reason: str
    persons: tuple[str, ...]
    by: str
    kit: str
    second: str
    alone: str
    by_root: bool
    read_by: tuple[str, ...]


@query("fleet.journal", action="read_figures")
class Journal(Query):
    """Acts of persons, newest first. ward: only openings of this one; unread: not yet read there.

    What was signed when the fleet was prepared is left out.
    """

    ward: str = ""
    unread: bool = False


@answers(Journal)
def journal(db: Reader, question: Journal, _asking: Asking) -> list[ActRow]:
    """Answer `fleet.journal`."""
    marks = ",".join("?" * len(KINDS))
    rows = db.rows(
        f"""select a.n, a.wall, a.kind, a.body, f.device, coalesce(p.name, ''), a.actor
            from authority a join feed f on f.n = a.n >> 32 left join person p on p.id=a.actor
            where a.kind in ({marks}) order by a.lam desc, a.n desc""",  # noqa: S608  (marks only)
        *KINDS,
    )
    directory = directory_of(db, identity_of(db)) if rows else Directory()
    beside, read = _beside(db), _read(db)
    made = []
    for n, wall, kind, body, author, by, actor in rows:
        data: Any = EVENTS[kind].decode(body)
        opened = kind == "access.opened"
        if not actor or (question.ward and not (opened and data.ward == question.ward)):
            continue
        if question.unread and read.get(n):
            continue
        second, alone = beside.get(n, ("", ""))
        made.append(
            ActRow(
                entry=n, at=wall, kind=kind, label=_label(directory, data.device),
                key=data.device.hex(), role=getattr(data, "role", ""),
                wards=tuple(getattr(data, "wards", ())), ward=data.ward if opened else "",
                ward_name=_ward_name(db, data.ward) if opened else "",
                reason=getattr(data, "reason", ""), persons=data.persons if opened else (), by=by,
                kit=_label(directory, bytes(author)), second=second, alone=alone,
                by_root=bool(getattr(data, "root_signature", b"")), read_by=read.get(n, ()),
            )
        )  # fmt: skip
    return made[:LIMIT]


def _label(directory: Directory, device: bytes) -> str:
    member = directory.get(device)
    return member.label if member else device.hex()[:8]


def _ward_name(db: Reader, ward: str) -> str:
    found = db.row("select name from ward where code=?", ward)
    return str(found[0]) if found else ward


def _beside(db: Reader) -> dict[int, tuple[str, str]]:
    return {n: (name, alone) for n, name, alone in db.rows("select entry,name,alone from seconded")}


def _read(db: Reader) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for n, name in db.rows(
        """select r.entry, coalesce(p.name, '') from access_read r
           left join person p on p.id=r.actor order by r.wall, r.n"""
    ):
        found[n] = (*found.get(n, ()), name)
    return found


@command("access.acknowledge", action="read_figures")
class AcknowledgeAccess(Command):
    """A person has read that their ward was opened. entry: as `fleet.journal` lists it."""

    entry: int


def _load(db: Reader, ask: AcknowledgeAccess, _act: Act) -> str:
    found = db.row("select body from authority where n=? and kind='access.opened'", ask.entry)
    if found is None:
        return ""
    data: Any = EVENTS["access.opened"].decode(found[0])
    return str(data.ward)


@rule(AcknowledgeAccess, load=_load)
def acknowledge(ward: str, ask: AcknowledgeAccess, act: Act) -> Decision | Refused:
    """It stays open; that somebody knows is on record."""
    if not ward:
        return NO_ACCESS()
    return Decision((Outcome(AccessAcknowledged(ward=ward), (ask.entry,)),))
