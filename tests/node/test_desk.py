"""The desk: acts are recorded once, by somebody who may, and are there after a restart."""

from __future__ import annotations

from pathlib import Path

from kit.people.permission import PROFESSIONS, may
from tests.node.kits import HOUR, NOW, PIN, Clock, ask, call, do, new_node, sealed_node, signed_in


def test_an_acknowledged_entry_is_there_after_the_node_was_opened_again(tmp_path: Path) -> None:
    """What was acknowledged is read back from the file, with its author's name."""
    node, phrase = signed_in(tmp_path)
    done = do(node, "vitals.record", patient="P1", values={"hr": "88", "temp": "37,2"})
    node.close()
    again = sealed_node(tmp_path, Clock())
    call(again, "unlock", phrase=phrase)
    person = call(again, "sign_in", person="Claire Dubois", pin=PIN)
    assert person["role"] == "IDE"
    rows = ask(again, "vitals.history", patient="P1")
    assert [(row["entry"], row["values"], row["actor_name"]) for row in rows] == [
        (done["entries"][0], {"hr": "88", "temp": "37.2"}, "Claire DUBOIS")
    ]


def test_a_command_sent_twice_under_one_key_is_recorded_once(tmp_path: Path) -> None:
    """A screen that repeats itself after a restart of the node gives no second dose."""
    node, _phrase = signed_in(tmp_path)
    first = do(node, "vitals.record", key="k1", patient="P1", values={"hr": "80"})
    second = do(node, "vitals.record", key="k1", patient="P1", values={"hr": "80"})
    assert first["entries"] == second["entries"]
    assert len(ask(node, "vitals.history", patient="P1")) == 1


def test_nobody_signed_in_records_nothing(tmp_path: Path) -> None:
    """Each act has an author: without one it is refused."""
    node, _phrase = new_node(tmp_path)
    refused = do(node, "vitals.record", patient="P1", values={"hr": "80"})["refused"]
    assert refused["code"] == "permission.nobody"
    assert node.desk.kit.db.rows("select * from vitals") == []


def test_the_node_enforces_the_table_of_roles_for_each_profession(tmp_path: Path) -> None:
    """Hidden or not on a screen, a command that a role may not do is refused by the node."""
    for place, profession in enumerate(PROFESSIONS):
        node, _phrase = signed_in(tmp_path / str(place), profession=profession)
        answered = do(node, "vitals.record", patient="P1", values={"hr": "80"})
        assert ("entries" in answered) is may("write_observation", profession), profession
        node.close()


def test_a_logistician_may_not_read_a_chart_but_may_read_figures(tmp_path: Path) -> None:
    """Reading is enforced as writing is."""
    node, _phrase = signed_in(tmp_path, profession="LOG")
    assert ask(node, "patient.banner", patient="P1")["refused"]["code"] == "permission.denied"
    assert ask(node, "snapshot.list") == []


def test_unknown_names_and_fields_are_named_and_change_nothing(tmp_path: Path) -> None:
    """A wrong call says which name or field, and leaves the log as it was."""
    node, _phrase = signed_in(tmp_path)
    before = node.desk.kit.log.lam
    assert do(node, "vitals.invent")["fault"]["code"] == "CMD-001"
    assert ask(node, "vitals.invent")["fault"]["code"] == "CMD-003"
    wrong = do(node, "vitals.record", patient="P1", valeurs={})["fault"]
    assert (wrong["code"], "valeurs" in wrong["args"]["why"]) == ("CMD-002", True)
    assert node.desk.kit.log.lam == before


def test_every_fault_and_refusal_carries_a_french_sentence(tmp_path: Path) -> None:
    """What a person reads is a sentence, not a code."""
    node, _phrase = signed_in(tmp_path)
    for answered in (
        do(node, "vitals.record", patient="P1", values={"hr": "888"})["refused"],
        do(node, "administration.give", patient="P1", prescription="R9")["refused"],
        do(node, "rien")["fault"],
        call(node, "print.page", job="x")["fault"],
    ):
        assert len(answered["args"]["text"].split()) > 3
        assert "{" not in answered["args"]["text"]


def test_a_clock_in_2001_is_not_believed_and_records_all_the_same(tmp_path: Path) -> None:
    """A dead battery costs the quality of the time, never the entry (sync.md §4.3)."""
    clock = Clock()
    node, phrase = signed_in(tmp_path, clock)
    do(node, "vitals.record", patient="P1", values={"hr": "80"})
    node.close()
    for year_ms in (1_000_000_000_000, 4_080_000_000_000):
        clock.now = year_ms
        again = sealed_node(tmp_path, clock)
        facts = call(again, "unlock", phrase=phrase)
        assert facts["status"]["clock_quality"] == 0
        call(again, "sign_in", person="Claire Dubois", pin=PIN)
        assert "entries" in do(again, "vitals.record", patient="P1", values={"hr": "81"})
        assert call(again, "clock.set", at_ms=NOW + HOUR)["clock_quality"] == 1
        assert abs(again.desk.now() - NOW - HOUR) < 1000
        again.close()


def test_the_last_entry_in_the_log_moves_the_floor_of_a_believable_clock(tmp_path: Path) -> None:
    """A clock before the last entry is not believed even where it is after the build."""
    clock = Clock(NOW + 10 * 24 * HOUR)
    node, phrase = signed_in(tmp_path, clock)
    do(node, "vitals.record", patient="P1", values={"hr": "80"})
    node.close()
    clock.now = NOW + 24 * HOUR
    again = sealed_node(tmp_path, clock)
    assert call(again, "unlock", phrase=phrase)["status"]["clock_quality"] == 0


def test_changes_are_told_by_topic(tmp_path: Path) -> None:
    """A screen learns that this patient's vitals changed."""
    node, _phrase = signed_in(tmp_path)
    told: list[dict[str, object]] = []
    node.tell = told.append
    do(node, "vitals.record", patient="P1", values={"hr": "80"})
    assert {"changed": ["patient:P1", "vitals"]} in told


def test_a_sealed_node_answers_nothing_about_patients(tmp_path: Path) -> None:
    """Before the phrase there is no name, no count, no query."""
    node, _phrase = signed_in(tmp_path)
    node.close()
    sealed = sealed_node(tmp_path, Clock())
    assert ask(sealed, "ward.board", ward="CARD")["fault"]["code"] == "NOD-002"
    assert "status" not in call(sealed, "hello")
