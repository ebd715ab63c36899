"""The patient banner: who this is, and what would harm them; never covered, never cut (PAB-0015).

Not for: finding out any of it. Birth name first; the INS number only where the identity is
qualified (RNIV); allergies in one of four explicit states (PAB-0064), never an empty place.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kit.core.clock import date_text, local
from kit.core.quantity import NBSP
from kit.core.text import plural_translator, translator
from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.ages import person_age
from kit.gui.widgets.cell import ChipText
from kit.gui.widgets.chip import Chip
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.hatch import paint_hatch
from kit.gui.widgets.labels import Headline, Text

_ = translator("gui")
ngettext = plural_translator("gui")


class AllergyState(StrEnum):
    """PAB-0064: what is known of allergies; there is no fifth state."""

    KNOWN = "known"
    NONE_KNOWN = "none-known"
    NOT_RECORDED = "not-recorded"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class BannerFacts:
    """What the banner shows. Dates of birth are ISO; unknown texts are "".

    `sex`: male, female, other or unknown (FHIR). `identity`: qualified, validated, retrieved or
    provisional (RNIV). `source` is the words for where the allergies come from and when.
    """

    patient: str
    birth_name: str
    given_names: str
    used_name: str = ""
    birth_date: str = ""
    sex: str = "unknown"
    ipp: str = ""
    ins: str = ""
    identity: str = "provisional"
    bed: str = ""
    doctor: str = ""
    homonym: bool = False
    conflicts: int = 0
    allergy_state: AllergyState = AllergyState.UNAVAILABLE
    allergies: tuple[str, ...] = ()
    source: str = ""
    deceased_at_ms: int | None = None


class PatientBanner(QWidget):
    """Identity at the left, allergies at the right; a pattern behind a deceased patient."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: BannerFacts | None = None
        self._flashing = False
        self.setAccessibleName(_("Patient"))
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        row.setSpacing(Space.L)
        row.addLayout(self._identity(), 3)
        self._allergies = AllergyBlock()
        row.addWidget(self._allergies, 2)
        self._flash = QTimer(self)
        self._flash.setSingleShot(True)
        self._flash.timeout.connect(self._unflash)

    def _identity(self) -> QVBoxLayout:
        self._name = Headline(size=Size.NAME)
        self._top = FlowLayout(gap=Space.S)
        self._top.addWidget(self._name)
        self._lines = (QWidget(), QWidget())
        self._flows = tuple(FlowLayout(line, Space.L) for line in self._lines)
        column = QVBoxLayout()
        column.setSpacing(Space.XS)
        column.addLayout(self._top)
        for line in self._lines:
            column.addWidget(line)
        column.addStretch(1)
        return column

    def show_patient(self, facts: BannerFacts, now_ms: int) -> None:
        """Show this patient; a change of patient flashes the frame."""
        changed = self.facts is not None and self.facts.patient != facts.patient
        self.facts = facts
        self._name.setText(full_name(facts))
        self._fill(self._top, [Chip(chip, spoken) for chip, spoken in _chips(facts, now_ms)], 1)
        self._fill(self._flows[0], [Fact(*pair) for pair in _first_line(facts, now_ms)])
        self._fill(self._flows[1], [Fact(*pair) for pair in _second_line(facts)])
        self._allergies.show_allergies(facts)
        self.setAccessibleName(spoken_patient(facts, now_ms))
        if changed and theme.motion_ms():
            self._flashing = True
            self._flash.start(theme.motion_ms())
        self.updateGeometry()
        self.update()

    def _fill(self, flow: FlowLayout, parts: list[Chip] | list[Fact], keep: int = 0) -> None:
        flow.clear(keep)
        for part in parts:
            flow.addWidget(part)

    def _unflash(self) -> None:
        self._flashing = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        dead = self.facts is not None and self.facts.deceased_at_ms is not None
        painter.fillRect(self.rect(), theme.color("panel" if dead else "bg"))
        if dead:
            color = theme.color("line")
            color.setAlphaF(0.22)
            paint_hatch(painter, QRectF(self.rect()), color)
        painter.setPen(theme.color("rule"))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        if self._flashing:
            painter.setPen(QPen(theme.color("accent"), 4))
            painter.drawRect(self.rect().adjusted(2, 2, -2, -2))
        painter.end()


class Fact(QWidget):
    """A small label and its value on one line; the label never parts from its value."""

    def __init__(self, label: str, value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS + 2)
        if label:
            row.addWidget(Text(label, tone=Tone.MUTED, wrap=False))
        row.addWidget(Text(value, wrap=False))
        self.setAccessibleName(f"{label} {value}".strip())


