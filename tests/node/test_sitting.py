"""Signing in: PINs, tries, sessions on record, drafts that belong to their author."""

from __future__ import annotations

from pathlib import Path

from tests.node.kits import PIN, Clock, ask, call, do, new_node, signed_in

MINUTE = 60_000


def test_a_wrong_pin_says_how_many_tries_are_left_and_then_pauses(tmp_path: Path) -> None:
    """Five wrong PINs cost five minutes, and the right one then opens."""
    clock = Clock()
    node, _phrase = signed_in(tmp_path, clock)
    call(node, "lock")
    left = [
        call(node, "sign_in", person="Claire DUBOIS", pin="0000")["refused"]["args"].get("left")
        for _ in range(5)
    ]
    assert left == [4, 3, 2, 1, 0]
    paused = call(node, "sign_in", person="Claire DUBOIS", pin=PIN)["refused"]
    assert paused["code"] == "session.paused"
    clock.now += 5 * MINUTE
    assert call(node, "sign_in", person="Claire DUBOIS", pin=PIN)["role"] == "IDE"


def test_a_clock_set_back_does_not_lock_a_person_out(tmp_path: Path) -> None:
    """The pause never outlasts five minutes, whatever becomes of the calendar."""
    clock = Clock()
    node, _phrase = signed_in(tmp_path, clock)
    for _ in range(5):
        call(node, "sign_in", person="Claire DUBOIS", pin="0000")
    clock.now -= 365 * 24 * 60 * MINUTE
    assert call(node, "sign_in", person="Claire DUBOIS", pin=PIN)["role"] == "IDE"


def test_tries_survive_a_restart_of_the_node(tmp_path: Path) -> None:
    """Killing the node gives no new tries."""
    node, phrase = signed_in(tmp_path)
    for _ in range(3):
        call(node, "sign_in", person="Claire DUBOIS", pin="0000")
    node.close()
    call(node, "unlock", phrase=phrase)
    wrong = call(node, "sign_in", person="Claire DUBOIS", pin="0000")["refused"]
    assert wrong["args"]["left"] == 1


def test_the_second_account_needs_a_role_that_may_make_it(tmp_path: Path) -> None:
    """Accounts are free at first run only; later a nurse may not make one, a manager may."""
    node, _phrase = signed_in(tmp_path)
    refused = call(node, "enrol", name="Paul MARTIN", profession="MED", pin=PIN)
    assert refused["refused"]["code"] == "permission.denied"
    other, _phrase = signed_in(tmp_path / "b", profession="CAD")
    assert "answer" in call(other, "enrol", name="Paul MARTIN", profession="MED", pin=PIN)


def test_a_pin_of_letters_or_three_digits_is_refused(tmp_path: Path) -> None:
    """The refusal says what a PIN is."""
    node, _phrase = new_node(tmp_path)
    for pin in ("", "123", "12a4"):
        refused = call(node, "enrol", name="A B", profession="IDE", pin=pin)["refused"]
        assert refused["code"] == "session.weak_pin"


def test_the_list_of_accounts_never_carries_a_verifier(tmp_path: Path) -> None:
    """What a lock screen may ask holds no secret."""
    node, _phrase = signed_in(tmp_path)
    assert "a2:" not in str(ask(node, "person.list"))


def test_locking_keeps_drafts_and_another_person_does_not_see_them(tmp_path: Path) -> None:
    """A colleague takes over the kit; the draft waits for its author."""
    node, _phrase = signed_in(tmp_path, profession="CAD")
    call(node, "enrol", name="Ana SILVA", profession="IDE", pin="1357")
    call(node, "draft.save", slot="note:P1", body={"target": "Douleur", "data": "EVA 6"})
    call(node, "lock")
    call(node, "sign_in", person="Ana SILVA", pin="1357")
    assert call(node, "draft.load") == []
    call(node, "sign_in", person="Claire DUBOIS", pin=PIN)
    assert call(node, "draft.load", slot="note:P1")[0]["body"]["data"] == "EVA 6"
    call(node, "draft.drop", slot="note:P1")
    assert call(node, "draft.load") == []


def test_sessions_are_on_record(tmp_path: Path) -> None:
    """Who was signed in, and when it ended, is in the audit feed."""
    node, _phrase = signed_in(tmp_path)
    do(node, "vitals.record", patient="P1", values={"hr": "80"})
    call(node, "lock")
    scopes = [row[0] for row in node.desk.kit.db.rows("select scope from feed order by n")]
    assert any(scope.startswith("audit:") for scope in scopes)
    assert do(node, "vitals.record", patient="P1", values={"hr": "80"})["refused"]["code"] == (
        "permission.nobody"
    )
