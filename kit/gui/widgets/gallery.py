"""Pictures of every part with invented people: `python -m kit.gui.widgets.gallery OUT_DIR`.

Not for: production, nor pictures of real screens (`make shots`). Made to be looked at: draws off
screen, writes `<page>-<fr|en>-<light|dark>-<width>.png` into the folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kit.core.clock import HOUR, MINUTE, local_instant
from kit.core.frame import Message
from kit.core.text import choose_language, language
from kit.gui import theme
from kit.gui.models import Column, DiffModel
from kit.gui.port import LoopNode
from kit.gui.screen import WARD, Person, Screen, ScreenSpec, of_capsule
from kit.gui.states import Explained, State, alone, core_down, explain_code
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.ages import AgeLabel
from kit.gui.widgets.banner import AllergyState, BannerFacts, PatientBanner
from kit.gui.widgets.cell import Cell, ChipText, Run, text_cell
from kit.gui.widgets.chip import FilterChip
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.facts import KitState, strip_items
from kit.gui.widgets.fields import QuantityField
from kit.gui.widgets.labels import Text
from kit.gui.widgets.medication import MedicationLine
from kit.gui.widgets.modebar import Mode, ModeBar, ModeFacts
from kit.gui.widgets.panel import Choice, StatePanel
from kit.gui.widgets.rows import RowsTable
from kit.gui.widgets.sheet import Sheet
from kit.gui.widgets.sparkline import Sparkline
from kit.gui.widgets.strip import StatusStrip
from kit.gui.widgets.times import TimeField
from kit.gui.window import MainWindow

NOW = local_instant(2026, 11, 22, 4, 21)
SIZES = ((1366, 768), (1920, 1080))
NB = "\u00a0"


def say(french: str, english: str) -> str:
    """The invented content in the language of the picture."""
    return french if language() == "fr" else english


LEFEBVRE = BannerFacts(
    patient="p1",
    birth_name="Lefebvre",
    given_names="Noémie",
    used_name="LEFEBVRE-MARTIN",
    birth_date="1942-03-03",
    sex="female",
    ipp="8001234567",
    ins="242037511600123",
    identity="qualified",
    bed="204-1",
    doctor="Dr A. Rousseau",
    allergy_state=AllergyState.KNOWN,
    allergies=("Pénicilline (choc, 2019)", "Iode (urticaire)", "Latex"),
    source="DPI 21/11 22:40",
)
KRIVINE = BannerFacts(
    patient="p2",
    birth_name="de Saint-Exupéry-Montgolfier",
    given_names="Marie-Clémentine Éléonore",
    birth_date="2024-11-02",
    sex="female",
    ipp="8001234999",
    identity="provisional",
    bed="212",
    homonym=True,
    allergy_state=AllergyState.NOT_RECORDED,
    source="Kit Cardio 22/11 03:58",
)
DEAD = BannerFacts(
    patient="p3",
    birth_name="Okonkwo",
    given_names="Jean",
    birth_date="1938-07-14",
    sex="male",
    ipp="8000001111",
    identity="validated",
    bed="",
    allergy_state=AllergyState.NONE_KNOWN,
    source="DPI 21/11 22:40",
    deceased_at_ms=NOW - 3 * HOUR,
)
UNKNOWN = BannerFacts(patient="p4", birth_name="", given_names="", bed="SAUV-2")

STATES = (
    KitState(
        "Cardiologie",
        "C. Dubois",
        "Infirmière",
        "DPI",
        NOW - 5 * HOUR - 41 * MINUTE,
        3,
        NOW - 2 * MINUTE,
        0,
        None,
        "ready",
        78,
        True,
    ),
    KitState(
        "Réanimation polyvalente",
        "M. Abdelkader-Lefèvre",
        "Aide-soignante",
        "DPI",
        NOW - 19 * HOUR,
        1,
        NOW - 40 * MINUTE,
        12,
        NOW - 38 * MINUTE,
        "down",
        22,
        False,
    ),
)

Bed = tuple[str, str, str, tuple[ChipText, ...], Cell, Cell, str]


def _beds() -> list[Bed]:
    late = Cell(
        (
            (Run(say("EN RETARD 32 min", "LATE 32 min"), bold=True, tone=Tone.CRITICAL),),
            (Run(say("amoxicilline 1 g IV, toutes les 8 h", "amoxicillin 1 g IV, every 8 h")),),
        )
    )
    due = text_cell("06:00", say("paracétamol 1 g per os", "paracetamol 1 g orally"))
    vitals = text_cell("38,4 °C  104  92/58  94 %", say("il y a 1 h 10", "1 h 10 ago"))
    stale = Cell(vitals.lines, stale=True)
    names = (
        ("201", "AÏT-BENHADDOU, Fatima", "12/01/1958 (68)"),
        ("202", "BERNARD, Luc", "30/05/1971 (55)"),
        ("203", "DE SAINT-EXUPÉRY-MONTGOLFIER, Marie-Clémentine Éléonore", "02/11/2024 (24 mois)"),
        ("204-1", "LEFEBVRE, Noémie", "03/03/1942 (84)"),
        ("204-2", "LEFÈVRE, Noémie", "13/03/1942 (84)"),
        ("205", "N'GUYEN, Thi", "08/08/1990 (36)"),
        ("206", "OKONKWO, Jean", "14/07/1938 (88)"),
    )
    allergy = ChipText(say("Allergies", "Allergies"), Tone.CRITICAL, "▲")
    fall = ChipText(say("Chute", "Falls"), Tone.NORMAL)
    homonym = ChipText(say("HOMONYME", "HOMONYM"), Tone.WARNING, "◆")
    chips = (
        (allergy, ChipText("BMR", Tone.WARNING, "◆")),
        (),
        (fall,),
        (allergy,),
        (homonym,),
        (),
        (allergy, fall),
    )
    return [
        (*who, mark, late if place % 3 == 0 else due, stale if place == 2 else vitals, "3")
        for place, (who, mark) in enumerate(zip(names, chips, strict=True))
    ]


def _columns() -> list[Column[Bed]]:
    def head(french: str, english: str) -> Callable[[], str]:
        return lambda: say(french, english)

    return [
        Column(head("Lit", "Bed"), lambda row: text_cell(row[0], bold=True), 64),
        Column(
            head("Patient", "Patient"), lambda row: text_cell(row[1], row[2], bold=True), 170, 2
        ),
        Column(head("Alertes", "Alerts"), lambda row: Cell(chips=row[3]), 130, 1),
        Column(head("Prochaine prise", "Next dose"), lambda row: row[4], 190, 2),
        Column(head("Constantes", "Vital signs"), lambda row: row[5], 170, 1),
        Column(head("À faire", "To do"), lambda row: text_cell(row[6]), 64),
    ]


class GalleryBoard(Screen):
    """A list as a ward board looks."""

    key = "ward.board"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.L)
        column.setSpacing(Space.M)
        filters = QHBoxLayout()
        filters.setSpacing(Space.S)
        for text, count in ((say("Tous", "All"), 24), (say("En retard", "Late"), 6)):
            filters.addWidget(FilterChip(text, count))
        filters.addStretch(1)
        column.addLayout(filters)
        self.table = RowsTable(say("Lits du service", "Beds of the ward"))
        model: DiffModel[Bed] = DiffModel(_columns(), lambda row: row[0], self)
        model.show(_beds())
        self.table.setModel(model)
        column.addWidget(self.table, 1)

    def load(self, context: object) -> None:
        self.enter(State.READY)

    def focus_first(self) -> None:
        self.table.setFocus()
        self.table.selectRow(3)


class GalleryPatient(GalleryBoard):
    """The same below a banner."""

    key = "ward.patient"
    single_patient = True

    def load(self, context: object) -> None:
        if self.context is not None:
            self.context.shell.show_banner(LEFEBVRE)


class VitalsSheet(Sheet):
    """A sheet with figures and a time."""

    def __init__(self) -> None:
        super().__init__(
            say("Constantes", "Vital signs"),
            "LEFEBVRE, Noémie — 204-1",
            verb=say("Enregistrer", "Save"),
            draft_key="vitals:p1",
        )
        self.body.addWidget(TimeField(say("Heure de la mesure", "Time of measurement"), NOW))
        fields = (
            (say("Température", "Temperature"), "°C", "37,2  02:10", "38,4"),
            (say("Fréquence cardiaque", "Heart rate"), "/min", "88  02:10", "104"),
            (say("Saturation", "Saturation"), "%", "96  02:10", "1,000"),
            (say("Fréquence respiratoire", "Respiratory rate"), "/min", "", ""),
        )
        for label, unit, before, typed in fields:
            field = QuantityField(label, unit, _judge)
            field.show_previous(before)
            field.edit.setText(typed)
            self.body.addWidget(field)


def _judge(number: Decimal) -> tuple[Tone, str]:
    if number > 100:
        return Tone.CRITICAL, say("Rapide — à signaler", "Fast: report it")
    if number > 38:
        return Tone.WARNING, say("Fièvre", "Fever")
    return Tone.NORMAL, say("Dans l'intervalle habituel", "In the usual range")


class _Silent:
    def handle(self, message: Message) -> Message:
        return {"id": message["id"], "ok": None}


def window(mode: Mode, state: KitState) -> MainWindow:
    """A window with somebody signed in."""
    made = MainWindow(LoopNode(_Silent(), lambda: NOW))
    systems = ("DPI", "PACS", say("messagerie", "e-mail"))
    made.show_mode(ModeFacts(mode, 2, "02:14", systems))
    made.show_state(state)
    specs = [
        ScreenSpec(spec.key, spec.title_id, spec.fkey, spec.icon, spec.capsule, place)
        for spec in of_capsule(WARD)
        for place in [_PLACES.get(spec.key, "kit.gui.widgets.gallery:GalleryBoard")]
    ]
    made.enter(Person("n1", "C. Dubois", "Infirmière"), "CARD", specs)
    made.rail.show_count("ward.round", 6, Tone.CRITICAL)
    made.rail.show_count("ward.notes", 14)
    return made


_PLACES = {"ward.patient": "kit.gui.widgets.gallery:GalleryPatient"}


def page_board() -> QWidget:
    """The frame in crisis with a list."""
    return window(Mode.CRISIS, STATES[0])


def page_patient() -> QWidget:
    """The frame in exercise: banner, sheet, toast, everything wrong in the strip."""
    made = window(Mode.EXERCISE, STATES[1])
    made.go("ward.patient", "p1")
    made.open_sheet(VitalsSheet())
    made.toast(say("Constantes enregistrées", "Vital signs saved"), lambda: None)
    return made


def page_confirm() -> QWidget:
    """A question below the banner; the core is down; the rail is folded."""
    made = window(Mode.STANDBY, STATES[0])
    made.go("ward.patient", "p1")
    made.rail.fold(folded=True)
    made._on_down(17)  # noqa: SLF001 - the picture of a node that is gone
    made.confirm(
        ConfirmDialog(
            say("Allergie connue à la pénicilline", "Known allergy to penicillin"),
            say(
                "L'amoxicilline est une pénicilline. Choc anaphylactique noté en 2019.",
                "Amoxicillin is a penicillin. Anaphylactic shock noted in 2019.",
            ),
            say("Donner malgré l'allergie", "Give despite the allergy"),
            grave=True,
        )
    )
    return made


def page_parts() -> QWidget:
    """Banners in their states, medication lines, panels, small parts."""
    page = QWidget()
    theme.dress(page, surface="bg")
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(Space.S)
    for facts in (LEFEBVRE, KRIVINE, DEAD, UNKNOWN):
        banner = PatientBanner()
        banner.show_patient(facts, NOW)
        column.addWidget(banner)
    grid = QGridLayout()
    grid.setContentsMargins(Space.L, Space.S, Space.L, Space.L)
    grid.setHorizontalSpacing(Space.XL)
    grid.setVerticalSpacing(Space.S)
    for place, line in enumerate(_lines()):
        grid.addWidget(line, place, 0)
    grid.addLayout(_small(), 0, 1, 3, 1)
    grid.setColumnStretch(0, 3)
    grid.setColumnStretch(1, 2)
    column.addLayout(grid)
    column.addStretch(1)
    return page


def _lines() -> Sequence[QWidget]:
    dose = say("DOSE", "DOSE")
    first, second = MedicationLine(), MedicationLine()
    first.show_line(
        [
            ("amoxicilline", True),
            (f" — CLAMOXYL — 1{NB}g — poudre — {dose}{NB}", False),
            (f"1{NB}g", True),
            (
                say(
                    " — voie intraveineuse — toutes les 8 h : 06:00 14:00 22:00 — "
                    "jusqu'au 26/11/2026 — Dr A. Rousseau, 21/11 18:05",
                    " — intravenous — every 8 h: 06:00 14:00 22:00 — until 26/11/2026 — "
                    "Dr A. Rousseau, 21/11 18:05",
                ),
                False,
            ),
        ],
        source="DPI 21/11 22:40",
    )
    second.show_line(
        [
            ("insuline asparte", True),
            (f" — NOVORAPID — {dose}{NB}", False),
            (say(f"6{NB}unités", f"6{NB}units"), True),
        ],
        chips=[ChipText(say("HAUT RISQUE", "HIGH RISK"), Tone.CRITICAL, "◆")],
        stopped=say(
            "Arrêtée 22/11 03:10, Dr A. Rousseau, hypoglycémie",
            "Stopped 22/11 03:10, Dr A. Rousseau, hypoglycaemia",
        ),
    )
    old = AgeLabel()
    old.show_age(NOW - 19 * HOUR, NOW, "DPI")
    return first, second, old


def _small() -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(Space.M)
    spark = Sparkline()
    points = [(NOW - hour * HOUR, 37 + (hour * 7 % 5) / 3) for hour in range(12)]
    spark.show_points(
        points, say("Température en hausse", "Temperature rising"), (36, 38), Tone.WARNING
    )
    row = QHBoxLayout()
    row.addWidget(Text(f"38,4{NB}°C", bold=True, size=Size.HEADING, wrap=False))
    row.addWidget(spark)
    row.addStretch(1)
    column.addLayout(row)
    strip = StatePanel(flat=True)
    strip.show_state(State.ALONE, alone(3))
    column.addWidget(strip)
    return column


def page_states() -> QWidget:
    """Panels, bars and strips."""
    page = QWidget()
    theme.dress(page, surface="bg")
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    for mode in Mode:
        bar = ModeBar()
        bar.show_mode(ModeFacts(mode, 2, "02:14", ("DPI", "PACS")))
        column.addWidget(bar)
    for state in (*STATES, KitState()):
        strip = StatusStrip()
        strip.show_items(strip_items(state, NOW))
        column.addWidget(strip)
    row = QHBoxLayout()
    empty = Explained(
        say("Aucun patient importé", "No patient imported"),
        say("Le tableau du service restera vide.", "The ward board stays empty."),
        say(
            "Importez le dernier instantané du DPI, ou admettez un patient.",
            "Import the last snapshot of the record, or admit a patient.",
        ),
    )
    choices: list[Choice] = [
        (say("Importer", "Import"), _nothing),
        (say("Admettre", "Admit"), _nothing),
    ]
    shown: tuple[tuple[State, Explained, list[Choice]], ...] = (
        (State.EMPTY, empty, choices),
        (State.BROKEN, explain_code("RPC-002"), []),
        (State.REFUSED, explain_code("RPC-003"), []),
    )
    for state_name, said, buttons in shown:
        panel = StatePanel()
        panel.show_state(state_name, said, buttons)
        row.addWidget(panel)
    column.addLayout(row, 1)
    for seconds in (3, 17):
        flat = StatePanel(flat=True)
        flat.show_state(State.STALE if seconds < 15 else State.BROKEN, core_down(seconds))
        column.addWidget(flat)
    return page


def _nothing() -> None:
    """What a button in a picture does."""


PAGES: dict[str, Callable[[], QWidget]] = {
    "board": page_board,
    "patient": page_patient,
    "confirm": page_confirm,
    "parts": page_parts,
    "states": page_states,
}


def main(out: Path) -> None:
    """Draw every page in both languages, palettes and sizes."""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)  # noqa: S101 - the only kind made here
    for lang in ("fr", "en"):
        choose_language(lang)
        for dark in (False, True):
            theme.apply(app, dark=dark)
            for name, build in PAGES.items():
                for width, height in SIZES:
                    page = build()
                    page.resize(width, height)
                    page.show()
                    for _turn in range(3):  # layouts settle: columns, then rows
                        app.processEvents()
                    colour = "dark" if dark else "light"
                    page.grab().save(str(out / f"{name}-{lang}-{colour}-{width}.png"))
                    page.close()
                    page.deleteLater()


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main(Path(sys.argv[1]))
