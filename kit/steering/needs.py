"""What a person tells of a ward in one sheet: how it works, what it lacks, which beds are out.

No kit can know it, so somebody says it, in under a minute and beginning with what was said last.
Figures that a kit computes by itself stand in `situation`. Source: steering.md §5.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.core.receipt import order_key

COMMENT_LIMIT = 280
UNKNOWN = -1


class Mode(StrEnum):
    """How a ward works: the hospital's record, the kit, kit and paper, paper only, not at all."""

    NORMAL = "normal"
    KIT = "kit"
    MIXED = "mixed"
    PAPER = "paper"
    CLOSED = "closed"


@event("needs.told", scope=Scope.OPERATIONS)
class NeedsTold(Event):
    """What a person says of the ward. mode: a Mode; needs: codes; beds_blocked: -1 = not said."""

    ward: str
    mode: str
    needs: tuple[str, ...] = ()
    comment: str = ""
    beds_blocked: int = UNKNOWN
    staff: int = UNKNOWN
    staff_needed: int = UNKNOWN
    kit: str = ""


table(
    "needs",
    """create table needs(
        n integer primary key, ward text not null, at integer not null, clk integer not null,
        actor text not null, mode text not null, needs text not null, comment text not null,
        beds_blocked integer not null, staff integer not null, staff_needed integer not null,
        kit text not null, ord blob not null);
    create index needs_ward on needs(ward, ord)""",
)


@folds(NeedsTold, facts="needs")
def _needs(db: Writer, stamp: Stamp, data: NeedsTold) -> None:
    db.execute(
        "insert or ignore into needs values(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        stamp.n, data.ward, stamp.wall, stamp.clk, stamp.actor, data.mode, " ".join(data.needs),
        data.comment, data.beds_blocked, data.staff, data.staff_needed, data.kit, order_key(stamp),
    )  # fmt: skip


@cache
def situation_table() -> dict[str, Any]:
    """The limits of freshness and of states, and the list of needs: `data/situation.toml`."""
    text = (resources.files("kit.steering") / "data" / "situation.toml").read_text("utf-8")
    return tomllib.loads(text)


def need_codes() -> tuple[str, ...]:
    """What a ward may ask for, in the order of the sheet."""
    return tuple(one["need"] for one in situation_table()["need"])


BAD_MODE = sentence(
    "needs.bad_mode", N_("A ward works in one of these ways: {list}. Nothing was recorded.")
)
BAD_NEED = sentence(
    "needs.bad_need",
    N_("{need} is not in the list of needs. Nothing was recorded. Write it as a comment."),
)
TOO_LONG = sentence(
    "needs.too_long",
    N_("This comment is too long ({length} characters, at most {limit}). Nothing was recorded."),
)
NO_WARD = sentence("needs.no_ward", N_("This kit knows no ward {ward}. Nothing was recorded."))
OTHER_WARD = sentence(
    "needs.other_ward",
    N_("This kit stands at {unit}, so it cannot speak for {ward}. Nothing was recorded."),
)
BAD_NUMBER = sentence(
    "needs.bad_number",
    N_("A number of beds or people lies between 0 and 999. Nothing was recorded."),
)


@command("needs.tell", action="tell_needs")
class TellNeeds(Command):
    """Say how the ward works and what it lacks; ward empty = this kit's. -1 = not said.

    mode: `normal`, `kit`, `mixed`, `paper`, `closed`; needs: codes of the list.
    """

    mode: str
    ward: str = ""
    needs: tuple[str, ...] = ()
    comment: str = ""
    beds_blocked: int = UNKNOWN
    staff: int = UNKNOWN
    staff_needed: int = UNKNOWN


def _ward_known(db: Reader, ask: TellNeeds, act: Act) -> bool:
    return db.row("select 1 from ward where code=?", ask.ward or act.unit) is not None


@rule(TellNeeds, load=_ward_known)
def tell_needs(known: bool, ask: TellNeeds, act: Act) -> Decision | Refused:
    """A ward speaks for itself; a comment names no patient (its length leaves no room for one)."""
    ward = ask.ward or act.unit
    if not known:
        return NO_WARD(ward=ward)
    if act.unit and ward != act.unit:
        return OTHER_WARD(unit=act.unit, ward=ward)
    if ask.mode not in set(Mode):
        return BAD_MODE(list=", ".join(Mode))
    unknown = [need for need in ask.needs if need not in need_codes()]
    if unknown:
        return BAD_NEED(need=unknown[0][:40])
    if refused := _check_rest(ask):
        return refused
    told = NeedsTold(
        ward=ward, mode=ask.mode, needs=tuple(dict.fromkeys(ask.needs)),
        comment=ask.comment.strip(), beds_blocked=ask.beds_blocked, staff=ask.staff,
        staff_needed=ask.staff_needed, kit=act.kit,
    )  # fmt: skip
    return accepted(told)


def _check_rest(ask: TellNeeds) -> Refused | None:
    length = len(ask.comment.strip())
    if length > COMMENT_LIMIT:
        return TOO_LONG(length=length, limit=COMMENT_LIMIT)
    numbers = (ask.beds_blocked, ask.staff, ask.staff_needed)
    return None if all(UNKNOWN <= number < 1000 for number in numbers) else BAD_NUMBER()


class NeedsRow(Row):
    """What was last said of a ward: by whom, when (UTC ms, 0 = nothing was said)."""

    ward: str
    mode: str = ""
    needs: tuple[str, ...] = ()
    comment: str = ""
    beds_blocked: int = UNKNOWN
    staff: int = UNKNOWN
    staff_needed: int = UNKNOWN
    at: int = 0
    by: str = ""


@query("needs.current", action="read_figures")
class CurrentNeeds(Query):
    """What was last said of a ward (empty = this kit's), to begin a new sheet with: one row."""

    ward: str = ""


@answers(CurrentNeeds)
def current_needs(db: Reader, question: CurrentNeeds, asking: Asking) -> list[NeedsRow]:
    """Answer `needs.current`."""
    ward = question.ward or asking.unit
    return [newest_needs(db).get(ward, NeedsRow(ward=ward))]


def newest_needs(db: Reader) -> dict[str, NeedsRow]:
    """Ward → what was last said of it, by canonical order."""
    rows = db.rows(
        """select n.ward, n.mode, n.needs, n.comment, n.beds_blocked, n.staff, n.staff_needed, n.at,
                  coalesce(p.name, n.actor)
           from (select ward, max(ord) ord from needs group by ward) newest
           join needs n on n.ward=newest.ward and n.ord=newest.ord
           left join person p on p.id=n.actor"""
    )
    found = {}
    for row in rows:
        facts = dict(zip(NeedsRow.__struct_fields__, row, strict=True))
        found[row[0]] = NeedsRow(**{**facts, "needs": tuple(row[2].split())})
    return found


class NeedRow(Row):
    """A need that may be told: its code and its name."""

    need: str
    name: str


@query("needs.list", action="read_figures")
class Needs(Query):
    """What a ward may ask for, in the order of the sheet."""


@answers(Needs)
def needs_list(_db: Reader, _question: Needs, _asking: Asking) -> list[NeedRow]:
    """Answer `needs.list`."""
    return [NeedRow(**one) for one in situation_table()["need"]]
