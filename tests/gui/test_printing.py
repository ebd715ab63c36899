"""Printing on a real node: two actions from any screen, a way out without a printer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import HOUR
from kit.gui.screen import PrintOrder
from kit.gui.shared.drive_access import DriveDialog
from kit.gui.shared.printer_find import PrinterDialog
from kit.gui.shared.printing import PrintingScreen
from kit.gui.window import MainWindow

from .ward_kit import NOW, WARD, Keys, WardKit, open_window, texts_of

Find = Callable[[QWidget], list[str]]


class Printer:
    """A print service that notes what it was handed; the node behind it is the real one."""

    def __init__(self, node: Any, names: tuple[str, ...]) -> None:
        self.node, self.names = node, names
        self.sent: list[dict[str, Any]] = []
        self.fails = False
        self.answers: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        call = message.get("call")
        if call in self.answers:
            self.asked.append((call, message["args"]))
            return {"id": message["id"], **self.answers[call]}
        if call == "print.printers":
            found = [
                {"name": n, "accepting": True, "is_default": not p}
                for p, n in enumerate(self.names)
            ]
            return {"id": message["id"], "ok": found}
        if call == "print.send" and self.fails:
            return {
                "id": message["id"],
                "refused": {"code": "PRN-003", "args": {"text": "Refusé."}},
            }
        if call == "print.send":
            self.sent.append(message["args"])
            answer = {"printer": message["args"]["printer"], "reference": "7", "pages": 5}
            return {"id": message["id"], "ok": answer}
        answered: dict[str, Any] = self.node.handle(message)
        return answered


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[WardKit]:
    made = WardKit(tmp_path / "kit")
    yield made
    made.close()


@pytest.fixture
def printer(kit: WardKit) -> Printer:
    made = Printer(kit.node, ("cardio-1", "cardio-2"))
    kit.port._handler = made
    return made


@pytest.fixture
def window(kit: WardKit, printer: Printer, qtbot: QtBot) -> MainWindow:
    made = open_window(kit, qtbot)

    def take(order: PrintOrder) -> None:
        made.go("shared.printing")
        _screen(made).open_order(order)

    made.print_asked.connect(take)
    return made


def _screen(window: MainWindow) -> PrintingScreen:
    shown = window.screen_now()
    assert isinstance(shown, PrintingScreen)
    return shown


def test_ctrl_p_and_enter_print_the_round_from_its_screen(
    window: MainWindow, printer: Printer
) -> None:
    """Two actions, and the paper is the one of the screen."""
    window.go("ward.round")
    keys = Keys(window)
    keys.press(Qt.Key.Key_P, ctrl=True)
    keys.press(Qt.Key.Key_Return)
    assert keys.count == 2
    assert len(printer.sent) == 1
    assert printer.sent[0]["job"].startswith("MEDA")
    assert printer.sent[0]["printer"] == "cardio-1"


def test_the_whole_ward_is_two_actions_from_the_print_screen(
    window: MainWindow, printer: Printer
) -> None:
    """Task 8: it is the first document; Enter prepares, Enter prints."""
    window.go("shared.printing")
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Return)
    assert keys.count == 2
    assert printer.sent[0]["job"].startswith("ward-pack")


def test_an_order_for_one_patient_prints_that_patient_only(window: MainWindow) -> None:
    """The list of patients arrives after the order; the order still holds."""
    window.go("shared.printing")
    screen = _screen(window)
    screen.open_order(PrintOrder("MEDA", {"ward": WARD, "patient": "p3"}))
    assert screen._job["patients"] == 1
    assert screen.who.currentData() == "p3"


def test_the_screen_says_pages_time_age_and_until_when_the_paper_holds(
    window: MainWindow,
) -> None:
    window.go("shared.printing")
    screen = _screen(window)
    screen._prepare()
    shown = texts_of(screen.panel)
    assert f"{screen._job['pages']} pages" in shown
    assert "feuilles numérotées" in shown
    assert "environ" in shown
    assert "il y a 5 h 41" in shown
    assert "Valable jusqu’à 23/11 08:20" in shown


def test_data_older_than_twelve_hours_is_marked(tmp_path: Path, qtbot: QtBot) -> None:
    kit = WardKit(tmp_path / "old", extract_at=NOW - 30 * HOUR)
    window = open_window(kit, qtbot)
    window.go("shared.printing")
    screen = _screen(window)
    screen._prepare()
    assert screen.panel.age.property("tone") == "warning"
    assert "30 h" in texts_of(screen.panel)
    kit.close()


def test_the_pages_can_be_looked_at_before(window: MainWindow) -> None:
    window.go("shared.printing")
    screen = _screen(window)
    screen._prepare()
    preview = screen.preview
    assert not preview.sheet._picture.isNull()
    first = preview.sheet._picture.toImage()
    preview.setFocus()
    Keys(window).press(Qt.Key.Key_PageDown)
    assert preview.page == 2
    assert preview.sheet._picture.toImage() != first


def test_without_a_printer_the_pdf_is_saved(kit: WardKit, qtbot: QtBot, tmp_path: Path) -> None:
    kit.port._handler = Printer(kit.node, ())
    window = open_window(kit, qtbot)
    window.go("shared.printing")
    screen = _screen(window)
    assert "Aucune imprimante" in texts_of(screen.panel)
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    screen.panel.path.setText(str(tmp_path / "service.pdf"))
    screen.panel.save_button.setFocus()
    keys.press(Qt.Key.Key_Return)
    assert (tmp_path / "service.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.req("HZ-272")
def test_on_a_stick_a_drive_is_chosen_for_the_pdf(kit: WardKit, qtbot: QtBot) -> None:
    """No file dialog; other kits' sticks are not offered; it is said when it may be pulled."""
    printer = Drives(kit.node, ())
    kit.port._handler = printer
    kit.port.on_stick = True
    window = open_window(kit, qtbot)
    window.go("shared.printing")
    screen = _screen(window)
    assert not screen.panel.path.isVisible()
    assert not screen.panel.browse.isVisible()
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    screen.panel.save_button.setFocus()
    keys.press(Qt.Key.Key_Return)
    dialog = window.work.dialogs.dialog
    assert isinstance(dialog, DriveDialog)
    assert [row.device for row in dialog.drives.model.rows()] == ["sdb"]
    assert "pas chiffré" in texts_of(dialog)
    dialog.decide(yes=True)
    (said,) = printer.saved
    assert (said["device"], said["name"][-4:]) == ("sdb", ".pdf")
    assert "path" not in said
    assert "peut être retirée" in screen.panel.last.text()
    assert screen.panel.save_button.isEnabled()