class AllergyBlock(QWidget):
    """The four states, each with its own sign, words and surface."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._head = Text(bold=True)
        self._list = Text(size=Size.MEDICATION, bold=True)
        self._source = Text(size=Size.SMALL, tone=Tone.MUTED)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        column.setSpacing(2)
        for part in (self._head, self._list, self._source):
            column.addWidget(part)
        column.addStretch(1)

    def show_allergies(self, facts: BannerFacts) -> None:
        """Show the state in words; the list wraps and is whole."""
        state = facts.allergy_state
        if state is AllergyState.KNOWN and not facts.allergies:
            state = AllergyState.UNAVAILABLE  # known but lost on the way is not "none"
        tone = _ALLERGY_TONE[state]
        self._head.setText(allergy_words(state))
        self._head.set_tone(tone)
        self._list.setText(" · ".join(facts.allergies) if state is AllergyState.KNOWN else "")
        self._list.set_tone(tone)
        self._list.setVisible(state is AllergyState.KNOWN)
        self._source.setText(facts.source)
        self._source.setVisible(bool(facts.source))
        surfaces = {Tone.CRITICAL: "critical", Tone.WARNING: "warning"}
        theme.dress(self, surface=surfaces.get(tone, "card"))
        self.setAccessibleName(f"{self._head.text()} {self._list.text()} {facts.source}".strip())


_ALLERGY_TONE = {
    AllergyState.KNOWN: Tone.CRITICAL,
    AllergyState.NONE_KNOWN: Tone.NORMAL,
    AllergyState.NOT_RECORDED: Tone.WARNING,
    AllergyState.UNAVAILABLE: Tone.WARNING,
}


def allergy_words(state: AllergyState) -> str:
    """The sentence of each state."""
    return {
        AllergyState.KNOWN: _("▲ Known allergies"),
        AllergyState.NONE_KNOWN: _("✓ No known allergy"),
        AllergyState.NOT_RECORDED: _("◇ Allergies not asked yet: ask before any drug"),
        AllergyState.UNAVAILABLE: _("◇ Allergies unavailable: take as possible, ask"),
    }[state]


def full_name(facts: BannerFacts) -> str:
    """`BIRTH NAME, Given` (RNIV), or words where it is unknown."""
    if not facts.birth_name:
        return _("Unknown identity")
    given = facts.given_names or _("given name unknown")
    return f"{facts.birth_name.upper()}, {given}"


def ins_text(ins: str) -> str:
    """The number in its usual groups: `2 42 03 75 116 001 23`."""
    cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    parts = [ins[start:end] for start, end in itertools.pairwise(cuts)]
    return NBSP.join(part for part in parts if part) if len(ins) == 15 else ins


def spoken_patient(facts: BannerFacts, now_ms: int) -> str:
    """The whole banner as one text for a screen reader."""
    parts = [full_name(facts)]
    parts += [spoken for _chip, spoken in _chips(facts, now_ms)]
    pairs = [*_first_line(facts, now_ms), *_second_line(facts)]
    parts += [f"{label} {value}".strip() for label, value in pairs]
    parts += [allergy_words(facts.allergy_state), *facts.allergies]
    return ", ".join(parts)


def _chips(facts: BannerFacts, now_ms: int) -> list[tuple[ChipText, str]]:
    made: list[tuple[ChipText, str]] = []
    if facts.deceased_at_ms is not None:
        made.append((ChipText(_deceased(facts), Tone.NORMAL, "■"), _deceased(facts)))
    if facts.homonym:
        spoken = _("Another patient of the ward has a similar name: check the date of birth")
        made.append((ChipText(_("HOMONYM"), Tone.WARNING, "◆"), spoken))
    if facts.conflicts:
        said = ngettext("{count} conflict", "{count} conflicts", facts.conflicts)
        words = said.format(count=facts.conflicts)
        spoken = _("{words} to settle: kits wrote different things").format(words=words)
        made.append((ChipText(words, Tone.WARNING, "?"), spoken))
    if facts.identity != "qualified":
        tone = Tone.WARNING if facts.identity == "provisional" else Tone.NORMAL
        words = identity_words(facts.identity)
        made.append((ChipText(words, tone, "◇"), words))
    return made


def identity_words(identity: str) -> str:
    """The status of the identity (RNIV) in words."""
    return {
        "qualified": _("Qualified identity"),
        "validated": _("Validated identity"),
        "retrieved": _("Retrieved identity"),
    }.get(identity, _("Provisional identity"))


def _deceased(facts: BannerFacts) -> str:
    at = facts.deceased_at_ms
    if at is None:
        return ""
    if at <= 1:  # dead, at a time that nobody gave
        return _("DECEASED, date unknown")
    birth = _birth(facts)
    age = person_age(birth, at) if birth else ""
    day = date_text(at)
    if age:
        return _("DECEASED on {day}, aged {age}").format(day=day, age=age)
    return _("DECEASED on {day}").format(day=day)


def _birth(facts: BannerFacts) -> date | None:
    try:
        return date.fromisoformat(facts.birth_date)
    except ValueError:
        return None


def _first_line(facts: BannerFacts, now_ms: int) -> list[tuple[str, str]]:
    birth = _birth(facts)
    if birth is None:
        value = facts.birth_date or _("date unknown")
    elif facts.deceased_at_ms is not None:
        value = f"{birth:%d/%m/%Y}"
    else:
        value = f"{birth:%d/%m/%Y} ({person_age(birth, now_ms)})"
    sexes = {"male": _("Male"), "female": _("Female"), "other": _("Other sex")}
    pairs = [(_("Born on"), value), ("", sexes.get(facts.sex, _("Sex unknown")))]
    pairs.append((_("IPP"), facts.ipp or _("none")))
    if facts.identity == "qualified" and facts.ins:
        pairs.append((_("INS"), ins_text(facts.ins)))
    return pairs


def _second_line(facts: BannerFacts) -> list[tuple[str, str]]:
    pairs = [(_("Bed"), facts.bed or _("no bed"))]
    if facts.used_name and facts.used_name.upper() != facts.birth_name.upper():
        pairs.insert(0, (_("Used name"), facts.used_name))
    if facts.doctor:
        pairs.append((_("Doctor"), facts.doctor))
    return pairs


def today(now_ms: int) -> date:
    """The hospital's date at that instant."""
    return local(now_ms).date()
