"""Import: what the ward will not have is said first, an interrupted one offers itself again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import HOUR
from kit.gui.port import LoopNode
from kit.gui.screen import Person, of_capsule
from kit.gui.shared.intake import IntakeScreen
from kit.gui.shared.intake_rows import ReportRow, equation, report_text
from kit.gui.ward.formats import rows_of
from kit.gui.window import MainWindow

from .conftest import NOW, FakeNode
from .ward_kit import texts_of

Find = Callable[[QWidget], list[str]]

DONE: dict[str, Any] = {
    "intake": "i1", "label": "extrait-du-22", "path_name": "extrait-du-22", "kind": "bulk",
    "snapshot": "s1", "extracted_at": NOW - 3 * HOUR, "started": NOW - 60_000, "finished": NOW,
    "bytes": 4096, "blocks": ["identity"], "units": 4210, "refused": 1, "leaves": 123456,
    "mapped": 101000, "kept": 9000, "ignored": 13000, "unmapped": 456, "dangerous": 3,
    "counts": {"patients": 148, "prescriptions": 1204},
}  # fmt: skip
REPORT: dict[str, Any] = {
    "intake": DONE,
    "unmapped": [
        {"path": "MedicationRequest.modifierExtension", "fate": "unmapped", "count": 3,
         "file": "MedicationRequest.ndjson", "position": "12", "place": "ligne 12", "danger": True},
        {"path": "Patient.photo.hash", "fate": "unmapped", "count": 453, "file": "Patient.ndjson",
         "position": "3", "place": "ligne 3", "danger": False},
    ],
    "ignored": [],
    "refused": [
        {"file": "Observation.ndjson", "position": "118", "place": "ligne 118", "code": "INT-004",
         "text": "Cette ligne est coupée."},
    ],
    "missing": ["directives", "directory"],
}  # fmt: skip
CUT = {**DONE, "finished": 0}


@pytest.fixture
def window(port: LoopNode, fake_node: FakeNode, qtbot: QtBot) -> MainWindow:
    fake_node.answers["intake.list"] = {"ok": [DONE]}
    fake_node.answers["intake.report"] = {"ok": [REPORT]}
    fake_node.answers["status"] = {"ok": {"unfinished_import": None}}
    return _open(port, qtbot)


def _open(port: LoopNode, bot: QtBot) -> MainWindow:
    made = MainWindow(port)
    bot.addWidget(made)
    made.resize(1366, 768)
    specs = [spec for spec in of_capsule("ward") if spec.key == "shared.intake"]
    made.enter(Person("n1", "C. Dubois", "IDE"), "CARD", specs)
    with bot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def _screen(window: MainWindow) -> IntakeScreen:
    shown = window.screen_now()
    assert isinstance(shown, IntakeScreen)
    return shown


def test_the_account_of_all_fields_is_shown_and_adds_up(window: MainWindow) -> None:
    """in = taken over + kept + ignored + not understood: nothing disappears without a word."""
    report = rows_of([REPORT], ReportRow)[0]
    row = report.intake
    assert row.leaves == row.mapped + row.kept + row.ignored + row.unmapped
    shown = texts_of(_screen(window)).replace("\u202f", " ")
    assert equation(row).replace("\u202f", " ").replace("\u00a0", " ") in shown


def test_dangerous_gaps_come_before_all_others(window: MainWindow) -> None:
    shown = texts_of(_screen(window).report)
    assert shown.index("modifierExtension") < shown.index("Absent de l’extraction")
    assert shown.index("modifierExtension") < shown.index("Patient.photo.hash")
    assert "3 manques dangereux" in _screen(window).model.index(0, 0).data()


def test_missing_blocks_are_named_in_words_and_say_what_to_do(window: MainWindow) -> None:
    shown = texts_of(_screen(window).report)
    assert "limitations de soins, directives, annuaire" in shown
    assert "demander au patient" in shown


def test_a_unit_that_was_not_read_says_file_place_and_why(window: MainWindow) -> None:
    shown = texts_of(_screen(window).report)
    for words in ("Observation.ndjson ligne 118", "Cette ligne est coupée."):
        assert words in shown


def test_the_saved_report_holds_every_line(window: MainWindow) -> None:
    text = report_text(rows_of([REPORT], ReportRow)[0], NOW)
    for words in ("!! MedicationRequest.modifierExtension", "Patient.photo.hash", "[INT-004]",
                  "annuaire", "ligne 118"):  # fmt: skip
        assert words in text


def test_importing_shows_how_far_it_is_and_can_be_stopped(
    window: MainWindow, fake_node: FakeNode, port: LoopNode
) -> None:
    screen = _screen(window)
    screen.path.setText("/media/cle/extrait")
    screen._run(running=True)
    port.push({"progress": {"job": "i2", "done": 512 * 1024, "total": 1024 * 1024}})
    assert screen.progress.value() == 50
    assert "512 sur" in texts_of(screen)
    screen.stop.click()
    assert fake_node.heard[-1] == {
        **fake_node.heard[-1],
        "call": "cancel",
        "args": {"job": "import"},
    }


def test_enter_on_the_path_imports_it(window: MainWindow, fake_node: FakeNode) -> None:
    screen = _screen(window)
    screen.path.setText("/media/cle/extrait")
    screen.path.returnPressed.emit()
    asked = next(m for m in fake_node.heard if m.get("call") == "import.start")
    assert asked["args"] == {"path": "/media/cle/extrait"}


def test_a_cut_import_offers_to_go_on(port: LoopNode, fake_node: FakeNode, qtbot: QtBot) -> None:
    """The power went: what was read is safe, and one button reads the rest."""
    fake_node.answers["intake.list"] = {"ok": [CUT]}
    fake_node.answers["intake.report"] = {"ok": [{**REPORT, "intake": CUT}]}
    left = {"label": "extrait-du-22", "path": "/media/cle/extrait-du-22"}
    fake_node.answers["status"] = {"ok": {"unfinished_import": left}}
    window = _open(port, qtbot)
    screen = _screen(window)
    assert "a été interrompu" in texts_of(screen.note)
    assert "à relancer" in screen.model.index(0, 0).data()
    screen._resume(left["path"])
    assert any(m.get("call") == "import.start" for m in fake_node.heard)


def test_a_file_that_cannot_be_read_is_explained_on_the_screen(
    window: MainWindow, fake_node: FakeNode
) -> None:
    fake_node.answers["import.start"] = {
        "refused": {
            "code": "INT-001",
            "args": {"text": "Ce dossier est vide — rien n'est importé — en choisir un autre."},
        }
    }
    screen = _screen(window)
    screen.path.setText("/media/cle/vide")
    screen._start()
    assert "Ce dossier est vide" in texts_of(screen.note)
    assert not screen.progress.isVisible()
    assert screen.start.isEnabled()


def test_a_role_that_may_not_import_is_told_so(
    port: LoopNode, fake_node: FakeNode, qtbot: QtBot
) -> None:
    refusal = {"code": "permission.denied", "args": {"action": "import_snapshot", "role": "AS"}}
    fake_node.answers["intake.list"] = {"refused": refusal}
    screen = _screen(_open(port, qtbot))
    assert str(screen.state) == "refused"
    assert not screen.start.isEnabled()


def test_nothing_imported_says_what_that_means(
    port: LoopNode, fake_node: FakeNode, qtbot: QtBot
) -> None:
    fake_node.answers["intake.list"] = {"ok": []}
    fake_node.answers["status"] = {"ok": {}}
    shown = texts_of(_screen(_open(port, qtbot)))
    assert "Rien n’a encore été importé" in shown
    assert "ni patient, ni allergie, ni prescription" in shown


def test_every_control_has_a_name_and_nothing_is_cut(
    window: MainWindow, unlabelled: Find, clipped: Find, settle: Callable[..., None]
) -> None:
    settle(window, 1280, 720)
    assert not unlabelled(window)
    assert not clipped(window)
