"""Nothing is declared by half: each command, query, event and table has all that belongs to it."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import msgspec
import pytest

from kit.core.command import COMMANDS, SENTENCES
from kit.core.event import EVENTS, EventType, Scope
from kit.core.projection import FOLDS
from kit.core.query import QUERIES
from kit.people.permission import PROFESSIONS, actions, grant
from tests.arch.registries import (
    GOLDEN,
    ROOMS,
    open_every_room,
    registered_commands,
    registered_events,
    registered_queries,
)
from tests.arch.source import ROOT, modules

open_every_room()


def test_every_command_has_a_rule() -> None:
    """A command without a rule would be accepted by nobody, or by everybody."""
    open_ended = [one.name for one in registered_commands() if not (one.load and one.decide)]
    assert not open_ended


def test_every_query_has_an_answer() -> None:
    """A question that nothing answers is a blank screen."""
    assert not [one.name for one in registered_queries() if one.answer is None]


def test_every_command_is_tried_by_a_test() -> None:
    """Each command is named, or its class is, in a test of its behaviour."""
    texts = [
        module.text for module in modules("tests") if not module.name.startswith("tests/arch/")
    ]
    said = "\n".join(texts)
    untried = [
        one.name
        for one in registered_commands()
        if f'"{one.name}"' not in said and not re.search(rf"\b{one.cls.__name__}\b", said)
    ]
    assert not untried


def test_every_command_needs_a_permission() -> None:
    """Nothing is recorded by whoever asks: the table of rights names each command's action."""
    assert not [one.name for one in registered_commands() if one.action not in actions()]


def test_every_question_about_a_patient_needs_a_permission() -> None:
    """A question without an action is open to every role, so it may not name a patient."""
    asked = [one for one in registered_queries() if one.action not in actions()]
    assert not [one.name for one in asked if one.action]
    assert not [one.name for one in asked if "patient" in one.cls.__struct_fields__]


def test_the_node_knows_everything_that_is_declared() -> None:
    """A room that the node forgot would have its events stored unread and its commands refused."""
    look = (
        "import kit.node.rooms\n"
        "from kit.core.command import COMMANDS\n"
        "from kit.core.event import EVENTS\n"
        "from kit.core.query import QUERIES\n"
        "print(*EVENTS, *COMMANDS, *QUERIES)"
    )
    known = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(known.stdout.split()) == {*EVENTS, *COMMANDS, *QUERIES}


def test_only_rooms_below_the_node_declare() -> None:
    """A declaration elsewhere would escape these tests and the order of the floors."""
    declaring = re.compile(r"^@(event|command|query)\(", re.MULTILINE)
    found = [module.name for module in modules() if declaring.search(module.text)]
    assert not [name for name in found if name.split("/")[1] not in ROOMS]


def test_every_event_reaches_a_table() -> None:
    """An event that no table shows would be recorded and never seen; audit is read from the log."""
    shown = [one for one in registered_events() if one.scope is not Scope.AUDIT]
    assert not [one.name for one in shown if one.name not in FOLDS]


def test_every_role_of_the_table_is_a_profession() -> None:
    """A misspelt profession would silently lose a right; a person nobody enrolled may nothing."""
    assert all(grant(action, "XXX") == "no" for action in actions())
    assert all(any(grant(action, one) != "no" for one in PROFESSIONS) for action in actions())


def test_names_say_what_kind_of_thing_they_are() -> None:
    """`family.word`, lower case: the names are in stored bytes and in the command line for ever."""
    shape = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
    assert not [name for name in [*EVENTS, *COMMANDS, *QUERIES] if not shape.fullmatch(name)]


@pytest.mark.parametrize("kind", registered_events(), ids=lambda kind: kind.name)
def test_the_first_stored_form_of_an_event_still_reads(kind: EventType) -> None:
    """Bytes written by version 1 give the same facts to-day, whatever fields were added since."""
    path = GOLDEN / f"{kind.name}.v1.json"
    assert path.exists(), "no golden file: run scripts/write_golden_events.py and keep what it adds"
    golden = json.loads(path.read_text(encoding="utf-8"))
    assert golden["type"] == kind.name
    now = json.loads(msgspec.json.encode(kind.decode(bytes.fromhex(golden["msgpack"]))))
    lost = {field: fact for field, fact in golden["data"].items() if now.get(field, fact) != fact}
    assert not lost
    assert set(golden["data"]) <= set(kind.cls.__struct_encode_fields__)


def test_no_golden_file_is_left_behind() -> None:
    """A type that was stored once stays readable for ever: its class may not vanish."""
    known = {one.name for one in registered_events()}
    kept = {path.name.rpartition(".v")[0] for path in GOLDEN.glob("*.json")}
    assert kept <= known


# What may stop a person, by the reasons that ward rule 18 admits; all else stands beside the work.
MAY_INTERRUPT = {
    "double dose": {
        "administration.already_given",
        "administration.interval",
        "administration.max_24h",
        "administration.recent_dose",
    },
    "wrong patient": {"administration.wrong_patient", "entry.other_patient"},
    "critical value": set(),
    "stop of a high-alert drug": set(),
    "key or time of the kit": set(),
}


def test_only_a_closed_list_may_interrupt() -> None:
    """Each further warning that stops the hand makes all of them easier to click away."""
    interrupting = {code for code, kind in SENTENCES.items() if kind.interrupts}
    assert interrupting == set().union(*MAY_INTERRUPT.values())
