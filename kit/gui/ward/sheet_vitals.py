"""A set of vitals: fields in clinical order, the value before beside each, NEWS2 as one types.

Not for: bands and responses (`kit.ward.news2` and its table), nor what is unusual: the node says it
once, and the same value signed again is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from kit.core.clock import moment_text
from kit.core.errors import Refused
from kit.core.quantity import NBSP, number_text
from kit.core.text import plural_translator, translator
from kit.gui import theme
from kit.gui.screen import Context
from kit.gui.states import Explained
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of, value_text
from kit.gui.ward.sheet_entry import Command, EntrySheet
from kit.gui.ward.sheet_pick import Option, Pick
from kit.gui.widgets.ages import ago
from kit.gui.widgets.fields import QuantityField
from kit.gui.widgets.labels import Text
from kit.gui.widgets.times import TimeField
from kit.ward.clinical_table import is_confirmed
from kit.ward.news2 import News2, news2
from kit.ward.vitals import VitalsRow
from kit.ward.words import consciousness_word, news2_word, vital_short, vital_unit, vital_word

_ = translator("gui_entry")
ngettext = plural_translator("gui_entry")

FIGURES = (
    "temp", "hr", "sbp", "dbp", "rr", "spo2", "oxygen_flow", "pain", "glucose", "diuresis",
    "weight",
)  # fmt: skip
ORDER = (
    "temp", "hr", "sbp", "dbp", "rr", "spo2", "oxygen", "oxygen_flow", "acvpu", "pain", "glucose",
    "diuresis", "weight",
)  # fmt: skip
SCORED = frozenset({"temp", "hr", "sbp", "rr", "spo2"})
TONES = {"high": Tone.CRITICAL, "medium": Tone.WARNING, "medium_single": Tone.WARNING}


class ScoreBand(QFrame):
    """NEWS2 above the foot, always in sight: the score, what it calls for, its points."""

    def __init__(self, scale: Pick, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._score = Text(bold=True)
        self._points = Text(size=Size.SMALL, tone=Tone.MUTED)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        column.setSpacing(Space.XS)
        column.addWidget(self._score)
        column.addWidget(self._points)
        column.addWidget(scale)
        self.show_score(news2({}, 1))

    def show_score(self, score: News2) -> None:
        """Show this score; an incomplete set names what is missing."""
        tone = TONES.get(score.response, Tone.NORMAL)
        self._score.setText(news2_word(score))
        self._score.set_tone(tone)
        self._points.setText(_points_text(score))
        surface = {Tone.CRITICAL: "critical", Tone.WARNING: "warning"}.get(tone, "panel")
        theme.dress(self, surface=surface)
        self.setAccessibleName(f"{self._score.text()}. {self._points.text()}")


def _points_text(score: News2) -> str:
    if score.excluded:
        return ""
    parts = [f"{vital_short(code)}{NBSP}{points}" for code, points in score.points.items()]
    said = _("Points: {points}").format(points=", ".join(parts)) if parts else _("No point yet")
    if not is_confirmed("news2"):
        said += " — " + _("table to be confirmed by the hospital")
    return said


class VitalsSheet(EntrySheet):
    """Ctrl+Enter signs whatever has been filled in; nothing is required but one value."""

    def __init__(self, context: Context, patient: str, entry: VitalsRow | None = None) -> None:
        title = _("Correct vital signs") if entry else _("Vital signs")
        super().__init__(context, patient, "vitals", title)
        self._excluded = ""
        self.time = TimeField(_("Measured"), context.now_ms())
        self.figures = {code: self._figure(code) for code in FIGURES}
        air = [Option("0", _("Air"), _("room air")), Option("1", "O₂", _("oxygen"))]
        levels = [Option(code, code, consciousness_word(code)) for code in "ACVPU"]
        self.picks = {
            "oxygen": Pick("O₂", air, says=False), "acvpu": Pick(vital_short("acvpu"), levels),
        }  # fmt: skip
        self.scale = Pick(
            _("SpO₂ scale"),
            [Option("1", "1", _("scale 1, usual")), Option("2", "2", _("scale 2, target 88–92 %"))],
            clears=False,
            says=False,
        )
        self.scale.choose("1")
        self.band = ScoreBand(self.scale)
        self._unusual: tuple[str, ...] = ()
        self._checked: tuple[str, ...] = ()
        self._arrange()
        if entry is not None:
            self._prefill(entry)
        self._listen()
        self._rescore()
        args = {"patient": patient, "limit": 12}
        context.port.ask("vitals.history", args, self._show_previous, lambda _refused: None)
        banner = {"patient": patient}
        context.port.ask("patient.banner", banner, self._show_exclusion, lambda _refused: None)

    def _figure(self, code: str) -> QuantityField:
        judge = (lambda value: self._judge(code, value)) if code in SCORED else None
        field = QuantityField(vital_short(code), vital_unit(code), judge, width=80)
        field.edit.setToolTip(vital_word(code))
        field.edit.returnPressed.connect(lambda: self.focusNextPrevChild(True))
        return field

    def _arrange(self) -> None:
        fields = QVBoxLayout()
        fields.setSpacing(Space.XS)
        for code in ORDER:
            fields.addWidget(self.figures.get(code) or self.picks[code])
        self.body.addLayout(fields)
        self.body.addWidget(self.time)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)  # noqa: S101 - the sheet lays itself out so
        column.insertWidget(column.count() - 2, self.band)

    def _listen(self) -> None:
        for field in self.figures.values():
            field.changed.connect(self._edited)
        for pick in (*self.picks.values(), self.scale):
            pick.changed.connect(self._edited)
        self.time.changed.connect(self.touched)
        self.picks["oxygen"].changed.connect(self._show_flow)
        self._show_flow()

    def focus_first(self) -> None:
        """The time is now unless one says otherwise; typing starts at the temperature."""
        (self.correction.reason.list if self.correction else self.figures["temp"]).setFocus()

    # -- values ------------------------------------------------------------------------------

    def values(self) -> dict[str, str]:
        """What is filled in, as typed, by code."""
        typed = {code: field.edit.text().strip() for code, field in self.figures.items()}
        typed |= {code: pick.value() for code, pick in self.picks.items()}
        return {code: typed[code] for code in ORDER if typed[code]}

    def _read(self) -> dict[str, str]:
        """The values that can be read as numbers, for the score."""
        read = {code: field.value() or "" for code, field in self.figures.items()}
        read |= {code: pick.value() for code, pick in self.picks.items()}
        return {code: value for code, value in read.items() if value}

    def _edited(self) -> None:
        self._unusual = ()
        self.touched()
        self._rescore()

    def _show_flow(self) -> None:
        """The flow is asked only of a patient on oxygen."""
        field = self.figures["oxygen_flow"]
        on_oxygen = self.picks["oxygen"].value() == "1"
        field.setVisible(on_oxygen or bool(field.edit.text()))

    def _rescore(self) -> None:
        scale = int(self.scale.value() or "1")
        self.band.show_score(news2(self._read(), scale, self._excluded))

    def _judge(self, code: str, value: Decimal) -> tuple[Tone, str]:
        """The points of one measure, as a word beside it: 3 points alone call for somebody."""
        read = {**self._read(), code: format(value, "f")} if hasattr(self, "scale") else {}
        scale = int(self.scale.value() or "1") if read else 1
        points = news2(read, scale, self._excluded).points.get(code, 0)
        if not points:
            return Tone.NORMAL, ""
        words = ngettext("NEWS2: {points} point", "NEWS2: {points} points", points)
        return (Tone.CRITICAL if points >= 3 else Tone.WARNING), words.format(points=points)

    def _show_exclusion(self, answer: Any) -> None:
        """A child or a pregnant woman has no adult score; the reason stands in its place."""
        if answer:
            self._excluded = str(answer["news2_excluded"])
            self._rescore()

    def _show_previous(self, answer: Any) -> None:
        now = self.context.now_ms()
        for code, (value, at) in _latest(rows_of(answer, VitalsRow)).items():
            field = self.figures.get(code) or self.picks.get(code)
            if field is None:
                continue
            shown = value_text(code, value) if code in self.picks else number_text(value)
            field.show_previous(f"{shown.partition(' ')[0]} · {_short(at, now)}")
            field.setToolTip(f"{value_text(code, value)}, {ago(at, now)}")

    # -- drafts and signing ------------------------------------------------------------------

    def _prefill(self, row: VitalsRow) -> None:
        now = self.context.now_ms()
        shown = ", ".join(
            f"{vital_short(code)}{NBSP}{value_text(code, value)}"
            for code, value in row.values.items()
        )
        self.correct(
            row.entry,
            shown,
            _("{moment}, {name}").format(moment=moment_text(row.at, now), name=row.actor_name),
        )
        self.restore(
            {
                "values": {c: number_text(v) if c in FIGURES else v for c, v in row.values.items()},
                "scale": str(row.scale),
            }
        )
        self.time.edit.setText(f"{moment_text(row.at, now)}")

    def draft(self) -> dict[str, Any]:
        """What is typed."""
        made: dict[str, Any] = {
            "values": self.values(), "time": self.time.edit.text(), "scale": self.scale.value(),
        }  # fmt: skip
        return made | (self.correction.reason.draft() if self.correction else {})

    def restore(self, draft: dict[str, Any]) -> None:
        """Put it back."""
        values = dict(draft.get("values") or {})
        for code, field in self.figures.items():
            field.edit.setText(str(values.get(code, "")))
        for code, pick in self.picks.items():
            pick.choose(str(values.get(code, "")))
        self.scale.choose(str(draft.get("scale") or "1"))
        if draft.get("time"):
            self.time.edit.setText(str(draft["time"]))
        if self.correction is not None and "reason" in draft:
            self.correction.reason.restore(draft)

    def command(self) -> Command | None:
        """`vitals.record`; a time that is not understood, or a correction without reason, waits."""
        correcting = self.correction_args()
        at = declared_at(self.time, self.context.now_ms())
        if correcting is None or at is None:
            if at is None:
                self.time.setFocus()
            return None
        args = {
            "patient": self.patient, "values": self.values(), "at": at,
            "scale": int(self.scale.value() or "1"), "confirmed": list(self._unusual),
        }  # fmt: skip
        return "vitals.record", args | correcting

    def refused_at(self, refused: Refused) -> QWidget | None:
        """Unusual values are asked once: signing again, unchanged, confirms them."""
        codes = tuple(str(code) for code in refused.args.get("codes", ()))
        if refused.code == "vitals.implausible":
            self._unusual = (*self._unusual, *codes)
            again = Explained(
                _("Unusual: {fields}.").format(
                    fields=", ".join(self._said(code) for code in codes)
                ),
                _(
                    "Measure again. If it is right, sign once more:"
                    " it is then recorded as it stands."
                ),
            )
            self.refuse(again)
        for code in codes:
            if code in self.figures:
                theme.dress(self.figures[code].edit, wrong="warning")
        first = next((code for code in codes if code in self.figures), "")
        return self.figures[first].edit if first else None

    def _said(self, code: str) -> str:
        unit = vital_unit(code)
        return f"{vital_word(code)} {self.figures[code].edit.text()}{NBSP}{unit}".strip()

    def done_text(self) -> str:
        """Named by what it was."""
        return _("Vital signs recorded.")


def declared_at(field: TimeField, now_ms: int) -> int | None:
    """The time to sign: 0 for now (the node's own), UTC ms for another, None if not understood."""
    field.tick(now_ms)
    at = field.at_ms()
    return 0 if at == now_ms else at


def _latest(rows: Sequence[VitalsRow]) -> dict[str, tuple[str, int]]:
    """The last value of each code and its moment; struck sets left out."""
    latest: dict[str, tuple[str, int]] = {}
    for row in rows:
        if not row.struck_by and not row.struck_reason:
            for code, value in row.values.items():
                latest.setdefault(code, (value, row.at))
    return latest


def _short(at_ms: int, now_ms: int) -> str:
    return moment_text(at_ms, now_ms).replace(" ", NBSP)
