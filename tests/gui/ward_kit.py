"""A small ward in a real node of this process: six invented patients, one night, known people.

Not for: figures (the demo hospital is larger) or real data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import DAY, HOUR, MINUTE, local_instant
from kit.core.command import Outcome
from kit.core.event import Event
from kit.core.quantity import Quantity
from kit.gui.app import present
from kit.gui.port import LoopNode
from kit.gui.screen import Person, of_capsule
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.sheet import Sheet
from kit.gui.window import MainWindow
from kit.node.service import Node
from kit.store import vault
from kit.store.log import Circumstance
from kit.ward.administration import AdministrationRecorded
from kit.ward.alert import AlertRaised
from kit.ward.allergy import AllergyRecorded, NoKnownAllergy
from kit.ward.directory import DirectoryListed
from kit.ward.note import NoteWritten
from kit.ward.patient import PatientRegistered
from kit.ward.place import Bed, WardDescribed
from kit.ward.prescription_event import PrescriptionRecorded, PrescriptionSuspended
from kit.ward.schedule import Timing, slot_key
from kit.ward.snapshot import SnapshotImported
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded

NOW = local_instant(2026, 11, 22, 8, 20)
WARD = "CARD"
PIN = "2468"
EXTRACT = NOW - 5 * HOUR - 41 * MINUTE


class WardKit:
    """A node with a ward, one nurse signed in, and a clock that a test moves by hand."""

    def __init__(self, folder: Path, *, patients: bool = True, extract_at: int = EXTRACT) -> None:
        self.now = NOW
        self.node = Node(folder, clock=lambda: self.now, cost=vault.TEST_ONLY)
        self._made = self.node.handle(
            {"id": 1, "call": "create", "args": {
                "hospital": "CH de Valmont", "ward": WARD, "world": "TEST:ward",
                "label": "Kit Cardiologie",
            }}
        )  # fmt: skip
        self._call("phrase.proven", {})
        people: dict[str, str] = {}
        for name, role in (("C. Dubois", "IDE"), ("M. Leroy", "IDE")):
            args = {"name": name, "profession": role, "pin": PIN}
            people[name] = self._call("enrol", args)["answer"]["person"]
        signed = self._call("sign_in", {"person": people["C. Dubois"], "pin": PIN})
        self.people = people
        self.person = Person(signed["person"], signed["name"], signed["role"])
        self.port = LoopNode(self.node, lambda: self.now)
        self.node.tell = self.port.push
        self.append(*_house())
        if patients:
            self.append(*_patients(extract_at))

    def _call(self, service: str, args: dict[str, Any]) -> Any:
        return self.node.handle({"id": 1, "call": service, "args": args})["ok"]

    def append(self, *events: Event) -> None:
        """Put events on record as an import does."""
        kit = self.node.desk.kit
        where = Circumstance("", "", self.now, kit.quality)
        with kit.log.transaction():
            for event in events:
                kit.log.append([Outcome(event)], where, WARD)
        self.node.desk.committed(events)

    def ask(self, name: str, **args: object) -> Any:
        """Rows of a query, as plain data."""
        return self.node.handle({"id": 1, "ask": name, "args": args})["ok"]

    def close(self) -> None:
        """Seal the kit."""
        self.node.close()


def _house() -> list[Event]:
    beds = tuple(Bed(bed, bed[:3]) for bed in ("201", "202", "203-1", "203-2", "204", "205"))
    return [
        WardDescribed(ward=WARD, name="Cardiologie", beds=beds),
        DirectoryListed(entry="d1", name="Standard", phone="9", role="Standard"),
        DirectoryListed(entry="d2", name="Réanimation", phone="4123", role="Urgence vitale"),
    ]


PEOPLE = (
    ("p1", "201", "AÏT-BENHADDOU", "Fatima", "1958-01-12", "F", "qualified"),
    ("p2", "202", "BERNARD", "Luc", "1971-05-30", "M", "validated"),
    ("p3", "203-1", "LEFEBVRE", "Noémie", "1942-03-03", "F", "qualified"),
    ("p4", "203-2", "LEFÈVRE", "Noémie", "1942-03-13", "F", "provisional"),
    ("p5", "204", "OKONKWO", "Jean-Baptiste Emmanuel", "1938-07-14", "M", "validated"),
)


def _patients(extract_at: int) -> list[Event]:
    made: list[Event] = [
        SnapshotImported(
            snapshot="s1", label="DPI", extracted_at=extract_at, units=48,
            blocks=("patients", "allergies", "prescriptions", "administrations", "vitals", "notes"),
        )
    ]  # fmt: skip
    for key, bed, family, given, birth, sex, identity in PEOPLE:
        made += [
            PatientRegistered(
                patient=key, birth_family=family, birth_given=given, birth_date=birth, sex=sex,
                ipp=f"80012345{key[1]}0", identity=identity, src="s1",
            ),
            StayOpened(
                stay=f"{key}-s", patient=key, ward=WARD, room=bed[:3], bed=bed,
                admitted_at=NOW - 3 * DAY, reason="Insuffisance cardiaque",
                doctor="Dr A. Rousseau", src="s1",
            ),
        ]  # fmt: skip
    made += [
        AllergyRecorded(
            allergy="a1", patient="p3", substance="Pénicilline", reaction="choc", src="s1",
            certainty="confirmed",
        ),
        NoKnownAllergy(patient="p1", at=NOW - DAY, by="Dr A. Rousseau", src="s1"),
        AlertRaised(alert="al1", patient="p5", kind="fall", text="Chute à domicile", src="s1"),
    ]  # fmt: skip
    return made + _orders() + _given() + _observed()


def _order(key: str, patient: str, generic: str, dose: Quantity, **more: object) -> Event:
    facts: dict[str, object] = {
        "prescription": key, "patient": patient, "generic": generic, "dose": dose, "route": "po",
        "start": NOW - 3 * DAY, "prescriber": "Dr A. Rousseau", "prescribed_at": NOW - 3 * DAY,
        "text": f"{generic} {dose.text()}", "src": "s1",
    }  # fmt: skip
    return PrescriptionRecorded(**{**facts, **more})  # type: ignore[arg-type]  # its own fields


def _orders() -> list[Event]:
    def times(*at: str) -> Timing:
        return Timing(times=at)

    def gram(value: str) -> Quantity:
        return Quantity(value, "g")

    def mg(value: str) -> Quantity:
        return Quantity(value, "mg")

    return [
        _order("r1", "p1", "paracétamol", gram("1"), timing=times("08:00", "14:00", "20:00"),
               strength="500 mg", form="comprimé"),
        _order("r2", "p1", "furosémide", mg("40"), timing=times("08:00"), brand="Lasilix",
               form="comprimé"),
        _order("r3", "p1", "bisoprolol", mg("2.5"), timing=times("08:00"), form="comprimé"),
        _order("r4", "p2", "amoxicilline et acide clavulanique", gram("1"), route="iv",
               timing=Timing(every_min=480, anchor=NOW - 26 * HOUR), form="poudre pour perfusion"),
        _order("r5", "p2", "oxycodone", mg("5"), as_needed=True, condition="douleur ≥ 4",
               min_interval_min=240, max_24h=mg("20"), high_alert=True),
        _order("r6", "p3", "insuline glargine", Quantity("12", "[IU]"), route="sc",
               timing=times("08:00"), high_alert=True),
        _order("r7", "p3", "ramipril", mg("5"), timing=times("08:00", "20:00"), form="comprimé"),
        _order("r8", "p4", "lévothyroxine", Quantity("75", "ug"), timing=times("07:00")),
        _order("r9", "p4", "ramipril", mg("5"), timing=times("08:00"), form="comprimé"),
        _order("r10", "p5", "énoxaparine", Quantity("4000", "[IU]"), route="sc",
               timing=times("12:00"), high_alert=True),
        _order("r11", "p5", "potassium chlorure", mg("600"), timing=times("08:00", "12:00"),
               not_understood=("modifierExtension",), status="to_check"),
        _order("r12", "p5", "paracétamol", gram("1"), as_needed=True, condition="douleur",
               min_interval_min=360, max_24h=gram("4")),
    ]  # fmt: skip


def _given() -> list[Event]:
    due = local_instant(2026, 11, 22, 7)
    return [
        AdministrationRecorded(
            patient="p4", prescription="r8", slot=slot_key("r8", due), due=due, at=due + 6 * MINUTE,
            generic="lévothyroxine", dose=Quantity("75", "ug"), by="A. Petit",
        ),
        AdministrationRecorded(
            patient="p5", prescription="r12", at=NOW - 3 * HOUR, generic="paracétamol",
            dose=Quantity("1", "g"), by="A. Petit",
        ),
        PrescriptionSuspended(
            prescription="r7", patient="p3", at=NOW - 4 * HOUR, reason="PA 88/50"
        ),
    ]  # fmt: skip


def _observed() -> list[Event]:
    return [
        VitalsRecorded(
            patient="p1", at=NOW - 4 * HOUR, by="A. Petit",
            values={"temp": "37.2", "hr": "84", "sbp": "132", "dbp": "78", "rr": "18",
                    "spo2": "96", "oxygen": "0", "acvpu": "A", "pain": "2", "weight": "71.5"},
        ),
        VitalsRecorded(
            patient="p3", at=NOW - 2 * HOUR, by="A. Petit",
            values={"temp": "38.4", "hr": "112", "sbp": "98", "dbp": "55", "rr": "24",
                    "spo2": "92", "oxygen": "1", "oxygen_flow": "2", "acvpu": "A"},
        ),
        NoteWritten(
            patient="p3", at=NOW - 2 * HOUR, target="Dyspnée", by="A. Petit",
            data="Essoufflée au moindre effort, SpO₂ 88 % en air ambiant.",
            action="O₂ 2 L/min aux lunettes, position demi-assise, appel du Dr Rousseau.",
            result="SpO₂ 92 % à 06:20.",
        ),
        NoteWritten(
            patient="p1", at=NOW - 9 * HOUR, target="Sommeil", by="A. Petit",
            data="Nuit calme, levée une fois.",
        ),
    ]  # fmt: skip


def open_window(kit: WardKit, bot: QtBot, *, width: int = 1366, height: int = 768) -> MainWindow:
    """The ward's window with the kit's nurse signed in, shown and at rest."""
    made = MainWindow(kit.port)
    bot.addWidget(made)
    made.resize(width, height)
    made.enter(kit.person, WARD, present(of_capsule("ward")))
    with bot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def sheet_of(window: MainWindow) -> Any:
    """The sheet that is open, None where there is none."""
    return next((one for one in window.findChildren(Sheet) if one.isVisible()), None)


def dialog_of(window: MainWindow) -> Any:
    """The question that is open, None where there is none."""
    return next((one for one in window.findChildren(ConfirmDialog) if one.isVisible()), None)


def texts_of(root: QWidget) -> str:
    """Everything that labels show, as one text with plain spaces."""
    shown = [label.text() for label in root.findChildren(QLabel) if label.isVisible()]
    return " | ".join(text for text in shown if text).replace("\u00a0", " ")


class Keys:
    """Presses keys where the focus is, as a person does, and counts them."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.count = 0

    def press(self, key: Qt.Key, *, ctrl: bool = False) -> None:
        """One chord, one action."""
        self.count += 1
        held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(self._where(), key, held)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        """Typed content: not counted as actions."""
        for char in text:  # as events: QTest knows the keys of Latin-1 only
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, char)
                QApplication.sendEvent(self._where(), event)

    def tab(self) -> None:
        """On to the next field: part of filling in."""
        QTest.keyClick(self._where(), Qt.Key.Key_Tab)

    def _where(self) -> QWidget:
        return QApplication.focusWidget() or self.window
