"""The frame: what is always in sight, what a key does, and what no screen can cover."""

from __future__ import annotations

import gettext
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kit.core import text
from kit.core.text import choose_language
from kit.gui import theme
from kit.gui.port import LoopNode
from kit.gui.screen import (
    SCREENS,
    Context,
    Person,
    PrintOrder,
    Screen,
    ScreenSpec,
    of_capsule,
)
from kit.gui.states import State
from kit.gui.theme import DARK, LIGHT, Density
from kit.gui.tone import Tone
from kit.gui.widgets.banner import AllergyState, BannerFacts
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.facts import KitState
from kit.gui.widgets.modebar import Mode, ModeFacts
from kit.gui.widgets.sheet import Sheet
from kit.gui.widgets.toast import Toast
from kit.gui.window import LEAST, MainWindow

from .conftest import LOCALE, NOW, ROOT, FakeNode

Settle = Callable[..., None]
Find = Callable[[QWidget], list[str]]

NURSE = Person("n1", "C. Dubois", "Infirmière")
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier

PATIENT = BannerFacts(
    patient="p1",
    birth_name="Lefebvre",
    given_names="Noémie",
    allergy_state=AllergyState.KNOWN,
    allergies=("Pénicilline",),
)


class BoardScreen(Screen):
    """A screen that notes what happens to it."""

    key = "ward.board"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loaded: list[str | None] = []
        self.topics: list[set[str]] = []
        self.ticks: list[int] = []
        self.entries = 0
        self.edit = QLineEdit()
        self.edit.setAccessibleName("Chercher")
        column = QVBoxLayout(self)
        column.addWidget(self.edit)

    def load(self, context: Context) -> None:
        self.loaded.append(context.patient)
        self.enter(State.READY)

    def on_changed(self, topics: set[str]) -> None:
        self.topics.append(topics)

    def on_tick(self, now_ms: int) -> None:
        self.ticks.append(now_ms)

    def new_entry(self) -> None:
        self.entries += 1

    def print_document(self) -> PrintOrder | None:
        return PrintOrder("ward-pack", {"ward": "CARD"})

    def focus_first(self) -> None:
        self.edit.setFocus()


class PatientScreen(BoardScreen):
    """Shows the banner when loaded, as a patient's file does."""

    key = "ward.patient"
    single_patient = True

    def load(self, context: Context) -> None:
        super().load(context)
        context.shell.show_banner(PATIENT)

    def print_document(self) -> PrintOrder | None:
        return None


HERE = f"{__name__}:"
SPECS = [
    ScreenSpec("ward.board", "Ward", "F2", "layout-list", "ward", HERE + "BoardScreen"),
    ScreenSpec("ward.patient", "Patient", "F3", "user-round", "ward", HERE + "PatientScreen"),
]


@pytest.fixture
def window(qtbot: QtBot, port: LoopNode) -> MainWindow:
    made = MainWindow(port)
    qtbot.addWidget(made)
    made.resize(1366, 768)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.enter(NURSE, "CARD", SPECS)
    QApplication.processEvents()
    return made


def _press(qtbot: QtBot, window: MainWindow, key: Qt.Key, modifiers: Any = None) -> None:
    target = QApplication.focusWidget() or window
    qtbot.keyClick(target, key, modifiers or Qt.KeyboardModifier.NoModifier)


def _screen(window: MainWindow) -> BoardScreen:
    shown = window.screen_now()
    assert isinstance(shown, BoardScreen)
    return shown


def _place(widget: QWidget, window: MainWindow) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def test_signing_in_opens_the_first_section(window: MainWindow) -> None:
    assert _screen(window).key == "ward.board"
    assert QApplication.focusWidget() is _screen(window).edit
    assert window.strip.isVisible()
    assert window.rail.isVisible()


