"""The parts of the screens: what a carer reads is whole, true, and said in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import DAY, HOUR, MINUTE, local_instant
from kit.core.errors import BadInput, Refused
from kit.core.text import choose_language
from kit.gui import theme
from kit.gui.models import Column, DiffModel
from kit.gui.port import LoopNode
from kit.gui.states import Explained, State, alone, core_down, declared_codes, explain, explain_code
from kit.gui.tone import Tone
from kit.gui.widgets.ages import AgeLabel, SourceLabel, ago, person_age, source_words
from kit.gui.widgets.banner import AllergyState, BannerFacts, PatientBanner, ins_text
from kit.gui.widgets.cell import Cell, ChipText, Run, text_cell
from kit.gui.widgets.chip import FilterChip
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.facts import KitState, StripItem, strip_items
from kit.gui.widgets.fields import QuantityField
from kit.gui.widgets.hatch import HatchOverlay, paint_hatch
from kit.gui.widgets.medication import MedicationLine
from kit.gui.widgets.modebar import Mode, ModeBar, ModeFacts
from kit.gui.widgets.panel import LoadingBar, StatePanel
from kit.gui.widgets.rows import RowsTable, lay_out, share_width
from kit.gui.widgets.sheet import Sheet
from kit.gui.widgets.sparkline import Sparkline
from kit.gui.widgets.strip import StatusStrip
from kit.gui.widgets.times import TimeField, parse_moment
from kit.gui.widgets.toast import Toast

from .conftest import NOW, FakeNode

Settle = Callable[..., None]
Find = Callable[[QWidget], list[str]]

NOEMIE = BannerFacts(
    patient="p1",
    birth_name="Lefebvre",
    given_names="Noémie",
    used_name="MARTIN",
    birth_date="1942-03-03",
    sex="female",
    ipp="8001234567",
    ins="242037511600123",
    identity="qualified",
    bed="204-1",
    allergy_state=AllergyState.KNOWN,
    allergies=("Pénicilline (choc)", "Iode"),
    source="DPI 21/11 22:40",
)


def _texts(root: QWidget) -> str:
    shown = [label.text() for label in root.findChildren(QLabel) if not label.isHidden()]
    return " | ".join(text for text in shown if text)


def _banner(qtbot: QtBot, settle: Settle, **changes: Any) -> PatientBanner:
    fields = {name: getattr(NOEMIE, name) for name in BannerFacts.__dataclass_fields__}
    banner = PatientBanner()
    qtbot.addWidget(banner)
    banner.show_patient(BannerFacts(**{**fields, **changes}), NOW)
    settle(banner, 1366, banner.heightForWidth(1366))
    return banner


# -- the banner ------------------------------------------------------------------------------


def test_the_banner_shows_the_birth_name_first_and_who_this_is(
    qtbot: QtBot, settle: Settle
) -> None:
    shown = _texts(_banner(qtbot, settle))
    assert shown.index("LEFEBVRE, Noémie") < shown.index("MARTIN")
    for text in ("03/03/1942 (84\u00a0ans)", "Féminin", "8001234567", "204-1", "Nom utilisé"):
        assert text.replace("\u00a0", " ") in shown.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("identity", "has_ins", "words"),
    [
        ("qualified", True, ""),
        ("validated", False, "Identité validée"),
        ("retrieved", False, "Identité récupérée"),
        ("provisional", False, "Identité provisoire"),
        ("anything else", False, "Identité provisoire"),
    ],
)
def test_the_ins_is_shown_only_for_a_qualified_identity(
    qtbot: QtBot, settle: Settle, identity: str, has_ins: bool, words: str
) -> None:
    """RNIV: a number that has not been qualified must not travel."""
    banner = _banner(qtbot, settle, identity=identity)
    spoken = banner.accessibleName()
    assert (ins_text(NOEMIE.ins) in _texts(banner)) is has_ins
    assert (ins_text(NOEMIE.ins) in spoken) is has_ins
    assert words in spoken


@pytest.mark.parametrize(
    ("state", "names", "words"),
    [
        (AllergyState.KNOWN, ("Iode",), "Allergies connues"),
        (AllergyState.NONE_KNOWN, (), "Aucune allergie connue"),
        (AllergyState.NOT_RECORDED, (), "non recueillies"),
        (AllergyState.UNAVAILABLE, (), "indisponibles"),
        (AllergyState.KNOWN, (), "indisponibles"),
    ],
)
def test_allergies_are_always_said_in_one_of_four_states(
    qtbot: QtBot, settle: Settle, state: AllergyState, names: tuple[str, ...], words: str
) -> None:
    """PAB-0064; known allergies whose list was lost are not shown as an empty list."""
    banner = _banner(qtbot, settle, allergy_state=state, allergies=names)
    assert words in _texts(banner)
    for name in names:
        assert name in _texts(banner)
        assert name in banner.accessibleName()


@pytest.mark.parametrize("width", [1280, 1366, 1920])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_nothing_in_the_banner_is_cut_whoever_it_is(
    qtbot: QtBot, settle: Settle, clipped: Find, lang: str, width: int
) -> None:
    """The longest names and fifteen allergies: the banner grows instead."""
    choose_language(lang)
    facts = BannerFacts(
        patient="x",
        birth_name="de Saint-Exupéry-Montgolfier de la Rochefoucauld-Doudeauville",
        given_names="Marie-Clémentine Éléonore Wilhelmine",
        used_name="VANDENBROUCKE-DESTOMBES",
        birth_date="2026-11-20",
        homonym=True,
        allergies=tuple(f"Allergène numéro {n} (urticaire géante)" for n in range(15)),
        allergy_state=AllergyState.KNOWN,
        doctor="Dr Anne-Charlotte Rousseau-Lambert",
        source="DPI 21/11 22:40",
    )
    banner = PatientBanner()
    qtbot.addWidget(banner)
    banner.show_patient(facts, NOW)
    settle(banner, width, max(banner.heightForWidth(width), banner.minimumSizeHint().height()))
    assert clipped(banner) == []


def test_an_unknown_patient_has_words_everywhere(qtbot: QtBot, settle: Settle) -> None:
    """Never a question mark, a zero or a blank."""
    banner = PatientBanner()
    qtbot.addWidget(banner)
    banner.show_patient(BannerFacts(patient="x", birth_name="", given_names=""), NOW)
    settle(banner, 1366, 100)
    shown = _texts(banner)
    for words in ("Identité inconnue", "date inconnue", "Sexe inconnu", "aucun", "sans lit"):
        assert words in shown
    assert "?" not in shown


def test_a_deceased_patient_shows_the_date_and_age_at_death(qtbot: QtBot, settle: Settle) -> None:
    """PAB-0055: the age stops, and the ground carries a pattern besides its colour."""
    died = local_instant(2020, 1, 2, 10)
    dead = _banner(qtbot, settle, deceased_at_ms=died)
    alive = _banner(qtbot, settle)
    assert "DÉCÉDÉ(E) le 02/01/2020, à 77 ans" in dead.accessibleName().replace("\u00a0", " ")
    assert "84" not in dead.accessibleName()
    assert len(_colours(dead)) > len(_colours(alive))


def _colours(banner: QWidget) -> set[int]:
    """Colours in the empty lower middle of the banner."""
    image = banner.grab().toImage()
    y = image.height() - 6
    return {image.pixel(x, y) for x in range(image.width() // 2 - 60, image.width() // 2)}


def test_a_homonym_is_a_word_chip_with_its_sentence(qtbot: QtBot, settle: Settle) -> None:
    banner = _banner(qtbot, settle, homonym=True)
    assert "vérifier la date de naissance" in banner.accessibleName()


# -- medication ------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [260, 420, 900])
def test_a_medication_line_is_whole_at_any_width(
    qtbot: QtBot, settle: Settle, clipped: Find, width: int
) -> None:
    """MEDi-008: what is painted is what was ordered, wrapped and never cut."""
    runs = [("amoxicilline", True), (" — CLAMOXYL — 1\u00a0g — poudre — DOSE\u00a0", False)]
    runs += [("1\u00a0g", True), (" — voie intraveineuse — toutes les 8\u00a0h", False)]
    line = MedicationLine()
    qtbot.addWidget(line)
    line.show_line(runs, chips=[ChipText("HAUT RISQUE", Tone.CRITICAL, "◆")], source="DPI 21/11")
    settle(line, width, line.heightForWidth(width))
    assert line.shown_text() == "".join(text for text, _bold in runs)
    assert clipped(line) == []
    assert "HAUT RISQUE" in line.accessibleName()
    assert "DPI 21/11" in line.accessibleName()


def test_angle_brackets_in_a_drug_are_text(qtbot: QtBot) -> None:
    """A name that looks like markup must not vanish from the screen."""
    line = MedicationLine()
    qtbot.addWidget(line)
    line.show_line([("<b>x</b> & y", True)])
    assert "&lt;b&gt;x&lt;/b&gt; &amp; y" in line.findChildren(QLabel)[0].text()


def test_a_stopped_line_is_struck_and_says_who_stopped_it(qtbot: QtBot) -> None:
    line = MedicationLine()
    qtbot.addWidget(line)
    line.show_line([("insuline", True)], stopped="Arrêtée 03:10, Dr Rousseau")
    assert any("<s>" in label.text() for label in line.findChildren(QLabel))
    assert "Arrêtée 03:10, Dr Rousseau" in line.accessibleName()


# -- ages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (0, "à l’instant"),
        (59_000, "à l’instant"),
        (MINUTE, "il y a 1 min"),
        (5 * HOUR + 41 * MINUTE, "il y a 5 h 41"),
        (3 * DAY, "il y a 3 j"),
        (-20 * MINUTE, "dans 20 min"),
    ],
)
def test_an_age_is_said_as_people_say_it(past: int, words: str) -> None:
    assert ago(NOW - past, NOW).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2026, 11, 22), "0 jour"),
        (date(2026, 11, 20), "2 jours"),
        (date(2026, 10, 23), "30 jours"),
        (date(2026, 10, 22), "1 mois"),
        (date(2023, 11, 23), "35 mois"),
        (date(2023, 11, 22), "3 ans"),
        (date(1942, 11, 23), "83 ans"),
        (date(1942, 11, 22), "84 ans"),
        (date(2027, 1, 1), ""),
    ],
)
def test_a_patient_s_age_in_days_months_or_years(born: date, words: str) -> None:
    """A dose by weight for a child of 35 months is not one for 3 years."""
    assert person_age(born, NOW).replace("\u00a0", " ") == words


@given(st.dates(date(1900, 1, 1), date(2026, 11, 22)))
def test_an_age_is_never_missing_for_somebody_who_is_born(born: date) -> None:
    assert person_age(born, NOW)


def test_a_stale_datum_says_so_by_sign_and_words(qtbot: QtBot) -> None:
    label = AgeLabel()
    qtbot.addWidget(label)
    label.show_age(NOW - 5 * HOUR, NOW, "DPI")
    assert (label.text().startswith("◷"), label.property("tone")) == (False, "muted")
    label.tick(NOW + 8 * HOUR)
    assert (label.text().startswith("◷"), label.property("tone")) == (True, "warning")
    label.show_age(None, NOW, "DPI")
    assert "heure inconnue" in label.text()


def test_a_birth_does_not_go_stale(qtbot: QtBot) -> None:
    label = SourceLabel()
    qtbot.addWidget(label)
    label.show_age(NOW - 90 * DAY, NOW, "DPI")
    assert "◷" not in label.text()
    assert "DPI" in source_words("DPI", NOW, NOW)


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


# -- fields ----------------------------------------------------------------------------------


def _judge(number: Decimal) -> tuple[Tone, str]:
    return (Tone.CRITICAL, "Trop haut") if number > 41 else (Tone.NORMAL, "habituel")


@pytest.mark.parametrize(
    ("typed", "value", "wrong", "words"),
    [
        ("37,2", "37.2", False, "habituel"),
        ("37.2", "37.2", False, "habituel"),
        ("42", "42", False, "Trop haut"),
        ("1.000", None, True, "ambigu"),
        ("1,000", None, True, "ambigu"),
        ("trente", None, True, "ambigu"),
        ("", None, False, ""),
    ],
)
def test_a_figure_is_read_one_way_or_refused_in_words(
    qtbot: QtBot, typed: str, value: str | None, wrong: bool, words: str
) -> None:
    field = QuantityField("Température", "°C", _judge)
    qtbot.addWidget(field)
    field.edit.setText(typed)
    assert (field.value(), field.wrong) == (value, wrong)
    assert words in _texts(field)
    assert field.edit.text() == typed
    assert field.edit.accessibleName() == "Température (°C)"
    assert words in field.edit.accessibleDescription()


@pytest.mark.parametrize(
    ("typed", "minutes_ago"),
    [
        ("maintenant", 0),
        ("", 0),
        ("il y a 20 min", 20),
        ("20 min", 20),
        ("il y a 1 h 10 min", 70),
        ("il y a 2 h", 120),
        ("20 min ago", 20),
        ("04:10", 11),
        ("4h10", 11),
        ("4 h 10", 11),
        ("hier 22:40", 341),
        ("yesterday 22:40", 341),
        ("hier à 22h40", 341),
        ("21/11/2026 22:40", 341),
    ],
)
def test_a_time_is_understood_as_people_say_it(typed: str, minutes_ago: int) -> None:
    assert parse_moment(typed, NOW) == NOW - minutes_ago * MINUTE


@pytest.mark.parametrize(
    "typed", ["22:40", "25:00", "04:61", "demain", "12", "il y a", "h", "30/02/2026 10:00", "ago"]
)
def test_a_time_to_come_or_unclear_is_never_guessed(typed: str) -> None:
    """22:40 at four in the morning may be yesterday's; the person has to say so."""
    assert parse_moment(typed, NOW) is None


