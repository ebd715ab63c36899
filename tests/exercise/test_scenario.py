"""The main job without a screen, through the real rules and the real tables."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kit.core.text import choose_language
from kit.exercise.scenario import PRINT, Facts, play
from tests.exercise.demo_store import DemoStore

NAMES = ["choose", "find", "open", "give", "omit", "vitals", "note", "correct", "journal", "print"]


def doing(store: DemoStore, done: list[str]) -> Any:
    """Commands to the store; the printing is only noted."""

    def do(name: str, args: Facts) -> Facts:
        done.append(name)
        return {"ok": {"pages": 12}} if name == PRINT else store.do(name, args)

    return do


@pytest.mark.parametrize("ward", ["", "CARD", "MEDB", "PED", "DIAL"])
def test_every_step_is_accepted(worked_in: DemoStore, ward: str) -> None:
    """In any ward: find, open, give, omit, measure, write, correct, read back, print."""
    done: list[str] = []
    steps = play(doing(worked_in, done), worked_in.ask, ward)
    assert [step.name for step in steps] == NAMES
    assert all(step.ok for step in steps), [step for step in steps if not step.ok]
    assert done[-1] == PRINT
    assert steps[-1].facts == {"ward": steps[0].facts["ward"], "pages": 12}


def test_what_it_says_was_done_is_in_the_tables(own_valmont: DemoStore) -> None:
    """The dose is given once, the other one omitted with its reason, the note struck."""
    steps = {step.name: step for step in play(doing(own_valmont, []), own_valmont.ask, "CARD")}
    given, omitted = steps["give"].facts, steps["omit"].facts

    def fates(facts: Facts) -> set[str]:
        found = own_valmont.ask(
            "round.slots", patient=facts["patient"], since=facts["due"], until=facts["due"] + 1
        )
        return {slot.status for slot in found[0].slots}

    assert "given" in fates(given)
    assert "omitted" in fates(omitted)
    notes = own_valmont.ask("note.list", patient=given["patient"])
    struck = [note.entry for note in notes if note.struck_reason]
    assert struck == [steps["correct"].facts["struck"]]


def test_rows_may_come_as_maps(worked_in: DemoStore) -> None:
    """As they do from the node's pipe."""

    def ask(name: str, args: Facts) -> Any:
        return msgspec.to_builtins(worked_in.ask(name, args))

    assert all(step.ok for step in play(doing(worked_in, []), ask, "CARD"))


def test_a_refusal_is_told_and_does_not_stop_the_rest(worked_in: DemoStore) -> None:
    """The sentence does not claim what was not done."""

    def do(name: str, args: Facts) -> Facts:
        if name == "vitals.record":
            return {"refused": {"code": "vitals.implausible", "args": {}}}
        return {"ok": {}} if name == PRINT else worked_in.do(name, args)

    steps = {step.name: step for step in play(do, worked_in.ask, "CARD")}
    assert not steps["vitals"].ok
    assert steps["vitals"].facts["refused"] == "vitals.implausible"
    assert "vitals.implausible" in steps["vitals"].sentence
    assert steps["note"].ok


def test_an_empty_kit_ends_after_one_step() -> None:
    """And says that nobody has a dose to come."""
    steps = play(lambda _name, _args: {"ok": {}}, lambda _name, _args: [])
    assert [(step.name, step.ok) for step in steps] == [("choose", False)]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_sentences_are_whole_in_both_languages(worked_in: DemoStore, language: str) -> None:
    """No placeholder is left, and each ends as a sentence does."""
    choose_language(language)
    for step in play(doing(worked_in, []), worked_in.ask, "CARD"):
        assert "{" not in step.sentence
        assert step.sentence.endswith(".")
