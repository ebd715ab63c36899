"""The door of a kit on a stick: opened first, the time asked, nothing lost; scripted keeper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from kit.core.clock import DAY, date_text, hhmm, local_instant
from kit.gui.app import Reception
from kit.gui.first_run import FirstRun
from kit.gui.lock import LockScreen
from kit.gui.medium import LAYOUTS, Medium, MediumClock, layout_name, medium_of, on_stick
from kit.gui.medium_bar import MediumBar
from kit.gui.medium_dialogs import LayoutDialog, TimeDialog, typed_moment
from kit.gui.medium_door import MediumDoor
from kit.gui.medium_pages import REPAIR, RESTORE, WITHOUT, DamagedPage, RestorePage
from kit.gui.medium_standing import standing_words
from kit.gui.port import LoopNode
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.secret import caps_seen

from .conftest import NOW, FakeNode
from .sitting import Sit, press_power
from .stick_rows import WORDS, asked, facts, medium
from .ward_fixtures import turn
from .ward_kit import texts_of

Arrive = Callable[..., Reception]


class Late(LoopNode):
    """Answers after the caller has returned, as a process does."""

    def _send(self, message: dict[str, Any]) -> bool:
        QTimer.singleShot(0, lambda: LoopNode._send(self, message))
        return True


@pytest.fixture
def arrive(fake_node: FakeNode, port: LoopNode, sit: Sit) -> Arrive:
    """Start the application before a scripted node that says this of its medium."""

    def run(**said: Any) -> Reception:
        has_kit, late = said.pop("has_kit", False), said.pop("late", False)
        fake_node.answers["hello"] = {
            "ok": {"open": False, "has_kit": has_kit, "medium": medium(**said)}
        }
        return sit(Late(fake_node, lambda: NOW) if late else port)

    return run


def _door(reception: Reception) -> LockScreen:
    assert reception.door is not None
    return reception.door


def _stick(reception: Reception) -> MediumDoor:
    assert reception.stick is not None
    return reception.stick


def _question(reception: Reception, kind: type[Any] = ConfirmDialog) -> Any:
    found = [one for one in reception.window.findChildren(kind) if one.isVisible()]
    assert len(found) == 1
    return found[0]


def _give(reception: Reception, words: str = WORDS) -> None:
    door = _door(reception)
    door.phrase.edit.setText(words)
    door.phrase.submit()


def _bar(reception: Reception) -> MediumBar:
    frame = _stick(reception).frame
    assert frame is not None
    return frame.bar


def _shown(reception: Reception) -> str:
    frame = _stick(reception).frame
    assert frame is not None
    return texts_of(frame)


# -- opening --------------------------------------------------------------------------------------


def test_a_developer_machine_keeps_its_door(arrive: Arrive) -> None:
    reception = arrive(medium="none", has_kit=True)
    assert reception.stick is None
    assert _door(reception).asks_phrase
    assert _door(reception).phrase.edit.echoMode() is QLineEdit.EchoMode.Normal


def test_the_words_open_the_stick_then_the_kit(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication
) -> None:
    """Typed once."""
    reception = arrive(medium="locked", late=True)
    assert "La clé est verrouillée" in _shown(reception)
    fake_node.answers["medium.unlock"] = {"ok": {"medium": "open"}}
    fake_node.answers["hello"] = {
        "ok": {"open": False, "has_kit": True, "medium": medium(medium="open")}
    }
    fake_node.answers["unlock"] = {"ok": facts()}
    fake_node.answers["person.list"] = {
        "ok": [{"person": "n1", "name": "C. Dubois", "profession": "IDE"}]
    }
    _give(reception)
    turn(qapp, 30)
    assert asked(fake_node, "medium.unlock") == [{"phrase": WORDS}]
    assert asked(fake_node, "unlock") == [{"phrase": WORDS}]
    chosen = _door(reception).pin.chosen()
    assert chosen is not None
    assert chosen.name == "C. Dubois"


def test_wrong_words_are_said_with_what_to_do(arrive: Arrive, fake_node: FakeNode) -> None:
    reception = arrive(medium="locked")
    text = "Ces mots n'ouvrent pas cette clé. Rien n'a été changé. Vérifiez chaque mot."
    fake_node.answers["medium.unlock"] = {"refused": {"code": "KEY-027", "args": {"text": text}}}
    _give(reception)
    note = _door(reception).note
    assert note.accessibleName().startswith("Ces mots n'ouvrent pas cette clé.")
    assert "Vérifiez chaque mot." in note.accessibleName()
    assert "KEY-027" in note.accessibleName()
    assert _door(reception).asks_phrase
    assert asked(fake_node, "unlock") == []


def test_a_prepared_stick_asks_for_its_card(arrive: Arrive, fake_node: FakeNode) -> None:
    reception = arrive(medium="absent", seed=True)
    assert "huit mots de sa carte" in _shown(reception)
    assert not reception.window.findChildren(FirstRun)
    _give(reception)
    assert asked(fake_node, "medium.create") == [{"phrase": WORDS}]


def test_a_new_stick_begins_the_first_run_with_its_bar(arrive: Arrive) -> None:
    reception = arrive(medium="absent")
    (run,) = reception.window.findChildren(FirstRun)
    assert run.isVisible()
    assert _bar(reception).isVisible()


def test_how_far_it_is_is_shown_and_nothing_can_be_given_twice(
    arrive: Arrive, port: LoopNode
) -> None:
    reception = arrive(medium="locked")
    stick = _stick(reception)
    stick.show_work("unlock")
    port.push({"progress": {"job": "medium", "done": 1, "total": 4, "step": "open"}})
    assert stick.wait is not None
    assert stick.wait.progress.bar.value() == 25
    assert "Ouverture de la partie chiffrée" in texts_of(stick.wait)
    assert not _door(reception).asks_phrase
    port.push({"progress": {"job": "print", "done": 3, "total": 4}})
    assert stick.wait.progress.bar.value() == 25


# -- damaged --------------------------------------------------------------------------------------


def _damaged(reception: Reception, fake_node: FakeNode, code: str = "KEY-029") -> DamagedPage:
    fake_node.answers["medium.unlock"] = {"refused": {"code": code, "args": {"text": "Abîmé."}}}
    _give(reception)
    (page,) = _door(reception).findChildren(DamagedPage)
    return page


def test_damaged_data_leaves_three_ways_and_erases_nothing(
    arrive: Arrive, fake_node: FakeNode
) -> None:
    reception = arrive(medium="locked")
    page = _damaged(reception, fake_node)
    assert set(page.buttons) == {REPAIR, WITHOUT, RESTORE}
    fake_node.answers["medium.unlock"] = {"ok": {}}
    page.buttons[REPAIR].click()
    assert asked(fake_node, "medium.unlock")[-1] == {"phrase": WORDS, "repair": True}


def test_a_lost_head_cannot_be_repaired(arrive: Arrive, fake_node: FakeNode) -> None:
    page = _damaged(arrive(medium="locked"), fake_node, "KEY-028")
    assert set(page.buttons) == {WITHOUT, RESTORE}


def test_working_without_goes_to_the_first_run(arrive: Arrive, fake_node: FakeNode) -> None:
    reception = arrive(medium="locked")
    page = _damaged(reception, fake_node)
    memory = medium(medium="open", in_memory=True)
    fake_node.answers["hello"] = {"ok": {"open": False, "has_kit": False, "medium": memory}}
    page.buttons[WITHOUT].click()
    assert "medium.work_without" in fake_node.names()
    assert reception.window.findChildren(FirstRun)
    assert "Rien n’est gardé" in _stick(reception).standing.accessibleName()


def test_restoring_is_told_step_by_step_and_asks_nothing_of_the_stick(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication
) -> None:
    reception = arrive(medium="locked")
    page = _damaged(reception, fake_node)
    before = fake_node.names()
    page.buttons[RESTORE].click()
    turn(qapp)
    (told,) = _door(reception).findChildren(RestorePage)
    assert "mettez cette clé de côté" in texts_of(told)
    assert fake_node.names() == before
    told.verb.click()
    turn(qapp)
    assert _door(reception).findChildren(DamagedPage)


# -- the clock ------------------------------------------------------------------------------------


def test_a_senseless_clock_is_asked_for_before_anything(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication
) -> None:
    reception = arrive(medium="locked", clock={"ok": False, "build_ms": NOW - DAY})
    dialog = _question(reception, TimeDialog)
    assert dialog.date.hasFocus()
    assert dialog.date.text() == ""
    assert "heure fausse" in _bar(reception).time.text()
    QTest.keyClicks(dialog.date, date_text(NOW))
    QTest.keyClick(dialog.date, Qt.Key.Key_Return)
    QTest.keyClicks(dialog.time, hhmm(NOW))
    fake_node.answers["medium.status"] = {"ok": medium(medium="locked")}
    QTest.keyClick(dialog.time, Qt.Key.Key_Return)
    assert asked(fake_node, "medium.set_time") == [{"ms": NOW}]
    turn(qapp)
    assert "fausse" not in _bar(reception).time.text()
    assert _door(reception).asks_phrase


def test_a_clock_that_proves_senseless_later_is_asked_for_once(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication
) -> None:
    reception = arrive(medium="locked")
    assert not reception.window.findChildren(TimeDialog)
    fake_node.answers["medium.status"] = {"ok": medium(medium="locked", clock={"ok": False})}
    _stick(reception).ask()
    _question(reception, TimeDialog).cancel.click()
    turn(qapp)
    _stick(reception).ask()
    assert not [one for one in reception.window.findChildren(TimeDialog) if one.isVisible()]


def test_who_does_not_know_the_time_may_go_on(arrive: Arrive, fake_node: FakeNode) -> None:
    reception = arrive(medium="locked", clock={"ok": False})
    _question(reception, TimeDialog).cancel.click()
    assert "medium.set_time" not in fake_node.names()
    assert _door(reception).asks_phrase


@pytest.mark.parametrize(
    ("date", "time", "words"),
    [
        ("", "", "Tapez la date"),
        ("31/02/2026", "18:04", "Tapez la date"),
        ("28/11/2026", "", "Tapez la date"),
        ("28/11/1926", "18:04", "ne peut pas être plus tôt"),
        ("28/11/2099", "18:04", "vingt ans"),
    ],
)
def test_an_impossible_time_is_said_and_not_set(date: str, time: str, words: str) -> None:
    on = Medium(medium="locked", clock=MediumClock(build_ms=local_instant(2026, 11, 1)))
    at, why = typed_moment(date, time, on)
    assert at is None
    assert words in why


@given(st.text(max_size=20), st.text(max_size=12))
def test_no_text_becomes_a_time_before_the_kit_was_made(date: str, time: str) -> None:
    build = local_instant(2026, 11, 1)
    at, why = typed_moment(date, time, Medium(clock=MediumClock(build_ms=build)))
    assert (at is None) == bool(why)
    assert at is None or at >= build


# -- keyboard and power ---------------------------------------------------------------------------


def test_the_keyboard_is_chosen_by_name(arrive: Arrive, fake_node: FakeNode) -> None:
    reception = arrive(medium="locked")
    _bar(reception).layouts.click()
    dialog = _question(reception, LayoutDialog)
    assert not dialog.verb.isEnabled()
    dialog.buttons["ch-fr"].click()
    dialog.verb.click()
    assert asked(fake_node, "medium.set_layout") == [{"layout": "ch-fr"}]


def test_every_keyboard_has_a_name() -> None:
    assert len({layout_name(one) for one in LAYOUTS}) == len(LAYOUTS)
    assert not {layout_name(one) for one in LAYOUTS} & set(LAYOUTS)


def test_switching_off_says_what_is_lost_and_when_to_pull(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication
) -> None:
    reception = arrive(medium="locked")
    bar = _bar(reception)
    bar.power.click()
    dialog = _question(reception)
    assert "Rien n’est perdu" in texts_of(dialog)
    assert dialog.cancel.hasFocus()
    dialog.cancel.click()
    assert "medium.poweroff" not in fake_node.names()
    bar.power.click()
    _question(reception).verb.click()
    turn(qapp)
    assert fake_node.names()[-1] == "medium.poweroff"
    assert "écran noir" in _shown(reception)


def test_the_computers_button_asks_and_a_second_press_asks_nothing_more(
    arrive: Arrive, fake_node: FakeNode
) -> None:
    """Somebody leans against a laptop: the kit stays on."""
    reception = arrive(medium="locked")
    press_power(reception.window)
    dialog = _question(reception)
    assert dialog.cancel.hasFocus()
    press_power(reception.window)
    assert _question(reception) is dialog
    assert "medium.poweroff" not in fake_node.names()


def test_switching_off_in_memory_says_that_all_is_lost(arrive: Arrive) -> None:
    reception = arrive(medium="open", in_memory=True)
    _stick(reception).ask_power()
    assert "Tout ce qui a été écrit ici est perdu" in texts_of(_question(reception))


def test_a_refused_power_off_brings_the_door_back(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication
) -> None:
    reception = arrive(medium="locked")
    fake_node.answers["medium.poweroff"] = {"refused": {"code": "KEY-040", "args": {}}}
    _stick(reception).ask_power()
    _question(reception).verb.click()
    turn(qapp)
    assert _door(reception).asks_phrase
    assert _door(reception).isVisible()


# -- hidden words ---------------------------------------------------------------------------------


def test_words_are_hidden_until_the_eye_is_pressed(arrive: Arrive) -> None:
    reception = arrive(medium="locked")
    edit, secret = _door(reception).phrase.edit, _stick(reception).secret
    assert secret is not None
    assert edit.echoMode() is QLineEdit.EchoMode.Password
    secret.eye.click()
    assert edit.echoMode() is QLineEdit.EchoMode.Normal


def test_caps_lock_is_told_from_what_is_typed(arrive: Arrive) -> None:
    reception = arrive(medium="locked")
    edit, secret = _door(reception).phrase.edit, _stick(reception).secret
    assert secret is not None
    QTest.keyClicks(edit, "A")  # as with Caps Lock: a capital without Shift
    assert secret.caps.isVisible()
    QTest.keyClicks(edit, "b")
    assert not secret.caps.isVisible()


@pytest.mark.parametrize(
    ("text", "shift", "seen"),
    [("a", False, False), ("A", True, False), ("A", False, True), ("a", True, True),
     ("é", False, False), ("1", False, None), ("", False, None), ("ß", False, False)],
)  # fmt: skip
def test_what_one_key_tells_of_caps_lock(text: str, shift: bool, seen: bool | None) -> None:
    assert caps_seen(text, shift=shift) is seen


# -- marks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoke", [False, True])
def test_marks_leave_only_for_a_test_machine(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication, smoke: bool
) -> None:
    reception = arrive(medium="locked", smoke=smoke)
    turn(qapp)
    fake_node.answers["medium.unlock"] = {"refused": {"code": "KEY-027", "args": {}}}
    _give(reception)
    told = [args["text"] for args in asked(fake_node, "medium.mark")]
    assert told == (["lock painted", "refused code=KEY-027"] if smoke else [])


# -- a version that has started -------------------------------------------------------------------


def test_a_version_whose_door_has_stood_a_minute_is_kept(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication
) -> None:
    """Asked again until it is told; not before a door was painted."""
    stick = _stick(arrive(medium="locked"))
    turn(qapp)
    assert stick.good.isActive()
    assert stick.good.interval() == 60_000
    fake_node.answers["medium.mark_good"] = {"refused": {"code": "KEY-005", "args": {}}}
    stick.tell_good()
    assert stick.good.isActive()
    fake_node.answers["medium.mark_good"] = {"ok": {}}
    stick.tell_good()
    assert not stick.good.isActive()


# -- standing facts -------------------------------------------------------------------------------


@pytest.mark.req("HZ-240: a stick that fails is not taken for a sound one")
def test_an_altered_stick_stands_beneath_the_mode_bar(arrive: Arrive) -> None:
    reception = arrive(medium="locked", altered=True)
    band = _stick(reception).standing
    assert band.isVisible()
    assert band.accessibleName().startswith("Support altéré, préparez une autre clé.")


def test_it_goes_on_when_somebody_has_signed_in(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication
) -> None:
    """The keeper is asked again, whoever works here."""
    reception = arrive(medium="locked")
    stick = _stick(reception)
    assert not stick.standing.isVisible()
    fake_node.answers["medium.status"] = {"ok": medium(medium="open", altered=True)}
    stick.ask()
    turn(qapp)
    assert stick.standing.isVisible()


def test_a_keeper_that_is_silent_for_once_hides_nothing(
    arrive: Arrive, fake_node: FakeNode, qapp: QApplication
) -> None:
    reception = arrive(medium="locked", altered=True)
    fake_node.answers["medium.status"] = {"ok": {"medium": "locked", "fault": "KEY-006"}}
    _stick(reception).ask()
    turn(qapp)
    assert _stick(reception).standing.isVisible()


def test_a_sound_stick_says_nothing() -> None:
    assert standing_words(Medium(medium="open")) == ("", False)


def test_a_status_of_any_shape_is_read() -> None:
    assert medium_of(None) == Medium()
    assert medium_of("locked") == Medium(medium="locked")
    said = {"medium": "open", "disk": None, "other": None, "unheard_of": 3, "persist_free": 0}
    assert medium_of(said) == Medium(medium="open", persist_free=0)
    assert on_stick({"medium": {"medium": "locked"}})
    assert not on_stick({"medium": {"medium": "none"}})
    assert not on_stick({})


@pytest.mark.parametrize(
    "said",
    [{"medium": "locked"}, {"medium": "absent", "seed": True}, {"medium": "absent"},
     {"medium": "locked", "clock": {"ok": False}}],
)  # fmt: skip
def test_the_door_is_whole_and_named(
    arrive: Arrive,
    said: dict[str, Any],
    clipped: Callable[[QWidget], list[str]],
    unlabelled: Callable[[QWidget], list[str]],
    settle: Callable[[QWidget, int, int], None],
) -> None:
    reception = arrive(**said)
    settle(reception.window, 1280, 720)
    assert clipped(reception.window) == []
    assert unlabelled(reception.window) == []
