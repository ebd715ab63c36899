"""The situation: one row a ward, worst first, each figure with its age; never a stale green.

A ward kit computes its figures and writes them by itself (`kit.node.situation`); what no kit can
know (how the ward works, what it lacks) a person tells in one sheet. Figures only: no name, no
number, no bed of a patient ever stands in these events. Source: steering.md §5, §6. Not for: the
figures (`kit.ward.figures`), the crisis itself.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from kit.core.clock import HOUR, MINUTE
from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.core.receipt import order_key, places_of
from kit.steering.needs import UNKNOWN, Mode, NeedsRow, newest_needs, situation_table


class WardState(StrEnum):
    """How a ward is, worst first. NEVER: no kit has ever told; SILENT: what it told is too old."""

    SILENT = "silent"
    NEVER = "never"
    CRITICAL = "critical"
    TENSION = "tension"
    BUSY = "busy"
    NORMAL = "normal"


WORST_FIRST = tuple(WardState)


@event("situation.told", scope=Scope.OPERATIONS)
class SituationTold(Event):
    """A ward kit's own figures; numbers of things, never of people. at: when they were computed.

    beds, taken, late (doses), conflicts, to_check: counts; data_at: when the newest extract was
    taken, entry_at: when somebody last wrote something here (UTC ms, 0 = never / unknown).
    """

    ward: str
    kit: str
    at: int
    patients: int
    beds: int
    taken: int
    late: int
    conflicts: int
    to_check: int = 0
    data_at: int = 0
    entry_at: int = 0
    label: str = ""


table(
    "situation",
    """create table situation(
        n integer primary key, source text not null, ward text not null, kit text not null,
        at integer not null, clk integer not null, patients integer not null, beds integer not null,
        taken integer not null, late integer not null, conflicts integer not null,
        to_check integer not null, data_at integer not null, entry_at integer not null,
        label text not null, ord blob not null);
    create index situation_source on situation(source, ord)""",
)


@folds(SituationTold, facts="situation")
def _told(db: Writer, stamp: Stamp, data: SituationTold) -> None:
    # One row an entry, so that points are kept for trends and the newest is a look-up.
    db.execute(
        "insert or ignore into situation values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        stamp.n, f"{data.ward}/{data.kit}", data.ward, data.kit, data.at, stamp.clk,
        data.patients, data.beds, data.taken, data.late, data.conflicts, data.to_check,
        data.data_at, data.entry_at, data.label, order_key(stamp),
    )  # fmt: skip


class SituationRow(Row):
    """One ward. at: when its kit computed the point (UTC ms, 0 never); age_ms: -1 where unknown.

    state: WardState, `why`: codes of what makes it so (`never`, `silent`, `clock`, `no_data`: its
    kit holds nothing yet, `kits_differ`: two of its kits count other patients, `late`, `conflicts`,
    `full`, `old_data`, `paper`, `closed`, `needs`), worst first; stale: the figures are too
    old to be shown as if they were true, hatch them; expected_at: when the next point is late;
    kit, label: which kit told it; occupied, capacity, free, late, conflicts,
    to_check, patients: None where nobody told; blocked: beds that cannot be used, -1 = not said;
    free: beds less those taken and blocked; data_at: when the ward's extract was taken, entry_at:
    when somebody last wrote something there (0 = unknown); mode, needs, comment, staff,
    staff_needed (-1 = not said), told_at, by: what a person last said; phone: of the ward.
    """

    ward: str
    name: str
    phone: str
    state: str
    why: tuple[str, ...]
    stale: bool
    at: int = 0
    age_ms: int = UNKNOWN
    expected_at: int = 0
    kit: str = ""
    label: str = ""
    patients: int | None = None
    occupied: int | None = None
    capacity: int | None = None
    blocked: int = UNKNOWN
    free: int | None = None
    late: int | None = None
    conflicts: int | None = None
    to_check: int | None = None
    data_at: int = 0
    entry_at: int = 0
    mode: str = ""
    needs: tuple[str, ...] = ()
    comment: str = ""
    staff: int = UNKNOWN
    staff_needed: int = UNKNOWN
    told_at: int = 0
    by: str = ""


@query("steering.situation", action="read_dashboard")
class Situation(Query):
    """Every ward of the hospital, worst first. since: when the crisis began (UTC ms).

    since 0: when the first kit told its first figures.
    """

    since: int = 0


@answers(Situation)
def situation(db: Reader, question: Situation, asking: Asking) -> list[SituationRow]:
    """Answer `steering.situation`."""
    told = points_of(db)
    points = {ward: kits[0] for ward, kits in told.items()}
    since = question.since or _first_point(db)
    needs = newest_needs(db)
    places = places_of(db)
    wards = dict.fromkeys([*places, *sorted({*points, *needs} - set(places))])
    known = [
        Known(ward, places.get(ward, (ward, "")), tuple(told.get(ward, ())), needs.get(ward))
        for ward in wards
    ]
    return sorted((_ward_row(one, since, asking.at_ms) for one in known), key=_worst_first)


# Each kit's first and last point by two look-ups in the index, however long the series is.
_ENDS = """with recursive source(name) as (
    select min(source) from situation union all
    select (select min(s.source) from situation s where s.source>source.name)
    from source where source.name is not null)
  select s.ward, s.kit, s.at, s.patients, s.beds, s.taken, s.late, s.conflicts, s.to_check,
    s.data_at, s.entry_at, s.label
  from source join situation s on s.source=source.name
    and s.ord=(select {end}(m.ord) from situation m where m.source=source.name)
  order by s.ord desc"""


def points_of(db: Reader) -> dict[str, list[Point]]:
    """Ward → the newest figures of each of its kits, the newest of all first (canonical order)."""
    found: dict[str, list[Point]] = {}
    for row in db.rows(_ENDS.format(end="max")):
        found.setdefault(row[0], []).append(Point(*row))
    return found


def _first_point(db: Reader) -> int:
    """When the kits went into use: a sealed kit in a cupboard computes nothing. 0 = not yet."""
    rows = db.rows(_ENDS.format(end="min"))
    return int(rows[-1][2]) if rows else 0


class Point(msgspec.Struct, frozen=True):
    """The newest figures of a ward."""

    ward: str
    kit: str
    at: int
    patients: int
    beds: int
    taken: int
    late: int
    conflicts: int
    to_check: int
    data_at: int
    entry_at: int
    label: str


class Known(msgspec.Struct, frozen=True):
    """All that is known of a ward: name and phone, figures (newest first), what a person said."""

    ward: str
    place: tuple[str, str]
    points: tuple[Point, ...]
    needs: NeedsRow | None

    @property
    def point(self) -> Point | None:
        """The newest figures."""
        return self.points[0] if self.points else None


def _worst_first(row: SituationRow) -> tuple[int, int, int, str]:
    return WORST_FIRST.index(WardState(row.state)), -len(row.why), row.at or row.told_at, row.ward


def stale_after(since: int, now: int) -> int:
    """How old a point may be, ms: less while the crisis is young."""
    limits = situation_table()
    young = 0 <= now - since < limits["early_hours"] * HOUR if since else False
    return int(limits["stale_early_min" if young else "stale_min"]) * MINUTE


def _ward_row(known: Known, since: int, now: int) -> SituationRow:
    point, told = known.point, known.needs or NeedsRow(ward=known.ward)
    found = reasons(known, since, now)
    why = tuple(code for _state, code in found)
    blocked = told.beds_blocked
    figures: dict[str, Any] = {}
    if point is not None:
        figures = {
            "at": point.at, "age_ms": now - point.at if "clock" not in why else UNKNOWN,
            "expected_at": point.at + stale_after(since, now), "kit": point.kit,
            "label": point.label, "patients": point.patients, "occupied": point.taken,
            "capacity": point.beds, "late": point.late, "conflicts": point.conflicts,
            "to_check": point.to_check, "data_at": point.data_at, "entry_at": point.entry_at,
            "free": max(0, point.beds - point.taken - max(0, blocked)),
        }  # fmt: skip
    return SituationRow(
        ward=known.ward, name=known.place[0], phone=known.place[1], why=why,
        state=found[0][0] if found else WardState.NORMAL,
        stale=point is None or bool({"silent", "clock"} & set(why)), blocked=blocked,
        mode=told.mode, needs=told.needs, comment=told.comment, staff=told.staff,
        staff_needed=told.staff_needed, told_at=told.at, by=told.by, **figures,
    )  # fmt: skip


Reason = tuple[WardState, str]


def reasons(known: Known, since: int, now: int) -> list[Reason]:
    """What makes a ward's state: (how bad, code), worst first; empty = nothing does."""
    limits, point, told = situation_table(), known.point, known.needs
    found: list[Reason] = []
    if point is None:
        found.append((WardState.NEVER, "never"))
    elif now - point.at < -limits["future_allowance_min"] * MINUTE:
        found.append((WardState.SILENT, "clock"))
    elif now - point.at > stale_after(since, now):
        found.append((WardState.SILENT, "silent"))
    if point is not None:
        found += _by_figures(point, told, now)
        if not point.beds and not point.patients:
            found.append((WardState.SILENT, "no_data"))
        fresh = [p for p in known.points if 0 <= now - p.at <= stale_after(since, now)]
        if len({p.patients for p in fresh}) > 1:
            found.append((WardState.TENSION, "kits_differ"))
    if told is not None:
        found += _by_words(told)
    return sorted(found, key=lambda one: WORST_FIRST.index(one[0]))


def _by_figures(point: Point, told: NeedsRow | None, now: int) -> list[Reason]:
    tension, critical = situation_table()["tension"], situation_table()["critical"]
    found: list[Reason] = []
    for code, value in (("late", point.late), ("conflicts", point.conflicts)):
        if value >= critical[code]:
            found.append((WardState.CRITICAL, code))
        elif value >= tension[code]:
            found.append((WardState.TENSION, code))
    blocked = max(0, told.beds_blocked) if told else 0
    if point.beds and point.beds - point.taken - blocked <= tension["free"]:
        found.append((WardState.TENSION, "full"))
    if point.data_at and now - point.data_at > tension["data_hours"] * HOUR:
        found.append((WardState.TENSION, "old_data"))
    return found


def _by_words(told: NeedsRow) -> list[Reason]:
    severe = situation_table()["critical_needs"]
    found: list[Reason] = []
    if told.needs:
        grave = bool(set(severe) & set(told.needs))
        found.append((WardState.CRITICAL if grave else WardState.BUSY, "needs"))
    if told.mode in (Mode.PAPER, Mode.CLOSED):
        found.append((WardState.BUSY, told.mode))
    return found