MET = {
    "name": "printer:0a", "label": "HP LaserJet", "place": "Couloir B", "model": "M404",
    "kind": "usb", "known": False, "trouble": {}, "chosen": {"key": "printer:0a"},
}  # fmt: skip
FOUND = [
    {"kind": "usb", "label": "HP LaserJet", "place": "", "model": "M404",
     "addresses": ["ipp://localhost:60000/ipp/print"]},
    {"kind": "network", "label": "Bureau cadre", "place": "2e étage", "model": "",
     "addresses": ["ipp://10.9.0.3:631/ipp/print"]},
]  # fmt: skip


def _finding(kit: WardKit, qtbot: QtBot, answers: dict[str, Any]) -> tuple[Printer, MainWindow]:
    """A kit without a printer whose node finds two, and the search is open."""
    printer = Printer(kit.node, ())
    printer.answers = {"print.find": {"ok": {"printers": FOUND, "blind": False}}, **answers}
    kit.port._handler = printer
    window = open_window(kit, qtbot)
    window.go("shared.printing")
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Return)
    assert isinstance(window.work.dialogs.dialog, PrinterDialog)
    return printer, window


@pytest.mark.req("HZ-290")
def test_a_printer_is_found_shown_with_its_place_and_confirmed(kit: WardKit, qtbot: QtBot) -> None:
    """Enter looks, Enter asks the printer itself, and only a yes keeps it and lists it."""
    answers = {"print.choose": {"ok": MET}, "print.keep": {"ok": MET}}
    printer, window = _finding(kit, qtbot, answers)
    dialog = window.work.dialogs.dialog
    assert isinstance(dialog, PrinterDialog)
    assert dialog.finder.model.rowCount() == 2
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    assert printer.asked[-1][0] == "print.choose"
    assert printer.asked[-1][1]["addresses"] == ["ipp://localhost:60000/ipp/print"]
    shown = texts_of(dialog)
    assert "HP LaserJet" in shown
    assert "Couloir B" in shown
    printer.answers["print.printers"] = {"ok": [{**MET, "known": True}]}
    keys.press(Qt.Key.Key_Return)
    assert ("print.keep", {"chosen": {"key": "printer:0a"}}) in printer.asked
    assert window.work.dialogs.dialog is None
    panel = _screen(window).panel
    assert panel.printer.currentText() == "HP LaserJet (Couloir B)"
    assert "Couloir B" in panel.where.text()


def test_no_takes_back_to_the_list_and_keeps_nothing(kit: WardKit, qtbot: QtBot) -> None:
    """The wrong printer answered: another one is chosen; Esc from the list ends the search."""
    printer, window = _finding(kit, qtbot, {"print.choose": {"ok": MET}})
    dialog = window.work.dialogs.dialog
    assert isinstance(dialog, PrinterDialog)
    dialog.finder.press()
    dialog.decide(yes=False)
    assert texts_of(dialog)
    dialog.decide(yes=False)
    assert not window.work.dialogs.isVisible()
    assert "print.keep" not in [call for call, _args in printer.asked]


