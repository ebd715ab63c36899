"""Moving a patient to another bed or ward, and closing a stay: what is asked, and the rule.

Each act names the entries that stand of the stay, so that two kits that move one patient apart are
known to have done so. Not for: what moves come to (`stay`), the beds themselves (`place`).
"""

from __future__ import annotations

import msgspec

from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.envelope import BASE_LIMIT
from kit.core.errors import Refused
from kit.core.projection import Reader
from kit.ward.moment import check_moment
from kit.ward.standing import heads_of
from kit.ward.stay import KIND, StayClosed, StayMoved

NO_STAY = sentence(
    "stay.not_here",
    N_("This patient has no open stay in this kit. Nothing was changed. Check whose chart it is."),
)
SEVERAL = sentence(
    "stay.several",
    N_("This patient has several open stays. Settle that first, under “to be settled”."),
)
CHANGED = sentence(
    "stay.changed_meanwhile",
    N_("The place of this patient has changed since your screen showed it. Read it again."),
)
UNKNOWN_WARD = sentence(
    "stay.unknown_ward", N_("This kit knows no ward {ward}. Nothing was changed.")
)
UNKNOWN_BED = sentence(
    "stay.unknown_bed", N_("Ward {ward} has no bed {bed}. Nothing was changed. Check the bed.")
)
BED_TAKEN = sentence(
    "stay.bed_taken",
    N_("Bed {bed} is taken by {name}. Nothing was changed. Move that patient first."),
)
SAME_PLACE = sentence("stay.same_place", N_("The patient already lies there. Nothing was changed."))


@command("stay.move", action="move_patient")
class MovePatient(Command):
    """Move a patient. at: UTC ms, 0 = now; bed empty: in the ward, no bed yet; seen: entries."""

    patient: str
    ward: str
    bed: str = ""
    at: int = 0
    seen: tuple[int, ...] = ()


@command("stay.close", action="move_patient")
class CloseStay(Command):
    """The patient left, for `destination` (in words). at: UTC ms, 0 = now."""

    patient: str
    destination: str = ""
    at: int = 0
    seen: tuple[int, ...] = ()


class _Lies(msgspec.Struct, frozen=True):
    """An open stay and its place."""

    stay: str
    ward: str
    bed: str


class _State(msgspec.Struct, frozen=True):
    """stays: open ones; heads: what stands of the first; beds: bed → room of the ward asked for."""

    stays: tuple[_Lies, ...]
    heads: tuple[int, ...]
    ward_known: bool = True
    beds: dict[str, str] = {}
    taken_by: str = ""


def _stays(db: Reader, ask: MovePatient | CloseStay) -> _State:
    rows = db.rows(
        "select stay, ward, bed from stay where patient=? and closed=0 order by stay", ask.patient
    )
    stays = tuple(_Lies(*row) for row in rows)
    return _State(stays, heads_of(db, KIND, stays[0].stay) if stays else ())


def _with_beds(db: Reader, ask: MovePatient, _act: Act) -> _State:
    beds = dict(db.rows("select bed, room from bed where ward=?", ask.ward))
    taken = db.row(
        """select p.family||' '||p.given from stay s join patient p on p.id=s.patient
           where s.ward=? and s.bed=? and s.bed<>'' and s.closed=0 and s.patient<>?""",
        ask.ward, ask.bed, ask.patient,
    )  # fmt: skip
    return msgspec.structs.replace(
        _stays(db, ask), beds=beds, taken_by=str(taken[0]).strip() if taken else "",
        ward_known=db.row("select 1 from ward where code=?", ask.ward) is not None,
    )  # fmt: skip


def _check(state: _State, ask: MovePatient | CloseStay, act: Act) -> Refused | None:
    if not state.stays:
        return NO_STAY()
    if len(state.stays) > 1:
        return SEVERAL()
    if ask.seen and set(ask.seen) != set(state.heads):
        return CHANGED()
    return check_moment(ask.at or act.at_ms, act.at_ms)


@rule(MovePatient, load=_with_beds)
def move(state: _State, ask: MovePatient, act: Act) -> Decision | Refused:
    """A patient goes to a bed that exists and is free, or to a ward without a bed."""
    refused = _check(state, ask, act) or _check_place(state, ask)
    if refused:
        return refused
    moved = StayMoved(
        stay=state.stays[0].stay, patient=ask.patient, ward=ask.ward,
        room=state.beds.get(ask.bed, ""), bed=ask.bed, at=ask.at or act.at_ms,
    )  # fmt: skip
    return accepted(moved, base=state.heads[:BASE_LIMIT])


def _check_place(state: _State, ask: MovePatient) -> Refused | None:
    lies = state.stays[0]
    if not state.ward_known:
        return UNKNOWN_WARD(ward=ask.ward)
    if ask.bed and state.beds and ask.bed not in state.beds:
        return UNKNOWN_BED(ward=ask.ward, bed=ask.bed)
    if (lies.ward, lies.bed) == (ask.ward, ask.bed) and len(state.heads) < 2:
        return SAME_PLACE()
    return BED_TAKEN(bed=ask.bed, name=state.taken_by) if state.taken_by else None


def _open_stays(db: Reader, ask: CloseStay, _act: Act) -> _State:
    return _stays(db, ask)


@rule(CloseStay, load=_open_stays)
def close(state: _State, ask: CloseStay, act: Act) -> Decision | Refused:
    """A stay is closed once."""
    refused = _check(state, ask, act)
    if refused:
        return refused
    closed = StayClosed(
        stay=state.stays[0].stay, patient=ask.patient, at=ask.at or act.at_ms,
        destination=ask.destination.strip(),
    )  # fmt: skip
    return accepted(closed, base=state.heads[:BASE_LIMIT])