def test_function_keys_change_section_and_alt_left_comes_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    _press(qtbot, window, Qt.Key.Key_F3)
    assert _screen(window).key == "ward.patient"
    _press(qtbot, window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert _screen(window).key == "ward.board"
    window.back()
    assert _screen(window).key == "ward.board"


def test_the_banner_is_there_for_one_patient_only(window: MainWindow) -> None:
    """PAB-0015: on a list of patients no name stands above as if it were the one."""
    window.go("ward.patient", "p1")
    assert window.banner.isVisible()
    window.go("ward.board")
    assert not window.banner.isVisible()
    window.go("ward.patient")
    assert _screen(window).loaded == ["p1", "p1"]


def test_nothing_that_opens_covers_the_banner(window: MainWindow, settle: Settle) -> None:
    """Banner, strip and mode bar stay in sight behind every sheet, question and toast."""
    window.go("ward.patient", "p1")
    dialog = ConfirmDialog("Allergie", "Pénicilline", "Donner", grave=True)
    sheet = Sheet("Constantes")
    window.open_sheet(sheet)
    window.toast("Enregistré", lambda: None)
    window.confirm(dialog)
    settle(window)
    banner = _place(window.banner, window)
    for part in (dialog, sheet, *window.findChildren(Toast)):
        assert part.isVisible()
        assert not _place(part, window).intersects(banner)
    assert _place(window.work.dialogs, window).top() > banner.bottom()


def test_a_toast_covers_nothing_of_the_screen(window: MainWindow, settle: Settle) -> None:
    """The last patient of the list stays readable while an undo counts down."""
    window.toast("Enregistré", lambda: None)
    settle(window)
    toast = window.findChildren(Toast)[0]
    assert not _place(toast, window).intersects(_place(_screen(window), window))


def test_an_open_question_holds_the_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    """No section key, no Tab leads out; the safe answer has the focus; Esc takes it."""
    answers: list[bool] = []
    dialog = ConfirmDialog("Allergie", "Pénicilline", "Donner", grave=True)
    dialog.decided.connect(answers.append)
    window.confirm(dialog)
    assert QApplication.focusWidget() is dialog.cancel
    for _turn in range(3):
        _press(qtbot, window, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() in (dialog.cancel, dialog.verb)
    _press(qtbot, window, Qt.Key.Key_F3)
    assert _screen(window).key == "ward.board"
    _press(qtbot, window, Qt.Key.Key_Escape)
    assert answers == [False]
    assert QApplication.focusWidget() is _screen(window).edit


def test_print_and_new_go_to_the_screen_that_is_shown(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.print_asked) as caught:
        _press(qtbot, window, Qt.Key.Key_P, CTRL)
    assert caught.args == [PrintOrder("ward-pack", {"ward": "CARD"})]
    _press(qtbot, window, Qt.Key.Key_N, CTRL)
    assert _screen(window).entries == 1


def test_a_screen_without_paper_says_so(window: MainWindow) -> None:
    window.go("ward.patient", "p1")
    window.print_current()
    assert [toast.accessibleName() for toast in window.findChildren(Toast)] == [
        "Cet écran n’a pas de document papier."
    ]


@pytest.mark.parametrize(
    ("key", "signal"),
    [(Qt.Key.Key_F, "find_asked"), (Qt.Key.Key_K, "goto_asked"), (Qt.Key.Key_L, "locked")],
)
def test_keys_that_work_everywhere(
    qtbot: QtBot, window: MainWindow, key: Qt.Key, signal: str
) -> None:
    with qtbot.waitSignal(getattr(window, signal)):
        _press(qtbot, window, key, CTRL)


def test_help_is_for_the_screen_that_is_shown(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.help_asked) as caught:
        _press(qtbot, window, Qt.Key.Key_F1)
    assert caught.args == ["ward.board"]


@pytest.mark.parametrize(("key", "step"), [(Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageUp, -1)])
def test_next_and_previous_patient(
    qtbot: QtBot, window: MainWindow, key: Qt.Key, step: int
) -> None:
    with qtbot.waitSignal(window.patient_step) as caught:
        _press(qtbot, window, key, CTRL)
    assert caught.args == [step]


def test_night_and_full_screen(qtbot: QtBot, window: MainWindow) -> None:
    _press(qtbot, window, Qt.Key.Key_N, CTRL | SHIFT)
    assert theme.tokens() is DARK
    assert _screen(window).entries == 0
    _press(qtbot, window, Qt.Key.Key_N, CTRL | SHIFT)
    assert theme.tokens() is LIGHT
    _press(qtbot, window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    _press(qtbot, window, Qt.Key.Key_F11)
    assert not window.isFullScreen()


def test_ctrl_z_takes_back_what_was_signed_last(qtbot: QtBot, window: MainWindow) -> None:
    undone: list[str] = []
    window.toast("A", lambda: undone.append("A"))
    window.toast("B", lambda: undone.append("B"))
    window.toast("C")
    window.undo()
    window.undo()
    window.undo()
    assert undone == ["B", "A"]


def test_locking_keeps_the_draft_and_forgets_the_patient(
    qtbot: QtBot, window: MainWindow, fake_node: FakeNode
) -> None:
    """On the lock screen no name, no screen, no question of the patient is left."""

    class Note(Sheet):
        def draft(self) -> dict[str, Any]:
            return {"line": "texte"}

    window.go("ward.patient", "p1")
    sheet = Note("Transmission", draft_key="note:p1")
    window.open_sheet(sheet)
    sheet.touched()
    window.confirm(ConfirmDialog("Question", "LEFEBVRE", "Oui"))
    window.toast("Dose de LEFEBVRE enregistrée", lambda: None)
    door = QLabel("Verrouillé")
    window.show_door(door)
    QApplication.processEvents()
    assert "draft.save" in fake_node.names()
    assert window.screen_now() is None
    visible = [w.text() for w in window.findChildren(QLabel) if w.isVisible() and w.text()]
    assert "Verrouillé" in visible
    assert not any("LEFEBVRE" in text or "C. Dubois" in text for text in visible)
    assert not window.strip.isVisible()
    assert not window.work.toasts
    assert "04:21" in visible
    window.go("ward.board")
    assert window.screen_now() is None


def test_the_next_person_starts_with_new_screens(window: MainWindow) -> None:
    """Nothing that one person had typed or selected is there for another."""
    first = _screen(window)
    first.edit.setText("recherche")
    window.show_door(QLabel("Verrouillé"))
    window.enter(Person("n2", "M. Abdou", "Médecin"), "CARD", SPECS)
    assert _screen(window) is not first
    assert _screen(window).edit.text() == ""


def test_news_reaches_the_screens(window: MainWindow, port: LoopNode) -> None:
    port.push({"changed": ["ward:CARD"]})
    assert _screen(window).topics == [{"ward:CARD"}]


def test_the_state_of_the_kit_reaches_the_strip(window: MainWindow, port: LoopNode) -> None:
    """Fields that do not come keep what they said; fields from the future are ignored."""
    port.push({"state": {"ward": "Cardiologie", "printer": "ready", "novelty": 1}})
    port.push({"state": {"printer": "down"}})
    ward, printer = window.strip.button("ward"), window.strip.button("printer")
    assert ward is not None
    assert printer is not None
    assert ward.item.value == "Cardiologie"
    assert printer.item.tone is Tone.CRITICAL


def test_time_passing_reaches_the_screen(window: MainWindow) -> None:
    window.tick()
    assert _screen(window).ticks[-1] == NOW


def test_a_lost_node_is_told_above_the_banner_and_typing_goes_on(
    window: MainWindow, port: LoopNode
) -> None:
    _screen(window).edit.setText("en cours")
    port.down.emit(3)
    assert window._trouble().isVisible()
    assert "redémarre" in window._trouble().accessibleName()
    port.down.emit(15)
    assert "papier" in window._trouble().accessibleName()
    assert _screen(window).edit.isEnabled()
    assert _screen(window).edit.text() == "en cours"
    port.up.emit()
    assert not window._trouble().isVisible()


def test_a_fault_is_told_in_words_with_its_code(window: MainWindow, port: LoopNode) -> None:
    port.faulted.emit("STO-004", {})
    said = window._trouble().accessibleName()
    assert "STO-004" in said
    assert "papier" in said


def test_closing_a_sheet_gives_the_focus_back(window: MainWindow) -> None:
    window.open_sheet(Sheet("Constantes"))
    window.close_sheet()
    assert QApplication.focusWidget() is _screen(window).edit


def test_opening_a_second_sheet_keeps_the_first_s_draft(
    window: MainWindow, fake_node: FakeNode
) -> None:
    first = Sheet("Constantes", draft_key="vitals:p1")
    window.open_sheet(first)
    first.touched()
    window.open_sheet(Sheet("Transmission"))
    saved = [m["args"]["slot"] for m in fake_node.heard if m.get("call") == "draft.save"]
    assert saved == ["vitals:p1"]
    assert len([s for s in window.findChildren(Sheet) if s.isVisible()]) == 1


# -- look, language, accessibility --------------------------------------------------------------


WORST = KitState(
    ward="Réanimation polyvalente",
    person="M. Abdelkader-Lefèvre",
    role="Aide-soignante",
    source="DPI",
    data_at_ms=NOW - 10**8,
    kits=12,
    exchange_at_ms=NOW - 10**7,
    outbox=128,
    outbox_since_ms=NOW - 10**7,
    printer="down",
    battery=22,
    mains=False,
)


@pytest.fixture
def dressed_window(
    request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, port: LoopNode
) -> MainWindow:
    """A window made in the language and density of the case."""
    lang, density = request.param
    choose_language(lang)
    theme.apply(qapp, density=density)
    window = MainWindow(port)
    qtbot.addWidget(window)
    return window


@pytest.mark.parametrize("size", [LEAST, (1366, 768), (1920, 1080)])
@pytest.mark.parametrize(
    "dressed_window", [(lang, d) for lang in ("fr", "en") for d in Density], indirect=True
)
def test_nothing_is_cut_and_the_window_keeps_its_size(
    dressed_window: MainWindow,
    port: LoopNode,
    settle: Settle,
    clipped: Find,
    size: tuple[int, int],
) -> None:
    """Crisis, everything wrong in the strip, banner, sheet, toast, lost node: all at once."""
    window = dressed_window
    window.show_mode(ModeFacts(Mode.CRISIS, 2, "02:14", ("DPI", "PACS", "messagerie")))
    window.show_state(WORST)
    window.enter(NURSE, "CARD", SPECS)
    window.go("ward.patient", "p1")
    window.open_sheet(Sheet("Constantes", "LEFEBVRE, Noémie — 204-1"))
    window.toast("Constantes enregistrées", lambda: None)
    port.down.emit(17)
    settle(window, *size)
    assert (window.width(), window.height()) == size
    assert clipped(window) == []


class Swollen(gettext.NullTranslations):
    """A language whose sentences are 40 % longer than the English ones."""

    def gettext(self, message: str) -> str:
        return message + "~" * round(len(message) * 0.4)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid2)


def test_longer_words_still_fit(
    qtbot: QtBot,
    port: LoopNode,
    settle: Settle,
    clipped: Find,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sentences 40 % longer than English, on the ordinary laptop: nothing is cut."""
    monkeypatch.setattr(text, "_catalogue", lambda _domain, _language: Swollen())
    window = MainWindow(port)
    qtbot.addWidget(window)
    window.show_state(KitState("Cardiologie", "C. Dubois", data_at_ms=NOW, printer="ready"))
    window.enter(NURSE, "CARD", SPECS)
    window.go("ward.patient", "p1")
    window.open_sheet(Sheet("Constantes"))
    window.toast("Constantes enregistrées", lambda: None)
    port.down.emit(17)
    settle(window, 1366, 768)
    assert (window.width(), window.height()) == (1366, 768)
    assert clipped(window) == []


def test_every_sentence_of_the_frame_has_its_french() -> None:
    """What the code says to `gui` is in the catalogue, translated, with the same gaps to fill."""
    with (LOCALE / "fr" / "LC_MESSAGES" / "gui.po").open("rb") as file:
        french = {message.id: message.string for message in read_po(file) if message.id}
    missing = {sentence for sentence in _sentences() if not french.get(sentence)}
    assert missing == set()
    gap = re.compile(r"{(\w+)}")
    for english, words in french.items():
        for one, other in zip(_forms(english), _forms(words), strict=True):
            assert set(gap.findall(one)) == set(gap.findall(other)), one


def _forms(message: Any) -> tuple[str, ...]:
    """Singular and plural, or the one sentence."""
    return (message,) if isinstance(message, str) else tuple(message)


def _sentences() -> set[Any]:
    """Message ids in the modules that speak in the domain `gui`."""
    gui = ROOT / "kit" / "gui"
    own = [gui / f"{name}.py" for name in ("icons", "keys", "screen", "states", "window")]
    own += sorted((gui / "widgets").glob("*.py"))
    keywords = {"_": None, "_N": None, "ngettext": (1, 2)}
    found: set[Any] = set()
    for file in own:
        with file.open("rb") as source:
            for _line, said, _comments, _context in extract("python", source, keywords=keywords):
                found.add(tuple(said) if isinstance(said, tuple | list) else said)
    return found


def test_every_control_of_the_frame_has_a_name(
    window: MainWindow, settle: Settle, unlabelled: Find
) -> None:
    window.go("ward.patient", "p1")
    window.open_sheet(Sheet("Constantes"))
    window.toast("Enregistré", lambda: None)
    settle(window)
    assert unlabelled(window) == []


def test_the_walk_finds_a_nameless_control(qtbot: QtBot, unlabelled: Find) -> None:
    """The check itself: an edit without a label is found."""
    page = QWidget()
    qtbot.addWidget(page)
    QLineEdit(page)
    page.show()
    assert unlabelled(page) == ["QLineEdit in QWidget"]


def test_the_focus_is_seen_wherever_it_goes(window: MainWindow, settle: Settle) -> None:
    """Each stop of Tab changes what is drawn, by at least a ring."""
    window.show_state(KitState("Cardiologie", printer="ready"))
    settle(window)
    for key in ("ward", "printer"):
        button = window.strip.button(key)
        assert button is not None
        _screen(window).edit.setFocus()
        before = button.grab().toImage()
        button.setFocus(Qt.FocusReason.TabFocusReason)
        assert button.grab().toImage() != before
    for rail_button in window.rail._buttons.values():
        _screen(window).edit.setFocus()
        before = rail_button.grab().toImage()
        rail_button.setFocus(Qt.FocusReason.TabFocusReason)
        assert rail_button.grab().toImage() != before


def test_the_rail_says_key_name_and_count(window: MainWindow) -> None:
    window.rail.show_count("ward.patient", 3, Tone.CRITICAL)
    button = window.rail._buttons["ward.patient"]
    assert button.accessibleName() == "Patient, touche F3, 3 en attente"
    window.rail.fold(folded=True)
    assert window.rail.width() == theme.RAIL_FOLDED_PX
    assert button.accessibleName() == "Patient, touche F3, 3 en attente"


def test_sections_have_french_names_and_free_function_keys() -> None:
    for capsule in ("ward", "steering"):
        taken = [spec.fkey for spec in of_capsule(capsule)]
        assert len(taken) == len(set(taken))
        assert not {"F1", "F10", "F11"} & set(taken)
    choose_language("en")
    english = [spec.title() for spec in SCREENS]
    choose_language("fr")
    french = [spec.title() for spec in SCREENS]
    assert all(english)
    assert sum(one == other for one, other in zip(english, french, strict=True)) <= 3
    assert all(QKeySequence(spec.fkey).count() == 1 for spec in SCREENS)


def test_the_lock_screen_loads_nothing_heavy() -> None:
    """Start-up is imports: none of the node's libraries, no SVG, no printing, no network."""
    code = "import sys, kit.gui.window; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = re.compile(
        r"reportlab|zeroconf|nacl|sqlcipher3|sqlite3|numpy|asyncio|"
        r"PySide6\.(QtSvg|QtPrintSupport|QtNetwork|QtSql)|"
        r"kit\.(store|node|people|paper|exchange|ward|exercise)\b|"
        r"kit\.gui\.(models|ward|widgets\.(banner|rail|sheet|strip|rows))\b"
    )
    assert sorted(name for name in done.stdout.split() if heavy.match(name)) == []
