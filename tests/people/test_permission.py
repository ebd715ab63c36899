"""Who may do what: the table, cell by cell, as the store study (§4) draws it."""

from __future__ import annotations

import pytest

from kit.core.command import COMMANDS
from kit.core.query import QUERIES
from kit.node.rooms import LOCAL_ROOMS
from kit.people.permission import GRANTED, PROFESSIONS, actions, grant, may

# Columns: AS IDE MED PHA CAD DIR SI DPO COM LOG ADM AUD ANI; ● yes, U unit, UB unit or
# break-glass, B break-glass, 2 two persons, 2R two persons or a reason, O own, E exercise, – no.
MATRIX = """
find_patient            U  ●  ●  ●  ●  –  –  –  –  –  –  –  E
open_record             U  UB UB UB UB –  –  –  –  –  –  –  E
open_protected_record   B  B  B  B  B  –  –  –  –  –  –  –  –
write_observation       U  U  U  –  U  –  –  –  –  –  –  –  E
correct_entry           U  U  U  –  U  –  –  –  –  –  –  –  E
prescribe               –  –  UB –  –  –  –  –  –  –  –  –  E
validate_prescription   –  –  –  ●  –  –  –  –  –  –  –  –  E
record_administration   –  U  U  –  U  –  –  –  –  –  –  –  E
move_patient            –  U  ●  –  ●  –  –  –  –  –  –  –  E
merge_identities        –  –  2  –  2  –  –  –  –  –  –  –  E
print_patient           U  U  U  ●  U  –  –  –  –  –  –  –  E
print_blank             ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  –  E
export_patient_data     –  –  2  –  2  –  –  2  –  –  –  –  –
message                 ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  –  E
broadcast_order         –  –  –  –  –  ●  –  –  –  –  –  –  E
write_log_book          –  –  –  –  ●  ●  ●  ●  ●  ●  –  –  E
validate_log_book       –  –  –  –  –  ●  –  –  –  –  –  –  E
read_dashboard          –  –  –  ●  ●  ●  ●  ●  ●  ●  ●  ●  E
write_service_state     –  –  –  –  ●  ●  ●  –  –  ●  ●  –  E
write_statement         –  –  –  –  –  ●  –  –  ●  –  –  –  E
enrol_person            –  –  –  –  U  ●  –  –  –  –  ●  –  E
pair_kit                –  –  –  –  –  2R 2R –  –  –  2R –  –
revoke_kit              –  –  –  –  –  2R 2R –  –  –  2R –  –
endorse_kit             –  –  –  –  –  ●  ●  –  –  –  ●  –  –
use_envelope            –  –  –  –  –  ●  ●  –  –  –  ●  –  –
adopt_entry             –  –  U  U  U  –  –  –  –  –  –  –  –
open_ward               –  –  ●  ●  ●  ●  –  –  –  –  –  –  –
name_interim            –  –  ●  –  ●  ●  –  –  –  –  –  –  –
share_recovery          –  –  –  –  –  2  2  2  –  –  –  –  –
back_up                 –  –  –  –  –  –  ●  –  –  –  ●  –  –
update_kit              –  –  –  –  –  –  2  –  –  –  2  –  –
read_accesses           O  O  O  O  U  –  –  ●  –  –  –  ●  –
export_evidence         –  –  –  –  –  2  2  2  –  –  –  ●  –
close_crisis            –  –  2  –  –  2  –  2  –  –  –  –  –
import_snapshot         –  ●  ●  ●  ●  ●  ●  –  –  ●  ●  –  –
tell_needs              U  U  U  –  ●  ●  ●  –  –  ●  –  –  E
carry_bundle            ●  ●  ●  ●  ●  ●  ●  –  ●  ●  ●  –  ●
set_network             ●  ●  ●  ●  ●  ●  ●  –  ●  ●  ●  –  ●
take_release            –  –  –  –  ●  ●  ●  –  –  ●  ●  –  –
seal_envelope           –  –  –  –  –  ●  ●  –  –  –  ●  –  –
read_figures            ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●
read_reference          ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●
"""
CELLS = {
    "●": "yes", "U": "unit", "UB": "unit_or_break_glass", "B": "break_glass", "2": "two",
    "2R": "two_or_reason", "O": "own", "E": "exercise", "–": "no",
}  # fmt: skip
ROWS = {line.split()[0]: line.split()[1:] for line in MATRIX.strip().splitlines()}


@pytest.mark.parametrize(
    ("action", "profession", "cell"),
    [
        (action, profession, CELLS[cell])
        for action, cells in ROWS.items()
        for profession, cell in zip(PROFESSIONS, cells, strict=True)
    ],
)
def test_each_cell_is_as_drawn(action: str, profession: str, cell: str) -> None:
    assert grant(action, profession) == cell
    assert may(action, profession) is (
        cell in {"yes", "unit", "unit_or_break_glass", "two_or_reason"}
    )


def test_the_table_has_no_row_that_is_not_drawn() -> None:
    assert set(actions()) == set(ROWS)


def test_what_the_table_does_not_name_is_refused() -> None:
    """Default deny: a new action or a misspelt profession opens nothing."""
    assert not may("an action to come", "MED")
    assert not may("find_patient", "XXX")
    assert not may("find_patient", "")
    assert may("", "anybody")


def test_every_command_and_query_asks_for_an_action_of_the_table() -> None:
    """Else it would be refused to all, or, with an empty action, open to all."""
    assert LOCAL_ROOMS
    named = set(actions())
    assert {kind.action for kind in COMMANDS.values()} <= named
    assert {kind.action for kind in QUERIES.values()} - {""} <= named
    open_to_all = {name for name, kind in QUERIES.items() if not kind.action}
    assert open_to_all <= {"person.list"}


def test_no_technical_role_opens_a_chart_or_finds_a_patient() -> None:
    """Management and administrators see no patient (store.md §4)."""
    patients = ("find_patient", "open_record", "write_observation", "record_administration",
                "print_patient", "correct_entry", "prescribe")  # fmt: skip
    for profession in ("DIR", "SI", "DPO", "COM", "LOG", "ADM", "AUD", "ANI"):
        assert not [action for action in patients if may(action, profession)], profession


def test_break_glass_and_two_persons_open_nothing_yet() -> None:
    assert not {"break_glass", "two", "own", "exercise", "no"} & set(GRANTED)
