"""Settling a conflict: a person chooses, with a reason; what is recorded names every version.

The chosen version is recorded again by whoever settles, so that it stands alone from then on; two
kits that settle apart and otherwise are in conflict again. Not for: what is open (`conflict_open`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from kit.core.command import N_, Act, Command, Decision, Outcome, command, rule, sentence
from kit.core.envelope import BASE_LIMIT
from kit.core.errors import Refused
from kit.core.event import Event
from kit.core.projection import Reader
from kit.core.text import translator
from kit.ward import allergy
from kit.ward.conflict import ConflictRow, conflict_row, find_conflict, lying, standing_versions
from kit.ward.conflict_open import ConflictKind, Open
from kit.ward.slot import ConflictSettled, settlements_of
from kit.ward.standing import Standing, event_of, heads_of, standing_of
from kit.ward.stay import KIND as STAY
from kit.ward.stay import StayClosed, StayMoved

_ = translator("clinical")

NOT_OPEN = sentence(
    "conflict.not_open",
    N_("This conflict is not open in this kit: it is settled, or not known here. Nothing changed."),
)
NO_CHOICE = sentence(
    "conflict.no_such_choice", N_("Choose one of the versions shown. Nothing was changed.")
)
REASON_NEEDED = sentence(
    "conflict.reason_needed", N_("Say why this version holds, then sign. Nothing was changed.")
)
NOT_YOURS = sentence(
    "conflict.not_yours",
    N_("This is settled by: {list}. Nothing was changed; call one of them."),
)


@command("conflict.settle", action="correct_entry")
class SettleConflict(Command):
    """Settle a conflict. conflict, choice: as `conflict.list` names them; reason: in words."""

    conflict: str
    choice: str
    reason: str


class _State(msgspec.Struct, frozen=True):
    """The open conflict and its row; heads: what stands of it.

    stays: what stands of each stay; allergies: those that "none known" would refute.
    """

    one: Open | None
    row: ConflictRow | None = None
    heads: tuple[int, ...] = ()
    standing: tuple[Standing, ...] = ()
    stays: tuple[tuple[str, Standing, tuple[int, ...]], ...] = ()
    allergies: tuple[tuple[str, tuple[int, ...]], ...] = ()


def _load(db: Reader, ask: SettleConflict, _act: Act) -> _State:
    one = find_conflict(db, ask.conflict)
    if one is None:
        return _State(None)
    row = conflict_row(db, one)
    if one.kind == ConflictKind.DOSE:
        earlier = [n for n, _choice in settlements_of(db, one.name)]
        return _State(one, row, (*(v.entry for v in row.versions), *earlier))
    if one.kind in (ConflictKind.BED, ConflictKind.STAYS):
        places = standing_versions(db, one)
        stays = tuple(
            (stay, place, heads_of(db, STAY, stay))
            for (stay, _said), (place, _text) in zip(lying(db, one), places, strict=True)
        )
        heads = tuple(n for _stay, _place, some in stays for n in some)
        return _State(one, row, heads, stays=stays)
    standing = tuple(standing_of(db, one.kind, one.key))
    return _State(
        one, row, tuple(s.n for s in standing), standing, allergies=_active(db, one.patient)
    )


def _active(db: Reader, patient: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    rows = db.rows(
        """select allergy, substance from allergy where patient=? and certainty<>'refuted'
           order by allergy""",
        patient,
    )
    return tuple(
        (key, heads_of(db, allergy.KIND, key))
        for key, substance in rows
        if not allergy.is_negation(substance)
    )


@rule(SettleConflict, load=_load)
def settle(state: _State, ask: SettleConflict, act: Act) -> Decision | Refused:
    """Whoever may settle it chooses one of the versions, with a reason."""
    one, row = state.one, state.row
    if one is None or row is None:
        return NOT_OPEN()
    if act.role not in row.settlers:
        return NOT_YOURS(list=", ".join(row.settlers))
    chosen = next((choice for choice in row.choices if choice.choice == ask.choice), None)
    if chosen is None:
        return NO_CHOICE()
    if not ask.reason.strip():
        return REASON_NEEDED()
    said = " / ".join(version.says for version in row.versions)
    settled = ConflictSettled(
        conflict=one.name, kind=one.kind, patient=one.patient, choice=ask.choice,
        reason=ask.reason.strip(), text=f"{row.title}: {said} → {chosen.text}",
    )  # fmt: skip
    how = _HOW.get(one.kind, _chosen_again)
    outcomes = (Outcome(settled, state.heads[:BASE_LIMIT]), *how(state, ask, act))
    return Decision(outcomes, (), {"conflict": one.name})


Outcomes = list[Outcome]


def _nothing_more(_state: _State, _ask: SettleConflict, _act: Act) -> Outcomes:
    """A dose's double is told by the settlement itself (`slot`)."""
    return []