@given(st.text(max_size=30))
def test_no_text_ever_gives_a_time_to_come(typed: str) -> None:
    found = parse_moment(typed, NOW)
    assert found is None or found <= NOW + MINUTE


def test_the_time_field_says_what_it_understood(qtbot: QtBot) -> None:
    field = TimeField("Heure de la prise", NOW)
    qtbot.addWidget(field)
    assert field.at_ms() == NOW
    field.edit.setText("04:10")
    assert "il y a 11" in field.edit.accessibleDescription()
    field.edit.setText("23:00")
    assert field.at_ms() is None
    assert "non comprise" in field.edit.accessibleDescription()


def test_quick_times_are_understood_in_both_languages(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QPushButton

    for lang in ("fr", "en"):
        choose_language(lang)
        field = TimeField("t", NOW)
        qtbot.addWidget(field)
        got = []
        for button in field.findChildren(QPushButton):
            button.click()
            got.append(field.at_ms())
        assert got == [NOW, NOW - 15 * MINUTE, NOW - 30 * MINUTE, NOW - 60 * MINUTE]


# -- lists -----------------------------------------------------------------------------------

LONG = "acide acétylsalicylique — DOSE 160 mg — voie orale — une fois par jour à 08:00"


@pytest.mark.parametrize("width", [80, 150, 400])
def test_every_character_of_a_cell_is_laid_out(qapp: QApplication, width: int) -> None:
    """Nothing is elided: the lines of the layout hold the whole text, and fit the width."""
    cell = Cell(((Run(LONG, bold=True),), (Run("il y a 1 h 10"),)))
    laid = lay_out(cell, width)
    for layout, text in zip(laid.lines, (LONG, "il y a 1 h 10"), strict=True):
        lines = [layout.lineAt(n) for n in range(layout.lineCount())]
        assert sum(line.textLength() for line in lines) == len(text)
        for line in lines:
            assert line.naturalTextWidth() <= width + 1
    assert laid.height >= sum(layout.boundingRect().height() for layout in laid.lines)


def test_chips_wrap_within_the_column(qapp: QApplication) -> None:
    chips = tuple(ChipText(f"Alerte {n}", Tone.WARNING, "◆") for n in range(6))
    laid = lay_out(Cell(chips=chips), 120)
    assert len(laid.chips) == 6
    assert all(place.right() <= 120 for place, _chip in laid.chips)
    assert laid.height >= laid.chips[-1][0].bottom()


def _table(qtbot: QtBot, settle: Settle, width: int) -> RowsTable:
    columns = [
        Column[str](lambda: "Lit", lambda row: text_cell(row, bold=True), 64),
        Column[str](lambda: "Prise", lambda _row: text_cell(LONG, "DPI 21/11"), 120, 1),
    ]
    table = RowsTable("Lits")
    qtbot.addWidget(table)
    model: DiffModel[str] = DiffModel(columns, lambda row: row, table)
    model.show(["201", "202"])
    table.setModel(model)
    settle(table, width, 400)
    return table


@pytest.mark.parametrize("width", [240, 500, 900])
def test_rows_are_as_tall_as_their_text_and_there_is_no_sideways_bar(
    qtbot: QtBot, settle: Settle, width: int
) -> None:
    table = _table(qtbot, settle, width)
    column = table.columnWidth(1)
    needed = lay_out(text_cell(LONG, "DPI 21/11"), column - 16).height
    assert table.rowHeight(0) >= needed
    assert table.columnWidth(0) + column == table.viewport().width()
    assert table.textElideMode() is Qt.TextElideMode.ElideNone


def test_enter_opens_and_space_previews_the_selected_row(qtbot: QtBot, settle: Settle) -> None:
    table = _table(qtbot, settle, 500)
    table.selectRow(1)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    with qtbot.waitSignal(table.previewed) as previewed:
        qtbot.keyClick(table, Qt.Key.Key_Space)
    assert (opened.args, previewed.args) == (["202"], ["202"])


def test_a_row_that_grows_gets_its_height(qtbot: QtBot, settle: Settle, qapp: QApplication) -> None:
    """A drug line that arrives by sync is whole at once, without a resize by hand."""
    texts = {"201": "court"}
    columns = [Column[tuple[str, str]](lambda: "Prise", lambda row: text_cell(row[1]), 120, 1)]
    model: DiffModel[tuple[str, str]] = DiffModel(columns, lambda row: row[0])
    model.show(list(texts.items()))
    table = RowsTable("Lits")
    qtbot.addWidget(table)
    table.setModel(model)
    settle(table, 200, 300)
    before = table.rowHeight(0)
    model.show([("201", LONG)])
    qapp.processEvents()
    assert table.rowHeight(0) > before


@given(
    st.lists(st.tuples(st.integers(72, 200), st.integers(0, 3)), min_size=1, max_size=8),
    st.integers(300, 2000),
)
def test_columns_fill_the_width_exactly_where_they_can(
    parts: list[tuple[int, int]], width: int
) -> None:
    columns = [Column[str](lambda: "", lambda _row: Cell(), wide, grow) for wide, grow in parts]
    widths = share_width(columns, width)
    least = sum(72 if grow else wide for wide, grow in parts)
    if any(grow for _wide, grow in parts) and least <= width:
        assert sum(widths) >= width
    assert all(got >= 72 for got in widths)


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
