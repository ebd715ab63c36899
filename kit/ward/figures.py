"""Figures of a ward at a moment: what the crisis cell sees of it without knowing anybody's name.

Counts and moments only. Doses become late by the clock alone, so the same tables give other
figures later. Not for: what a person tells of the ward (needs, mode), nor when this is computed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import msgspec

from kit.core.projection import Reader
from kit.ward.board import LOOK_BACK_MS
from kit.ward.conflict_open import count_open
from kit.ward.round import RoundRow, SlotStatus, rounds_of

SLICE_PATIENTS = 4
"""How many patients' rounds are worked out at once: about two milliseconds."""


class Figures(msgspec.Struct, frozen=True):
    """A ward in numbers.

    patients: stays that are open there; beds: that the ward has, taken: of these (or beside them),
    those with somebody in them; late, to_check: doses that were due by
    now; conflicts: open; data_at: when the newest
    extract was taken, entry_at: when somebody last wrote in a chart here (UTC ms, 0 = none).
    """

    patients: int
    beds: int
    taken: int
    late: int
    conflicts: int
    to_check: int
    data_at: int
    entry_at: int


def figures(db: Reader, ward: str, now: int) -> Figures:
    """The figures of a ward at `now` (UTC ms)."""
    steps = figures_steps(db, ward, now)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Figures = end.value
            return found


def figures_steps(db: Reader, ward: str, now: int) -> Generator[None, None, Figures]:
    """The same in slices: between two of them something else may be done, writing too."""
    lying = db.rows(
        "select distinct patient, bed from stay where ward=? and closed=0 order by bed", ward
    )
    patients = list(dict.fromkeys(str(patient) for patient, _bed in lying))
    beds = db.row("select count(*) from bed where ward=?", ward) or (0,)
    late = to_check = 0
    for part in _parts(patients):
        yield
        for row in rounds_of(db, part, now - LOOK_BACK_MS, now, now).values():
            late += _count(row, SlotStatus.LATE)
            to_check += _count(row, SlotStatus.TO_CHECK)
    yield
    return Figures(
        patients=len(patients), beds=beds[0], taken=len({bed for _patient, bed in lying if bed}),
        late=late, conflicts=count_open(db, ward), to_check=to_check, data_at=_data_at(db),
        entry_at=_entry_at(db, ward),
    )  # fmt: skip


def _parts(patients: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(patients), SLICE_PATIENTS):
        yield patients[start : start + SLICE_PATIENTS]


def _count(row: RoundRow, status: SlotStatus) -> int:
    return sum(slot.status == status for slot in row.slots)


def _data_at(db: Reader) -> int:
    found = db.row("select max(extracted) from snapshot")
    return int(found[0] or 0) if found else 0


def _entry_at(db: Reader, ward: str) -> int:
    """The latest recording by somebody here; what an extract brought is none of the ward's."""
    latest = 0
    for table in ("vitals", "note", "administration"):
        found = db.row(
            f"select max(e.wall) from stay s join {table} e on e.patient=s.patient"  # noqa: S608
            " where s.ward=? and s.closed=0 and e.src=''",
            ward,
        )
        latest = max(latest, (found[0] if found else 0) or 0)
    return latest
