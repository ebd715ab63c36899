"""The steps of the first run but the key: what each asks, and what it has the node do.

Each step says itself when it is finished. Not for: their order (`first_run`), key, extract and end
(`first_run_key`, `_import`, `_last`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from kit.core.errors import Refused
from kit.core.text import choose_language, language, plural_translator, translator
from kit.gui.faults import explain_refusal
from kit.gui.port import NodePort
from kit.gui.screen import STEERING, WARD
from kit.gui.states import Explained
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")

PROFESSIONS = ("IDE", "AS", "MED", "CAD", "PHA", "ADM", "DIR", "SI", "LOG", "DPO", "COM", "AUD")
# Who may import a snapshot, and so is signed in for the rest of the first run.
IMPORTERS = frozenset({"IDE", "MED", "CAD", "PHA", "ADM", "DIR", "SI", "LOG"})


@dataclass(slots=True)
class Gathered:
    """What the steps have asked so far, and what the node made of it."""

    port: NodePort
    facts: dict[str, Any]
    world: str
    answers: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    proven: bool = False
    made: bool = False
    accounts: list[tuple[str, str]] = field(default_factory=list)  # name, profession
    signer: tuple[str, str] = ("", "")  # account id and PIN of who signs in, until they have
    who: dict[str, Any] = field(default_factory=dict)
    report: str = ""
    joins: bool = False  # at the end, pair with a kit of a fleet

    @property
    def steering(self) -> bool:
        """Whether this kit is for the crisis cell."""
        known = self.facts.get("capsule") if self.made else None
        return (known or self.answers.get("capsule")) == STEERING


class StepLine(QLineEdit):
    """A line that keeps Enter to itself: elsewhere in a step Enter means the button at its end."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class Step(QWidget):
    """One step. Subclasses build themselves from what was gathered, and add their answers."""

    finished = Signal()
    goes_on = Signal()  # Enter in its last line
    refused = Signal(Explained)
    verb_changed = Signal()
    asks = Signal(object)  # ConfirmDialog, shown over the whole first run

    def __init__(self, gathered: Gathered, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.gathered = gathered
        self.busy = False
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(Space.M)
        self.build()
        self.column.addStretch(1)

    def build(self) -> None:
        """Put the step's content into the column."""

    def begin(self) -> None:
        """The step is shown."""

    def ready(self) -> bool:
        """Whether the step may be finished now."""
        return not self.busy

    def verb(self) -> str:
        """Another word than "Next" on the button, or ""."""
        return ""

    def proceed(self) -> None:
        """Finish: check, record, and say `finished`."""
        self.finished.emit()

    def focus_first(self) -> None:
        """Put the focus into the first field."""
        for child in self.findChildren(QWidget):
            if child.focusPolicy() & child.focusPolicy().TabFocus and child.isEnabled():
                child.setFocus()
                return

    def say(self, text: str) -> Text:
        """A muted sentence under what came before."""
        made = Text(text, tone=Tone.MUTED)
        self.column.addWidget(made)
        return made

    def line(self, name: str, label: str, hint: str = "") -> QLineEdit:
        """A labelled line that keeps its answer under `name`."""
        edit = StepLine(self.gathered.answers.get(name, ""))
        edit.returnPressed.connect(partial(self._entered, edit))
        edit.setAccessibleName(label)
        edit.setPlaceholderText(hint)
        words = Text(label)
        words.setBuddy(edit)
        box = QVBoxLayout()
        box.setSpacing(Space.XS)
        box.addWidget(words)
        box.addWidget(edit)
        self.column.addLayout(box)
        edit.textChanged.connect(partial(self._keep, name))
        return edit

    def _entered(self, line: StepLine) -> None:
        """Enter: to the next field, and from the last one onwards."""
        if line is self.findChildren(StepLine)[-1]:
            self.goes_on.emit()
        else:
            self.focusNextPrevChild(True)

    def _keep(self, name: str, text: str) -> None:
        self.gathered.answers[name] = text
        self.verb_changed.emit()

    def work(self, *, on: bool) -> None:
        """The node is at work."""
        self.busy = on
        self.verb_changed.emit()

    def on_refused(self, why: Refused) -> None:
        """Show a refusal in the step."""
        self.work(on=False)
        self.refused.emit(explain_refusal(why))


class _Choice(QWidget):
    """A radio button with a sentence beneath."""

    def __init__(self, title: str, about: str) -> None:
        super().__init__()
        self.radio = QRadioButton(title)
        self.radio.setAccessibleName(f"{title}. {about}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.radio)
        row = QHBoxLayout()
        row.setContentsMargins(28, 0, 0, 0)
        row.addWidget(Text(about, tone=Tone.MUTED))
        column.addLayout(row)


class LanguageStep(Step):
    """French or English; each is named in itself."""

    def build(self) -> None:
        self.say("Choisissez la langue du kit. / Choose the language of the kit.")
        for code, name in (("fr", "Français"), ("en", "English")):
            radio = QRadioButton(name)
            radio.setAccessibleName(name)
            radio.setChecked(self.gathered.answers.get("language", language()) == code)
            radio.toggled.connect(partial(self._choose, code))
            self.column.addWidget(radio)

    def _choose(self, code: str, on: bool) -> None:
        if on:
            self.gathered.answers["language"] = code
            choose_language(code)
            self.verb_changed.emit()

    def proceed(self) -> None:
        """The node speaks the same language."""
        code = self.gathered.answers.setdefault("language", language())
        choose_language(code)
        self.gathered.port.call("hello", {"language": code}, lambda _facts: None, again=True)
        self.finished.emit()


class CapsuleStep(Step):
    """What this kit is for."""

    def build(self) -> None:
        self.say(_("What is this kit for? It cannot be changed later."))
        ward = _Choice(
            _("Ward"), _("Patients, prescriptions, doses, vital signs, notes; the paper pack.")
        )
        steering = _Choice(
            _("Steering"),
            _("The crisis cell: how every ward stands, messages, directives. No patient record."),
        )
        self.choices = {WARD: ward.radio, STEERING: steering.radio}
        group = QButtonGroup(self)  # each radio has a holder of its own
        for capsule, radio in self.choices.items():
            group.addButton(radio)
            radio.setChecked(capsule == self.gathered.answers.get("capsule", WARD))
        self.column.addWidget(ward)
        self.column.addWidget(steering)

    def proceed(self) -> None:
        """What is chosen decides the steps that follow."""
        chosen = [capsule for capsule, radio in self.choices.items() if radio.isChecked()]
        self.gathered.answers["capsule"] = chosen[0] if chosen else WARD
        self.finished.emit()


class HospitalStep(Step):
    """The hospital's name, the ward's code, and how people call this kit."""

    def build(self) -> None:
        self.say(_("These names stand on every screen and every sheet of this kit."))
        self.line("hospital", _("Hospital"), _("Valmont hospital"))
        if not self.gathered.steering:
            self.line("ward", _("Ward code, as in the patient record"), "CARD")
        hint = _("Crisis cell") if self.gathered.steering else _("Cardio 1")
        self.line("label", _("Name of the kit (on its case)"), hint)

    def ready(self) -> bool:
        answers = self.gathered.answers
        named = self.gathered.steering or answers.get("ward", "").strip()
        return bool(answers.get("hospital", "").strip() and named)


class AccountsStep(Step):
    """Who may sign in; each with a PIN typed twice."""

    def build(self) -> None:
        self.say(
            _("Make an account for yourself, then for colleagues; a manager can add more later.")
        )
        self.name = self.line("account", _("First name and name"))
        self.profession = QComboBox()
        self.profession.setAccessibleName(_("Profession"))
        from kit.ward.words import profession_word

        for code in PROFESSIONS:
            word = profession_word(code)
            self.profession.addItem(word[:1].upper() + word[1:], code)
        label = Text(_("Profession"))
        label.setBuddy(self.profession)
        self.column.addWidget(label)
        self.column.addWidget(self.profession)
        self.pins = [self._pin(_("PIN, at least four digits")), self._pin(_("The same PIN again"))]
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        for label_text, edit in self.pins:
            box = QVBoxLayout()
            box.setSpacing(Space.XS)
            words = Text(label_text)
            words.setBuddy(edit)
            box.addWidget(words)
            box.addWidget(edit)
            row.addLayout(box)
        self.column.addLayout(row)
        self.add = QPushButton(_("Add this account"))
        self.add.setAccessibleName(self.add.text())
        self.add.clicked.connect(self.enrol)
        foot = QHBoxLayout()
        foot.addWidget(self.add)
        foot.addStretch(1)
        self.column.addLayout(foot)
        self._made = Text()
        self.column.addWidget(self._made)
        self._list()

    def _pin(self, label: str) -> tuple[str, QLineEdit]:
        edit = StepLine()
        edit.setEchoMode(QLineEdit.EchoMode.Password)
        edit.setAccessibleName(label)
        edit.returnPressed.connect(self.enrol)
        return label, edit

    def enrol(self) -> None:
        """Make the account that is typed."""
        first, second = (edit.text() for _label, edit in self.pins)
        if first != second:
            said = Explained(
                _("The two PINs are not the same."), "", _("Type the same PIN twice, then add it.")
            )
            self.refused.emit(said)
            return
        name, profession = self.name.text().strip(), str(self.profession.currentData())
        args = {"name": name, "profession": profession, "pin": first}
        self.work(on=True)
        made = partial(self._enrolled, name, profession, first)
        self.gathered.port.call("enrol", args, made, self.on_refused)

    def _enrolled(self, name: str, profession: str, pin: str, ack: dict[str, Any]) -> None:
        gathered = self.gathered
        person = str((ack.get("answer") or {}).get("person") or name)
        better = not gathered.signer[0] or (
            profession in IMPORTERS
            and not any(code in IMPORTERS for _name, code in gathered.accounts)
        )
        if better:
            gathered.signer = (person, pin)
        gathered.accounts.append((name, profession))
        gathered.answers["account"] = ""
        self.name.clear()
        for _label, edit in self.pins:
            edit.clear()
        self._list()
        self.work(on=False)
        self.name.setFocus()

    def _list(self) -> None:
        from kit.ward.words import profession_word

        lines = [f"✓ {name} — {profession_word(code)}" for name, code in self.gathered.accounts]
        self._made.setText("\n".join(lines))
        self._made.setVisible(bool(lines))

    def ready(self) -> bool:
        return not self.busy and bool(self.gathered.accounts)

    def proceed(self) -> None:
        """Sign in, so that the import has an author."""
        gathered = self.gathered
        if self.name.text().strip():  # typed and not added yet: it would be lost
            self.enrol()
            return
        if gathered.who:
            self.finished.emit()
            return
        person, pin = gathered.signer
        self.work(on=True)
        args = {"person": person, "pin": pin}
        gathered.port.call("sign_in", args, self._signed_in, self.on_refused)

    def _signed_in(self, who: dict[str, Any]) -> None:
        self.gathered.who = who
        self.gathered.signer = ("", "")
        self.work(on=False)
        self.finished.emit()