def test_a_printer_that_cannot_be_used_says_why_beside_the_list(kit: WardKit, qtbot: QtBot) -> None:
    """The list stays, and a typed address goes before what is marked."""
    text = "L’imprimante ne répond pas. Rien n’est imprimé."
    refused = {"refused": {"code": "PRN-004", "args": {"text": text}}}
    printer, window = _finding(kit, qtbot, {"print.choose": refused})
    dialog = window.work.dialogs.dialog
    assert isinstance(dialog, PrinterDialog)
    dialog.finder.address.setText("10.9.0.77")
    dialog.finder.press()
    assert printer.asked[-1] == ("print.choose", {"kind": "typed", "address": "10.9.0.77"})
    assert "ne répond pas" in texts_of(dialog)
    assert dialog.finder.address.isEnabled()


def test_a_search_that_finds_nothing_says_what_to_do(kit: WardKit, qtbot: QtBot) -> None:
    """Empty is told from still looking; the address can be typed at once."""
    nothing = {"print.find": {"ok": {"printers": [], "blind": False}}}
    _printer, window = _finding(kit, qtbot, nothing)
    dialog = window.work.dialogs.dialog
    assert isinstance(dialog, PrinterDialog)
    assert "Aucune imprimante" in texts_of(dialog)
    assert not dialog.verb.isEnabled()
    assert dialog.finder.address.hasFocus()
    assert dialog.finder.again.isVisible()


@pytest.mark.req("HZ-290")
def test_the_first_sheets_on_a_printer_ask_once(window: MainWindow, printer: Printer) -> None:
    """A queue that this kit has never printed on is named with its place before anything leaves."""
    row = {"name": "cardio-9", "label": "cardio-9", "place": "3e nord", "known": False}
    printer.answers["print.printers"] = {"ok": [row]}
    window.go("shared.printing")
    keys = Keys(window)
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Return)
    assert not printer.sent
    dialog = window.work.dialogs.dialog
    assert dialog is not None
    assert "cardio-9 (3e nord)" in texts_of(dialog)
    dialog.decide(yes=True)
    assert printer.sent[0]["confirmed"] is True


@pytest.mark.req("HZ-292")
def test_a_pack_that_stopped_midway_is_not_said_to_be_nowhere(
    window: MainWindow, printer: Printer
) -> None:
    """Sheets may be out: the person counts, and is not told that nothing came out."""
    refused = {"refused": {"code": "work.cancelled", "args": {}}}
    printer.answers["print.send"] = refused
    window.go("shared.printing")
    screen = _screen(window)
    screen._prepare()
    screen._print()
    shown = texts_of(screen.note)
    assert "arrêtée" in shown
    assert "Rien n" not in shown
    assert screen.panel.print_button.isEnabled()


class Drives(Printer):
    """A stick's node: two drives, one of them another kit's; saving onto one."""

    saved: list[dict[str, Any]]

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        if message.get("call") == "medium.drives":
            plain = {"device": "sdb", "model": "Clé", "serial": "USB42", "bytes": 8_000_000_000}
            other = {**plain, "device": "sdc", "kit": {"version": "1.0.0"}}
            return {"id": message["id"], "ok": {"drives": [plain, other]}}
        if message.get("call") == "print.save":
            self.saved = [message["args"]]
            answer = {"path": "x.pdf", "pages": 3, "ejected": True}
            return {"id": message["id"], "ok": answer}
        return super().handle(message)


def test_a_printer_that_refuses_says_that_nothing_came_out(
    window: MainWindow, printer: Printer
) -> None:
    printer.fails = True
    window.go("shared.printing")
    screen = _screen(window)
    screen._prepare()
    screen._print()
    assert "Rien n’est sorti" in texts_of(screen.note)
    assert screen.panel.print_button.isEnabled()


def test_another_document_takes_the_prepared_one_away(window: MainWindow) -> None:
    """What stands under "Print" is always what is chosen."""
    window.go("shared.printing")
    screen = _screen(window)
    screen._prepare()
    screen.list.selectRow(1)
    assert not screen.panel.print_button.isEnabled()
    assert screen.preview.page == 0


def test_every_control_has_a_name_and_nothing_is_cut(
    window: MainWindow, unlabelled: Find, clipped: Find, settle: Callable[..., None]
) -> None:
    window.go("shared.printing")
    _screen(window)._prepare()
    settle(window, 1280, 720)
    assert not unlabelled(window)
    assert not clipped(window)
