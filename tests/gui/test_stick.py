"""The screen of the stick: its state, checked whole, copied with care, updated; scripted keeper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kit.gui.app import sections_of
from kit.gui.medium import medium_of
from kit.gui.medium_door import MediumDoor
from kit.gui.port import LoopNode
from kit.gui.shared import stick_rows as rows
from kit.gui.shared.stick import KEY, StickScreen
from kit.gui.shared.stick_clone import EraseDialog
from kit.gui.tone import Tone
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.window import MainWindow

from .conftest import FakeNode
from .sitting import Section
from .stick_rows import asked, medium
from .ward_fixtures import turn
from .ward_kit import texts_of

Find = Callable[[QWidget], list[str]]
SERIAL = "4C530001230719114551"
DRIVES: list[dict[str, Any]] = [
    {"device": "sdb", "model": "Kingston", "serial": "E0D55EA573F0", "bytes": 62_008_590_336,
     "label": "CLE", "kit": None},
    {"device": "sdc", "model": "SanDisk Ultra", "serial": SERIAL, "bytes": 31_914_983_424,
     "label": "", "kit": {"version": "0.9.4", "slots": ["a", "b"]}},
    {"device": "sdd", "model": "", "serial": "", "bytes": 8_053_063_680, "label": ""},
]  # fmt: skip
SOURCES = [{"source": "sdc", "kind": "stick", "label": "SanDisk", "version": "1.1.0"}]
OFFER = {"current": "1.0.0", "version": "1.1.0", "signed_by": "Éditeur", "newer": True, "bytes": 9}
RIGHT = [{"name": "root-a", "state": "right"}, {"name": "mbr", "state": "right"}]


@pytest.fixture
def window(section: Section, fake_node: FakeNode) -> MainWindow:
    fake_node.answers |= {
        "medium.status": {"ok": medium()},
        "medium.drives": {"ok": {"drives": DRIVES}},
        "medium.sources": {"ok": {"sources": SOURCES}},
        "medium.update_check": {"ok": OFFER},
    }
    return section(KEY)


def _screen(window: MainWindow, part: int = 0) -> StickScreen:
    shown = window.screen_now()
    assert isinstance(shown, StickScreen)
    shown.bar.setCurrentIndex(part)
    return shown


def _dialog(window: MainWindow) -> Any:
    dialog = window.work.dialogs.dialog
    assert isinstance(dialog, ConfirmDialog)
    return dialog


class Slow(LoopNode):
    """Leaves one service without an answer until told."""

    def __init__(self, node: FakeNode, service: str, now: Callable[[], int]) -> None:
        super().__init__(node, now)
        self.service = service
        self.held: dict[str, Any] = {}

    def _send(self, message: dict[str, Any]) -> bool:
        if message.get("call") == self.service:
            self.held = message
            return True
        return super()._send(message)


# -- where it is ----------------------------------------------------------------------------------


def test_the_screen_is_there_only_on_a_stick() -> None:
    for capsule in ("ward", "steering"):
        assert KEY not in {spec.key for spec in sections_of(capsule, stick=False)}
        assert KEY in {spec.key for spec in sections_of(capsule, stick=True)}


# -- this stick -----------------------------------------------------------------------------------


def test_its_state_is_said_in_words(window: MainWindow) -> None:
    shown = texts_of(_screen(window).this)
    for words in ("1.0.0, emplacement A", "0.9.4, emplacement B", "SanDisk Ultra", "21"):
        assert words in shown
    assert "aucun défaut rencontré" in shown


@pytest.mark.parametrize(
    ("facts", "words", "tone"),
    [
        ({"altered": True}, "altéré : préparez une autre clé", Tone.CRITICAL),
        ({"persist_free": 300_000_000}, "presque pleine", Tone.WARNING),
        ({"in_memory": True}, "rien n’est gardé", Tone.CRITICAL),
        ({"other": None}, "aucune : la première mise à jour", Tone.NORMAL),
    ],
)
def test_what_is_not_well_is_said_by_word_and_tone(
    facts: dict[str, Any], words: str, tone: Tone
) -> None:
    lines = rows.medium_facts(medium_of(medium(**facts)))
    (found,) = [line for line in lines if words in line[1].replace("\u00a0", " ")]
    assert found[2] is tone


def test_reading_it_whole_shows_every_part(window: MainWindow, fake_node: FakeNode) -> None:
    fake_node.answers["medium.verify_medium"] = {"ok": {"parts": RIGHT, "altered": False}}
    screen = _screen(window)
    QTest.keyClick(screen.this.verify, Qt.Key.Key_Return)
    shown = texts_of(screen.this.job.result)
    assert "Chaque octet est tel que signé" in shown
    assert "Système A" in shown
    assert "Ce que démarre le PC" in shown


def test_it_shows_how_far_it_is_and_can_be_stopped(
    window: MainWindow, fake_node: FakeNode, qapp: QApplication
) -> None:
    slow = Slow(fake_node, "medium.verify_medium", window.port.now_ms)
    screen = _screen(window)
    context = screen.context
    assert context is not None
    screen.this.job.context = type(context)(slow, window, context.person, "CARD")
    slow.progress.connect(screen.this.job._on_progress)
    screen.this.begin()
    slow.push({"progress": {"job": "medium", "done": 5, "total": 20, "step": "read"}})
    turn(qapp)
    assert screen.this.job.progress.bar.value() == 25
    assert not screen.this.verify.isEnabled()
    QTest.keyClick(screen.this.job.stop, Qt.Key.Key_Return)
    assert asked(fake_node, "cancel") == [{"job": "medium"}]
    stopped = {"code": "KEY-004", "args": {"text": "Arrêté. Rien n'est perdu."}}
    slow.push({"id": slow.held["id"], "refused": stopped})
    assert "Arrêté." in texts_of(screen.this.job.note)
    assert screen.this.verify.isEnabled()


def test_what_reading_it_whole_has_found_stands_on_every_screen(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    """The system meets a bad block only when it reads it; a person who looked must not forget."""
    door = MediumDoor(port, window)
    door.hear(medium())
    assert not door.standing.isVisible()
    parts = [*RIGHT, {"name": "surface", "state": "altered", "why": "KEY-060"}]
    fake_node.answers["medium.verify_medium"] = {"ok": {"parts": parts, "verdict": "right"}}
    _screen(window).this.begin()
    assert door.standing.isVisible()
    door.hear(medium())  # the keeper's own status says nothing of it
    assert door.standing.isVisible()
    assert "illisibles" in texts_of(_screen(window).this.job.result)


@pytest.mark.parametrize(
    ("signed", "said"),
    [("Éditeur", "Éditeur"), ("", "—"), ("ab12" * 16, "ab12 ab12 ab12 ab12"),
     ("Éditeur, " + "0f" * 32, "Éditeur, 0f0f 0f0f 0f0f 0f0f")],
)  # fmt: skip
def test_who_signed_is_a_name_or_the_beginning_of_a_key(signed: str, said: str) -> None:
    assert rows.signer_text(signed).replace("\u00a0", " ") == said


# -- another stick --------------------------------------------------------------------------------


@pytest.mark.req("HZ-245: words are typed on a stick that somebody changed")
@pytest.mark.parametrize(
    ("state", "words"),
    [("altered", "n’y tapez plus les huit mots"), ("unknown", "pas pu être comparé"),
     ("right", "tel que signé")],
)  # fmt: skip
def test_another_stick_is_read_and_judged_in_words(
    window: MainWindow, fake_node: FakeNode, state: str, words: str
) -> None:
    parts = [*RIGHT, {"name": "root-b", "state": state, "bytes": 1_000_000}]
    fake_node.answers["medium.verify_stick"] = {"ok": {"parts": parts, "version": "1.0.0"}}
    screen = _screen(window, 1)
    screen.other.drives.table.selectRow(1)
    screen.other.begin()
    assert asked(fake_node, "medium.verify_stick") == [{"device": "sdc"}]
    assert words in texts_of(screen.other.job.result)


@pytest.mark.req("HZ-270")
@pytest.mark.parametrize(
    ("stage", "words"),
    [("unused", "Jamais démarrée"), ("prepared", "Préparée"), ("begun", "recommence")],
)
def test_a_stick_that_was_not_at_work_yet_says_so(
    window: MainWindow, fake_node: FakeNode, stage: str, words: str
) -> None:
    """Right, and in words how far it has come."""
    said = {"parts": RIGHT, "version": "1.0.0", "verdict": "right", "stage": stage}
    fake_node.answers["medium.verify_stick"] = {"ok": said}
    screen = _screen(window, 1)
    screen.other.drives.table.selectRow(1)
    screen.other.begin()
    assert words in texts_of(screen.other.job.result)
    assert "✓" in texts_of(screen.other.job.result)


@given(st.lists(st.sampled_from(["right", "altered", "unknown", "of a later kit"])))
def test_a_stick_is_sound_only_where_every_part_is(states: list[str]) -> None:
    parts = [{"name": "root-a", "state": state} for state in states]
    checked = rows.checked_of({"parts": parts})
    assert (checked.state == "right") == (bool(states) and set(states) == {"right"})
    if "altered" in states:
        assert checked.state == "altered"


def test_the_readers_own_report_is_understood() -> None:
    """Rows as `kit.stick.verify` makes them; its verdict counts, but never against its rows."""
    seed = {"part": "kit/seed", "verdict": "unknown", "why": "UPD-073"}
    said = {"rows": [{"part": "root-a", "verdict": "right"}, seed], "versions": {"a": "1.0.0"}}
    assert rows.checked_of(said).state == "unknown"
    checked = rows.checked_of({**said, "verdict": "right"})
    assert (checked.state, checked.version) == ("right", "1.0.0")
    altered = {"part": "kit/grubenv", "verdict": "altered", "why": "UPD-070"}
    report = rows.checked_of({"rows": [*said["rows"], altered], "verdict": "right"})
    assert report.state == "altered"
    first = rows.groups_of(report.parts)[0]
    assert (first.name, rows.why_text(first.strange[0])) == (
        "settings", "kit/grubenv : pas ce qui a été signé".replace(" :", "\u00a0:")
    )  # fmt: skip


NAMES = ("mbr", "table", "EFI/BOOT/BOOTX64.EFI", "kit/a/vmlinuz", "root-a", "root-b-verity",
         "kit/rescue/initrd", "kit/grubenv", "kit/manifest.json", "kit/seed", "x.txt")  # fmt: skip


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["right", "altered", "unknown"])))
)
def test_no_part_that_is_not_right_is_lost_in_its_group(told: list[tuple[str, str]]) -> None:
    parts = [rows.PartRow(name=name, state=state) for name, state in told]
    groups = rows.groups_of(parts)
    strange = [part for group in groups for part in group.strange]
    assert sorted(p.name for p in strange) == sorted(p.name for p in parts if p.state != "right")
    states = [group.state for group in groups]
    assert states == sorted(states, key=rows.WORST_FIRST.index)


def test_without_another_stick_it_says_what_to_do(window: MainWindow, fake_node: FakeNode) -> None:
    fake_node.answers["medium.drives"] = {"ok": {"drives": []}}
    screen = _screen(window, 1)
    assert "Branchez-en une" in texts_of(screen.other)
    assert not screen.other.verify.isEnabled()
    fake_node.answers["medium.drives"] = {"ok": {"drives": DRIVES}}
    screen.other.drives.again.click()
    assert screen.other.verify.isEnabled()


# -- copying --------------------------------------------------------------------------------------


@pytest.mark.req("HZ-246: the wrong drive is erased")
def test_a_drive_is_erased_only_when_its_number_is_typed(
    window: MainWindow, fake_node: FakeNode
) -> None:
    screen = _screen(window, 2)
    screen.clone.drives.table.selectRow(1)
    screen.clone.ask()
    dialog = _dialog(window)
    assert isinstance(dialog, EraseDialog)
    assert "0.9.4" in texts_of(dialog)
    assert dialog.edit.hasFocus()
    QTest.keyClicks(dialog.edit, "E0D5")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert not dialog.verb.isEnabled()
    dialog.edit.setText("4551")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert "medium.clone" not in fake_node.names()  # Enter in the field only goes on to the verb
    assert dialog.verb.hasFocus()
    QTest.keyClick(dialog.verb, Qt.Key.Key_Return)
    assert asked(fake_node, "medium.clone") == [{"device": "sdc", "serial": SERIAL, "erase": True}]
    assert "La clé est prête" in texts_of(screen.clone.job.result)


def test_a_drive_without_a_number_is_not_erased(window: MainWindow) -> None:
    screen = _screen(window, 2)
    screen.clone.drives.table.selectRow(2)
    assert not screen.clone.copy.isEnabled()
    assert "n’a pas de numéro" in texts_of(screen.clone)
    screen.clone.ask()
    assert window.work.dialogs.dialog is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_only_the_number_or_its_last_four_signs_name_a_drive(typed: str, serial: str) -> None:
    if rows.names_it(typed, serial):
        said, wanted = typed.strip().casefold(), serial.strip().casefold()
        assert len(said) >= 4
        assert wanted.endswith(said)


def test_a_refused_copy_says_why(window: MainWindow, fake_node: FakeNode) -> None:
    text = "La clé est trop petite. Rien n'a été écrit. Prenez-en une de 16 Go."
    fake_node.answers["medium.clone"] = {"refused": {"code": "KEY-023", "args": {"text": text}}}
    screen = _screen(window, 2)
    screen.clone.ask()
    dialog = _dialog(window)
    dialog.edit.setText("73F0")
    dialog.verb.click()
    assert "trop petite" in texts_of(screen.clone.job.note)
    assert screen.clone.copy.isEnabled()


# -- updating -------------------------------------------------------------------------------------


def test_an_update_says_what_changes_and_who_signed_it(
    window: MainWindow, fake_node: FakeNode
) -> None:
    """Looked at, applied, restarted: three steps, each with its own button."""
    screen = _screen(window, 3)
    part = screen.update_part
    part.begin()
    shown = texts_of(part.job.result)
    assert "1.0.0 → 1.1.0" in shown
    assert "Signée par Éditeur" in shown
    part.apply.click()
    assert asked(fake_node, "medium.update_apply") == [{"source": "sdc"}]
    assert "essayée au prochain démarrage" in texts_of(part.job.result)
    part.restart.click()
    assert "huit mots" in texts_of(_dialog(window))
    _dialog(window).verb.click()
    assert "medium.restart" in fake_node.names()


@pytest.mark.req("HZ-271")
def test_the_version_on_this_stick_is_offered_to_other_kits(
    window: MainWindow, fake_node: FakeNode
) -> None:
    """With what it means; by itself after an update, in silence where there is no room."""
    fake_node.answers["medium.offer_release"] = {"ok": {"version": "1.1.0"}}
    part = _screen(window, 3).update_part
    assert "quelqu’un décide sur chaque kit" in texts_of(part)
    assert "Aucune version" in part.held.text()
    fake_node.answers["releases"] = {"ok": {"held": {"version": "1.1.0"}}}
    part.propose.click()
    assert "1.1.0 est proposée" in texts_of(part.job.result)
    assert "1.1.0 est proposée" in part.held.text()
    full = {"refused": {"code": "UPD-081", "args": {"text": "Pas de place."}}}
    fake_node.answers["medium.offer_release"] = full
    part.begin()
    part.apply.click()
    assert len(asked(fake_node, "medium.offer_release")) == 2
    assert "essayée au prochain démarrage" in texts_of(part.job.result)
    assert part.job.note.isHidden()
    part.propose.click()
    assert "Pas de place." in texts_of(part.job.note)


def test_a_node_that_knows_no_sources_leaves_the_kits_sticks(
    window: MainWindow, fake_node: FakeNode
) -> None:
    fake_node.answers["medium.sources"] = {"fault": {"code": "CMD-004", "args": {}}}
    part = _screen(window, 3).update_part
    assert [row.source for row in part.model.rows()] == ["sdc"]
    assert part.check.isEnabled()


def test_an_older_version_is_not_offered(window: MainWindow, fake_node: FakeNode) -> None:
    fake_node.answers["medium.update_check"] = {"ok": {**OFFER, "version": "0.9", "newer": False}}
    part = _screen(window, 3).update_part
    part.begin()
    assert "Pas plus récente" in texts_of(part.job.result)
    assert not part.apply.isVisible()


def test_a_false_signature_is_said_and_nothing_offered(
    window: MainWindow, fake_node: FakeNode
) -> None:
    text = "Cette version n'est pas signée. Rien n'a été changé."
    refused = {"refused": {"code": "UPD-002", "args": {"text": text}}}
    fake_node.answers["medium.update_check"] = refused
    part = _screen(window, 3).update_part
    part.begin()
    assert "n'est pas signée" in texts_of(part.job.note)
    assert not part.apply.isVisible()


# -- the whole ------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(4))
def test_every_part_is_whole_and_named(
    window: MainWindow,
    part: int,
    clipped: Find,
    unlabelled: Find,
    settle: Callable[[QWidget, int, int], None],
) -> None:
    _screen(window, part)
    settle(window, 1280, 720)
    assert clipped(window) == []
    assert unlabelled(window) == []


def test_the_next_part_comes_by_key_and_the_place_is_kept(window: MainWindow) -> None:
    screen = _screen(window)
    QTest.keyClick(screen, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert screen.place() == {"part": 1}
    screen.restore({"part": 3})
    assert screen.bar.currentIndex() == 3
    assert len(screen.help_text().splitlines()) <= 10
