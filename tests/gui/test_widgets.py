"""The parts of the screens: what a carer reads is whole, true, and said in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import HOUR, MINUTE
from kit.core.errors import BadInput, Refused
from kit.core.text import choose_language
from kit.gui import theme
from kit.gui.port import LoopNode
from kit.gui.states import Explained, State, alone, core_down, declared_codes, explain, explain_code
from kit.gui.tone import Tone
from kit.gui.widgets.chip import FilterChip
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.facts import KitState, StripItem, of_status, reach_line, strip_items
from kit.gui.widgets.hatch import HatchOverlay, paint_hatch
from kit.gui.widgets.modebar import Mode, ModeBar, ModeFacts
from kit.gui.widgets.panel import LoadingBar, StatePanel
from kit.gui.widgets.sheet import Sheet
from kit.gui.widgets.sparkline import Sparkline
from kit.gui.widgets.strip import StatusStrip
from kit.gui.widgets.toast import Toast

from .conftest import NOW, FakeNode

Settle = Callable[..., None]
Find = Callable[[QWidget], list[str]]


def _texts(root: QWidget) -> str:
    shown = [label.text() for label in root.findChildren(QLabel) if not label.isHidden()]
    return " | ".join(text for text in shown if text)


# -- the frame's parts ------------------------------------------------------------------------


def _item(state: KitState, key: str) -> StripItem:
    return next(item for item in strip_items(state, NOW) if item.key == key)


@pytest.mark.parametrize(
    ("state", "key", "tone"),
    [
        (KitState(data_at_ms=NOW - 12 * HOUR), "data", Tone.NORMAL),
        (KitState(data_at_ms=NOW - 12 * HOUR - 1), "data", Tone.WARNING),
        (KitState(), "data", Tone.WARNING),
        (KitState(kits=2, exchange_at_ms=NOW - 15 * MINUTE), "exchange", Tone.NORMAL),
        (KitState(kits=2, exchange_at_ms=NOW - 16 * MINUTE), "exchange", Tone.WARNING),
        (KitState(), "exchange", Tone.NORMAL),
        (KitState(kits=0, exchange_at_ms=NOW - HOUR), "exchange", Tone.NORMAL),
        (
            KitState(kits=2, exchange_at_ms=NOW, steering_at_ms=NOW - 16 * MINUTE),
            "exchange",
            Tone.WARNING,
        ),
        (
            KitState(kits=2, exchange_at_ms=NOW, steering_at_ms=NOW - 15 * MINUTE),
            "exchange",
            Tone.NORMAL,
        ),
        (KitState(kits=2, exchange_at_ms=NOW, heard_at_ms=NOW - 16_000), "exchange", Tone.WARNING),
        (KitState(kits=2, exchange_at_ms=NOW, heard_at_ms=NOW - 5_000), "exchange", Tone.NORMAL),
        (KitState(outbox=3, outbox_since_ms=NOW - 4 * MINUTE), "outbox", Tone.NORMAL),
        (KitState(outbox=3, outbox_since_ms=NOW - 6 * MINUTE), "outbox", Tone.WARNING),
        (KitState(battery=29, mains=False), "battery", Tone.WARNING),
        (KitState(battery=29, mains=True), "battery", Tone.NORMAL),
        (KitState(battery=30, mains=False), "battery", Tone.NORMAL),
        (KitState(printer="ready"), "printer", Tone.NORMAL),
        (KitState(printer="down"), "printer", Tone.CRITICAL),
    ],
)
def test_the_strip_warns_past_its_thresholds(state: KitState, key: str, tone: Tone) -> None:
    assert _item(state, key).tone is tone


@pytest.mark.parametrize(
    ("normal", "warned", "key"),
    [
        (KitState(data_at_ms=NOW - HOUR), KitState(data_at_ms=NOW - 19 * HOUR), "data"),
        (KitState(printer="ready"), KitState(printer="down"), "printer"),
        (KitState(battery=80, mains=False), KitState(battery=10, mains=False), "battery"),
        (
            KitState(kits=2, exchange_at_ms=NOW),
            KitState(kits=2, exchange_at_ms=NOW, steering_at_ms=NOW - HOUR),
            "exchange",
        ),
        (KitState(outbox=3), KitState(outbox=3, outbox_since_ms=NOW - HOUR), "outbox"),
    ],
)
def test_a_warning_differs_in_words_and_not_in_colour_alone(
    normal: KitState, warned: KitState, key: str
) -> None:
    """A colour-blind nurse, or a photograph in grey, reads the same."""
    one, other = _item(normal, key).value, _item(warned, key).value
    strip_digits = str.maketrans("", "", "0123456789")
    assert one.translate(strip_digits) != other.translate(strip_digits)


@pytest.mark.parametrize("width", [1280, 1366, 1920])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_strip_fits_with_everything_wrong(
    qtbot: QtBot, settle: Settle, lang: str, width: int
) -> None:
    """Icons go before words do; no button is narrower than its text."""
    choose_language(lang)
    worst = KitState(
        "Réanimation polyvalente", "M. Abdelkader-Lefèvre", "Aide-soignante", "DPI",
        NOW - 47 * HOUR, 12, NOW - 40 * MINUTE, 128, NOW - 38 * MINUTE, "down", 22, mains=False,
        steering_at_ms=NOW - 47 * HOUR,
    )  # fmt: skip
    strip = StatusStrip()
    qtbot.addWidget(strip)
    strip.show_items(strip_items(worst, NOW))
    settle(strip, width, theme.STRIP_PX)
    assert strip.width() == width
    for item in strip_items(worst, NOW):
        button = strip.button(item.key)
        assert button is not None
        assert button.width() >= button.sizeHint().width()
        assert button.geometry().right() < width
        assert button.accessibleName() == item.sentence


def test_a_strip_button_tells_which_it_is_and_keeps_its_focus(qtbot: QtBot, settle: Settle) -> None:
    strip = StatusStrip()
    qtbot.addWidget(strip)
    strip.show_items(strip_items(KitState(printer="ready"), NOW))
    settle(strip, 1366, 44)
    before = strip.button("printer")
    assert before is not None
    strip.show_items(strip_items(KitState(printer="down", battery=40), NOW))
    assert strip.button("printer") is before
    with qtbot.waitSignal(strip.chosen) as caught:
        qtbot.mouseClick(before, Qt.MouseButton.LeftButton)
    assert caught.args == ["printer"]


@pytest.mark.parametrize(
    ("facts", "word", "height"),
    [
        (ModeFacts(Mode.CRISIS, 2, "02:14", ("DPI", "PACS")), "CRISE niveau 2", 30),
        (ModeFacts(Mode.CRISIS), "CRISE", 30),
        (ModeFacts(Mode.CRISIS, 1, "02:14"), "depuis 02:14", 30),
        (ModeFacts(Mode.CRISIS, 0, "", ("PACS",)), "indisponibles : PACS", 30),
        (ModeFacts(Mode.EXERCISE), "EXERCICE", 30),
        (ModeFacts(Mode.STANDBY), "VEILLE", 22),
    ],
)
def test_the_mode_is_a_word(
    qtbot: QtBot, settle: Settle, clipped: Find, facts: ModeFacts, word: str, height: int
) -> None:
    bar = ModeBar()
    qtbot.addWidget(bar)
    bar.show_mode(facts)
    settle(bar, 1366, bar.sizeHint().height())
    assert word in bar.accessibleName().replace("\u00a0", " ")
    assert bar.minimumHeight() == height
    assert clipped(bar) == []


# -- states ----------------------------------------------------------------------------------


def test_every_declared_code_has_french_words_without_gaps() -> None:
    for code in declared_codes():
        said = explain_code(code)
        assert said.happened
        assert said.code == code
        assert "{" not in said.spoken()


def test_an_unknown_code_still_says_what_to_do() -> None:
    """A new fault never shows a bare code or a traceback."""
    said = explain(Refused("never.heard", {"n": 1}))
    assert "papier" in said.todo
    assert said.code == "never.heard"
    assert explain(BadInput("RPC-001")).happened != said.happened


def test_a_dead_core_becomes_a_paper_instruction_after_15_seconds() -> None:
    assert core_down(3).happened.replace("\u00a0", " ") == "Noyau redémarre (3 s)"
    assert "papier" not in core_down(14).spoken()
    assert "papier" in core_down(15).spoken()


def test_being_alone_is_said_without_alarm() -> None:
    assert "1 saisie partira" in alone(1).means
    assert "3 saisies partiront" in alone(3).means


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("flat", [False, True])
def test_a_panel_shows_every_sentence_whole(
    qtbot: QtBot, settle: Settle, clipped: Find, lang: str, flat: bool
) -> None:
    choose_language(lang)
    for code in declared_codes():
        panel = StatePanel(flat=flat)
        qtbot.addWidget(panel)
        said = explain_code(code)
        panel.show_state(State.BROKEN, said)
        settle(panel, 620, 500)
        assert clipped(panel) == []
        for part in (said.happened, said.means, said.todo, said.code):
            assert part in _texts(panel)
        assert panel.accessibleName() == said.spoken()


def test_the_choices_of_a_panel_act(qtbot: QtBot, settle: Settle) -> None:
    done: list[str] = []
    panel = StatePanel()
    qtbot.addWidget(panel)
    panel.show_state(State.EMPTY, Explained("Rien"), [("Importer", lambda: done.append("import"))])
    settle(panel, 700, 400)
    from PySide6.QtWidgets import QPushButton

    qtbot.mouseClick(panel.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert done == ["import"]


def test_the_loading_bar_takes_the_same_room_on_and_off(qtbot: QtBot, settle: Settle) -> None:
    """Nothing jumps under a finger when rows arrive; fast answers show nothing at all."""
    bar = LoadingBar()
    qtbot.addWidget(bar)
    settle(bar, 300, 3)
    height = bar.height()
    bar.start()
    assert bar.accessibleName() == ""
    bar._show()
    assert (bar.height(), bar.accessibleName()) == (height, "Chargement")
    with qtbot.waitSignal(bar.slow, timeout=100):
        bar._show()
    bar.stop()
    assert bar.accessibleName() == ""


# -- toast, dialog, sheet ----------------------------------------------------------------------


def test_undo_works_for_ten_seconds_and_once(qtbot: QtBot) -> None:
    undone: list[int] = []
    toast = Toast("Dose enregistrée", lambda: undone.append(1))
    qtbot.addWidget(toast)
    for _second in range(9):
        toast.tick()
    assert toast.can_undo
    toast.take_back()
    toast.take_back()
    assert undone == [1]


def test_after_the_countdown_it_is_too_late(qtbot: QtBot) -> None:
    undone: list[int] = []
    toast = Toast("Dose enregistrée", lambda: undone.append(1))
    qtbot.addWidget(toast)
    for _second in range(10):
        toast.tick()
    toast.take_back()
    assert (undone, toast.can_undo) == ([], False)


def test_escape_is_the_safe_way_out_of_a_question(qtbot: QtBot) -> None:
    answers: list[bool] = []
    dialog = ConfirmDialog("Titre", "Texte", "Donner", grave=True)
    qtbot.addWidget(dialog)
    dialog.decided.connect(answers.append)
    dialog.show()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    dialog.decide(yes=True)
    assert answers == [False]


class NoteSheet(Sheet):
    """One line of text, as small as a sheet can be."""

    def __init__(self) -> None:
        super().__init__("Transmission", draft_key="note:p1")
        from PySide6.QtWidgets import QLineEdit

        self.line = QLineEdit()
        self.line.setAccessibleName("Texte")
        self.line.textChanged.connect(self.touched)
        self.body.addWidget(self.line)
        self.submitted = 0

    def draft(self) -> dict[str, Any]:
        return {"line": self.line.text()}

    def restore(self, draft: dict[str, Any]) -> None:
        self.line.setText(draft["line"])

    def submit(self) -> None:
        self.submitted += 1


def _sheet(qtbot: QtBot, port: LoopNode) -> NoteSheet:
    sheet = NoteSheet()
    qtbot.addWidget(sheet)
    sheet.resize(420, 600)
    with qtbot.waitActive(sheet):
        sheet.show()
        sheet.activateWindow()
    sheet.opened(port)
    return sheet


def test_a_draft_is_found_again_and_kept_on_escape(
    qtbot: QtBot, port: LoopNode, fake_node: FakeNode
) -> None:
    """What was typed before the lock or the crash is there; Esc loses nothing."""
    fake_node.answers["draft.load"] = {
        "ok": [{"slot": "note:p1", "body": {"line": "patient agité"}}]
    }
    sheet = _sheet(qtbot, port)
    assert sheet.line.text() == "patient agité"
    assert "draft.save" not in fake_node.names()
    sheet.line.setText("patient calme")
    with qtbot.waitSignal(sheet.closed):
        qtbot.keyClick(sheet.line, Qt.Key.Key_Escape)
    saved = [m["args"] for m in fake_node.heard if m.get("call") == "draft.save"]
    assert saved == [{"slot": "note:p1", "body": {"line": "patient calme"}}]


def test_typing_keeps_the_draft_after_a_short_pause(
    qtbot: QtBot, port: LoopNode, fake_node: FakeNode
) -> None:
    """A crash half a second later loses nothing."""
    sheet = _sheet(qtbot, port)
    with qtbot.waitSignal(sheet._pause.timeout):
        qtbot.keyClicks(sheet.line, "a")
    assert fake_node.names()[-1] == "draft.save"
    assert "Brouillon gardé" in _texts(sheet)


def test_focus_starts_in_the_first_field_and_ctrl_enter_signs(
    qtbot: QtBot, port: LoopNode, unlabelled: Find
) -> None:
    sheet = _sheet(qtbot, port)
    assert QApplication.focusWidget() is sheet.line
    qtbot.keyClick(sheet.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert sheet.submitted == 1
    qtbot.keyClick(sheet.line, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is sheet.verb
    assert unlabelled(sheet) == []


def test_a_signed_entry_leaves_no_draft(qtbot: QtBot, port: LoopNode, fake_node: FakeNode) -> None:
    sheet = _sheet(qtbot, port)
    qtbot.keyClicks(sheet.line, "a")
    sheet.drop_draft()
    sheet.keep_draft()
    assert fake_node.names()[-1] == "draft.drop"


def test_a_refusal_is_said_in_the_sheet_and_the_text_stays(qtbot: QtBot, port: LoopNode) -> None:
    sheet = _sheet(qtbot, port)
    sheet.line.setText("texte")
    sheet.refuse(explain_code("RPC-003"))
    assert "trop longue" in _texts(sheet)
    assert sheet.line.text() == "texte"


# -- small drawings --------------------------------------------------------------------------


def _inked(widget: QWidget) -> int:
    image = widget.grab().toImage()
    ground = image.pixel(0, 0)
    return sum(
        image.pixel(x, y) != ground for x in range(image.width()) for y in range(image.height())
    )


def test_a_sparkline_draws_its_course_and_says_it(qtbot: QtBot) -> None:
    line = Sparkline()
    qtbot.addWidget(line)
    line.resize(120, 32)
    empty = _inked(line)
    line.show_points([(2, 38.4), (1, 37.0)], "Température en hausse", (36, 38), Tone.WARNING)
    assert _inked(line) > empty
    assert line.accessibleName() == "Température en hausse"
    line.show_points([(1, 37.0)], "Une mesure")
    assert _inked(line) > empty


def test_a_hatch_lets_clicks_through_and_follows_its_widget(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(100, 50)
    overlay = HatchOverlay(page)
    page.show()
    page.resize(200, 80)
    QApplication.processEvents()
    assert overlay.geometry() == page.rect()
    assert overlay.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert _inked(page) > 0


def test_neighbouring_hatches_line_up(qapp: QApplication) -> None:
    """Two stale cells side by side read as one surface, not as two patterns."""

    def drawn(*rects: QRectF) -> QImage:
        image = QImage(96, 24, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        for rect in rects:
            paint_hatch(painter, rect, theme.color("text"))
        painter.end()
        return image

    whole = drawn(QRectF(0, 0, 96, 24))
    halves = drawn(QRectF(0, 0, 43, 24), QRectF(43, 0, 53, 24))
    differing = sum(whole.pixel(x, y) != halves.pixel(x, y) for x in range(96) for y in range(24))
    assert differing <= 24 * 2


def test_a_filter_says_its_count(qtbot: QtBot) -> None:
    chip = FilterChip("En retard", 6)
    qtbot.addWidget(chip)
    assert chip.accessibleName() == "En retard: 6"
    chip.set_count(None)
    assert chip.text() == "En retard"


def test_a_locked_screen_says_who_is_reached_and_what_waits() -> None:
    """Counts and times; nothing about any person."""
    together = KitState(kits=2, exchange_at_ms=NOW, outbox=3)
    alone = KitState(exchange_at_ms=NOW - HOUR, outbox=1)
    assert reach_line(together, NOW) == "2 kits · échange 04:21 · 3 saisies à transmettre"
    assert reach_line(alone, NOW) == (
        "vous travaillez seul · Dernier échange 03:21 · 1 saisie à transmettre"
    )
    assert reach_line(KitState(), NOW) == "vous travaillez seul"


def test_the_status_of_the_node_becomes_the_strip() -> None:
    """0 is how the node says never; the strip does not turn it into 1970."""
    state = KitState(**of_status({"peers": 0, "exchanged_ms": 0, "steering_seen_ms": 0}))
    assert (state.exchange_at_ms, state.steering_at_ms) == (None, None)
    assert _item(state, "exchange").value == "vous travaillez seul"
    assert _item(KitState(network="off"), "exchange").value == "aucun réseau"


def test_a_pulled_cable_is_told_apart_from_being_alone() -> None:
    """One is mended with a plug, here; the other is nobody's fault."""
    met = NOW - 3 * MINUTE
    alone = _item(KitState(network="alone", exchange_at_ms=met), "exchange")
    off = _item(KitState(network="off", exchange_at_ms=met), "exchange")
    assert (alone.value, alone.tone) == ("vous travaillez seul", Tone.NORMAL)
    assert (off.value, off.tone) == ("aucun réseau", Tone.WARNING)
    assert "câble" in off.sentence
    assert _item(KitState(network="off"), "exchange").tone is Tone.NORMAL, "never had another"
