"""Events, commands, queries and tables are declared once and by name."""

from __future__ import annotations

import pytest

from kit.core.command import Command, accepted, command, sentence
from kit.core.event import EVENTS, Event, event, event_type
from kit.core.projection import table
from kit.core.query import Query, query
from kit.core.text import choose_language, language, plural_translator, translator
from kit.ward import open_rooms
from kit.ward.vitals import VitalsRecorded

open_rooms()


def test_a_name_is_registered_once() -> None:
    """A second meaning for a stored name would rewrite the past."""
    with pytest.raises(ValueError, match="twice"):
        event("vitals.recorded")(type("Other", (Event,), {}))
    with pytest.raises(ValueError, match="twice"):
        command("vitals.record", action="x")(type("Other", (Command,), {}))
    with pytest.raises(ValueError, match="twice"):
        query("ward.board", action="x")(type("Other", (Query,), {}))
    with pytest.raises(ValueError, match="twice"):
        table("vitals", "")
    with pytest.raises(ValueError, match="twice"):
        sentence("vitals.empty", "")


def test_a_screen_hears_of_the_family_and_of_the_patient() -> None:
    kind = EVENTS["vitals.recorded"]
    recorded = VitalsRecorded(patient="p1", at=1, values={})
    assert kind.topics(recorded) == ("vitals", "patient:p1")
    assert event_type(recorded) is kind
    assert EVENTS["ward.described"].by_patient is False


def test_a_field_of_a_later_version_is_passed_over() -> None:
    """It stays in the stored bytes; here it must only not hinder."""
    import msgspec

    later = msgspec.msgpack.encode(
        {"patient": "p1", "at": 5, "values": {}, "new": {"deep": [1]}, "note": "x"}
    )
    assert EVENTS["vitals.recorded"].decode(later) == VitalsRecorded(
        patient="p1", at=5, values={}, note="x"
    )


def test_the_base_of_an_act_goes_to_its_first_event() -> None:
    one = VitalsRecorded(patient="p1", at=1, values={})
    decision = accepted(one, one, base=(7,), made="x")
    assert [outcome.base for outcome in decision.outcomes] == [(7,), ()]
    assert decision.answer == {"made": "x"}


def test_the_language_is_one_of_two_and_words_follow_it_at_once() -> None:
    say, count = translator("clinical"), plural_translator("clinical")
    assert (say("fasting"), count("{n} day", "{n} days", 2)) == ("à jeun", "{n}\u00a0jours")
    choose_language("en")
    assert (say("fasting"), count("{n} day", "{n} days", 2)) == ("fasting", "{n} days")
    choose_language("xx")
    assert language() == "fr"
    assert say("") == ""
    assert say("a sentence nobody translated") == "a sentence nobody translated"