def _chosen_again(state: _State, ask: SettleConflict, _act: Act) -> Outcomes:
    """The chosen version, in the place of all that stood."""
    chosen = next(one for one in state.standing if one.version == ask.choice)
    return [Outcome(event_of(chosen), state.heads[:BASE_LIMIT])]


def _none_known(state: _State, ask: SettleConflict, act: Act) -> Outcomes:
    """The allergy stands; or none is known, and each allergy is refuted."""
    chosen = next(one for one in state.standing if one.version == ask.choice)
    if chosen.says != "none":
        return _chosen_again(state, ask, act)
    none = allergy.NoKnownAllergy(patient=event_of(chosen).patient, at=act.at_ms)
    refuted = [
        Outcome(
            allergy.AllergyRefuted(allergy=key, patient=none.patient, reason=ask.reason.strip()),
            heads[:BASE_LIMIT],
        )
        for key, heads in state.allergies
    ]
    return [*refuted, Outcome(none, state.heads[:BASE_LIMIT])]


def _stay_again(state: _State, ask: SettleConflict, act: Act) -> Outcomes:
    """The chosen place, or the departure."""
    chosen = next(one for one in state.standing if one.version == ask.choice)
    data = event_of(chosen)
    event = data if isinstance(data, StayClosed) else _moved(data, data.room, data.bed, act)
    return [Outcome(event, state.heads[:BASE_LIMIT])]


def _moved(place: Any, room: str, bed: str, act: Act) -> StayMoved:
    return StayMoved(
        stay=place.stay, patient=place.patient, ward=place.ward, room=room, bed=bed, at=act.at_ms
    )


def _one_in_bed(state: _State, ask: SettleConflict, act: Act) -> Outcomes:
    """One keeps the bed; the others stay in the ward, without a bed."""
    return _each(state, ask, act, lambda place, _stay: _moved(place, "", "", act))


def _one_stay(state: _State, ask: SettleConflict, act: Act) -> Outcomes:
    """One stay goes on; the others are closed as doubles."""
    return _each(
        state, ask, act,
        lambda place, stay: StayClosed(
            stay=stay, patient=place.patient, at=act.at_ms, destination=_("double of another stay")
        ),
    )  # fmt: skip


def _each(
    state: _State, ask: SettleConflict, act: Act, other: Callable[[Any, str], Event]
) -> Outcomes:
    """The chosen stay keeps its place by a new entry: settled otherwise elsewhere, both stand."""
    outcomes = []
    for stay, standing, heads in state.stays:
        place = event_of(standing)
        kept = standing.version == ask.choice
        event = _moved(place, place.room, place.bed, act) if kept else other(place, stay)
        outcomes.append(Outcome(event, heads[:BASE_LIMIT]))
    return outcomes


_HOW: dict[str, Callable[[_State, SettleConflict, Act], Outcomes]] = {
    ConflictKind.DOSE: _nothing_more, ConflictKind.NONE_KNOWN: _none_known,
    ConflictKind.STAY: _stay_again, ConflictKind.BED: _one_in_bed, ConflictKind.STAYS: _one_stay,
}  # fmt: skip
