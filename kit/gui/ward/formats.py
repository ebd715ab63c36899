"""A patient in words: names, ages, allergies, alerts, sources, as every ward screen says them.

One place, so that the board, the chart and the sheets agree. Not for: deciding what is late or
dangerous (the row says it), nor for the words of codes (`kit.ward.words`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from kit.core.quantity import NBSP, number_text
from kit.core.text import translator
from kit.gui.tone import Tone
from kit.gui.widgets.ages import ago
from kit.gui.widgets.banner import AllergyState, BannerFacts
from kit.gui.widgets.cell import ChipText
from kit.ward import words
from kit.ward.alert import AlertRow
from kit.ward.allergy import AllergyItem, AllergyRow
from kit.ward.chart import BannerRow
from kit.ward.medication_line import Run as LineRun
from kit.ward.snapshot import SnapshotRow

_ = translator("gui_ward")
T = TypeVar("T")

DOT = " · "
ALLERGY_STATES = {
    "known": AllergyState.KNOWN,
    "none_known": AllergyState.NONE_KNOWN,
    "not_collected": AllergyState.NOT_RECORDED,
    "unavailable": AllergyState.UNAVAILABLE,
}
SEXES = {"F": "female", "M": "male", "I": "other"}
GRAVE_ALERTS = frozenset({"resistant_germ", "airway", "resuscitation", "suicide", "violence"})


def rows_of(answer: Any, kind: type[T]) -> list[T]:
    """The rows of an answer, typed; an answer of another shape is a fault of the programme."""
    return msgspec.convert(answer or [], list[kind])  # type: ignore[valid-type]  # a runtime type


def full_name(family: str, given: str) -> str:
    """`BIRTH NAME, Given`, or words where the name is unknown."""
    if not family and not given:
        return _("Unknown identity")
    return f"{family.upper() or _('NAME UNKNOWN')}, {given or _('given name unknown')}"


def born_and_age(birth_date: str, now_ms: int) -> str:
    """`03/03/1942 (84 years)`; the age stands only where it can be known."""
    age = words.age_text(birth_date, now_ms)
    birth = words.birth_text(birth_date)
    return f"{birth} ({age.replace(' ', NBSP)})" if age else birth


def substances(items: Sequence[AllergyItem]) -> tuple[str, ...]:
    """Each active allergy with its reaction, and what is doubtful about it."""
    return tuple(_substance(item) for item in items if item.certainty != "refuted")


def _substance(item: AllergyItem) -> str:
    notes = [item.reaction, words.severity_word(item.severity)]
    if item.certainty == "suspected":
        notes.append(words.certainty_word(item.certainty))
    if item.doubts:
        notes.append(_("to be checked: part not understood"))
    said = ", ".join(note for note in notes if note)
    return f"{item.substance} ({said})" if said else item.substance


def short_substances(allergies: AllergyRow) -> str:
    """The substances alone, for a list: `Penicillin, iodine`; a doubtful one says so."""
    return ", ".join(
        _("{substance} (to be checked)").format(substance=item.substance)
        if item.doubts
        else item.substance
        for item in allergies.items
        if item.certainty != "refuted"
    )


def alert_text(alert: AlertRow) -> str:
    """Kind and own words of an alert: `Isolation: contact`; once where both are the same."""
    kind = words.alert_word(alert.kind)
    if not alert.text or alert.text.casefold() == kind.casefold():
        return kind
    if alert.kind == "other":
        return alert.text
    return _("{kind}: {text}").format(kind=kind, text=alert.text)


def alert_chip(alert: AlertRow) -> ChipText:
    """An alert as a chip; its own words stand where they are as short as the kind's."""
    kind = words.alert_word(alert.kind)
    text = alert.text if alert.text and len(alert.text) <= len(kind) else kind
    tone = Tone.WARNING if alert.kind in GRAVE_ALERTS else Tone.NORMAL
    return ChipText(text, tone, "◆" if tone is Tone.WARNING else "")


def doubt_text(doubts: Sequence[str] | str) -> str:
    """`to be checked: part not understood (x)`; empty where nothing is in doubt."""
    parts = doubts.split("\n") if isinstance(doubts, str) else list(doubts)
    shown = ", ".join(part for part in parts if part)
    return _("to be checked: part not understood ({parts})").format(parts=shown) if shown else ""


def line_text(line: Sequence[LineRun]) -> str:
    """A medication line as one string."""
    return "".join(run.text for run in line)


def value_text(code: str, value: str) -> str:
    """A measure for people: `38,4 °C`, `96 %`, `alert`, `air`."""
    if code == "oxygen":
        return _("oxygen") if value == "1" else _("room air")
    if code == "acvpu":
        return f"{value} ({words.consciousness_word(value)})"
    unit = words.vital_unit(code)
    return f"{number_text(value)}{NBSP}{unit}" if unit else number_text(value)


class Sources:
    """Where data came from, by the id of its extract; the kit itself where there is none."""

    def __init__(self, rows: Sequence[SnapshotRow] = ()) -> None:
        self._rows = {row.snapshot: row for row in rows}

    def text(self, src: str, now_ms: int) -> str:
        """`DPI 21/11 22:40 (5 h 41 ago)`, or that it was entered in the kit."""
        row = self._rows.get(src)
        if row is None:
            return words.source_text("" if not src else _("Extract"), 0, now_ms)
        return words.source_text(row.label, row.extracted_at or row.imported_at, now_ms)

    def short(self, src: str) -> str:
        """The label alone, for lists whose heading says the time."""
        row = self._rows.get(src)
        return row.label if row else _("kit") if not src else _("Extract")


def banner_facts(row: BannerRow, now_ms: int) -> BannerFacts:
    """The banner's row as the banner shows it."""
    allergies = row.allergies
    used = " ".join(part for part in (row.used_family, row.used_given) if part)
    return BannerFacts(
        patient=row.patient,
        birth_name=row.birth_family,
        given_names=row.birth_given or row.given_names,
        used_name=used,
        birth_date=row.birth_date,
        sex=SEXES.get(row.sex, "unknown"),
        ipp=row.ipp,
        ins=row.ins,
        identity=row.identity,
        bed=" ".join(part for part in (row.ward, row.bed) if part),
        doctor=row.doctor,
        homonym=bool(row.homonyms),
        conflicts=row.disputes,
        allergy_state=ALLERGY_STATES[allergies.state],
        allergies=substances(allergies.items) if allergies.state == "known" else (),
        source=_allergy_source(row, now_ms),
        deceased_at_ms=row.deceased_at or None,
    )


def _allergy_source(row: BannerRow, now_ms: int) -> str:
    allergies = row.allergies
    if allergies.state == "none_known" and allergies.asserted_at:
        return _("Said to {name}, {age}").format(
            name=allergies.asserted_by or _("an unknown person"),
            age=ago(allergies.asserted_at, now_ms),
        )
    return words.source_text(row.source_label, row.extracted_at, now_ms)
