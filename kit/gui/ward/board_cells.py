"""The ward board's columns: a bed's row in six cells of words, signs and figures; nothing is cut.

Not for: the table (`widgets.rows`) nor for deciding what is late or how a score reads (the row and
`kit.ward.words` do).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kit.core.clock import moment_text, span_text
from kit.core.quantity import NBSP, number_text
from kit.core.text import plural_translator, translator
from kit.gui.models import Column
from kit.gui.tone import Tone
from kit.gui.ward import formats
from kit.gui.widgets.ages import STALE_AFTER_MS, ago
from kit.gui.widgets.cell import Cell, ChipText, Run, text_cell
from kit.ward import words
from kit.ward.allergy import AllergyRow
from kit.ward.board import BoardRow

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")

Now = Callable[[], int]
SHOWN_VITALS = ("temp", "hr", "pressure", "rr", "spo2", "oxygen")
SHOWN_CODES = frozenset((*SHOWN_VITALS, "sbp", "dbp"))
URGENT = frozenset({"medium", "high"})
RESPONSE_TONES = {"high": Tone.CRITICAL, "medium": Tone.CRITICAL, "medium_single": Tone.WARNING}
ALLERGY_SIGNS = {
    "known": ("▲", Tone.CRITICAL),
    "none_known": ("✓", Tone.MUTED),
    "not_collected": ("◇", Tone.WARNING),
    "unavailable": ("◇", Tone.WARNING),
}


def columns(now: Now, drafts: Callable[[str], int]) -> list[Column[BoardRow]]:
    """The six columns. `now`: UTC ms; `drafts`: how many drafts the person keeps for a patient."""
    return [
        Column(lambda: _("Bed"), bed_cell, 56),
        Column(lambda: _("Patient"), lambda row: patient_cell(row, now()), 210, 3),
        Column(lambda: _("Alerts"), alerts_cell, 190, 3),
        Column(lambda: _("Next dose"), lambda row: dose_cell(row, now()), 232, 3),
        Column(lambda: _("Vital signs"), lambda row: vitals_cell(row, now()), 300, 2),
        Column(lambda: _("To do"), lambda row: todo_cell(row, drafts(row.patient)), 112),
    ]


def key_of(row: BoardRow) -> str:
    """What keeps a row itself when news arrives: the patient, or the empty bed."""
    return row.patient or f"bed:{row.bed}"


def bed_cell(row: BoardRow) -> Cell:
    """The bed; a patient without one says so."""
    return text_cell(row.bed or _("no bed"), bold=bool(row.bed))


def patient_cell(row: BoardRow, now_ms: int) -> Cell:
    """Name, birth and age, sex; the used name; homonym and death as chips with their sign."""
    if not row.patient:
        return text_cell(_("Free bed"), tone=Tone.MUTED)
    name = formats.full_name(row.family, row.given)
    facts = f"{formats.born_and_age(row.birth_date, now_ms)}{formats.DOT}{words.sex_word(row.sex)}"
    lines: list[tuple[Run, ...]] = [(Run(name, bold=True),), (Run(facts, tone=Tone.MUTED),)]
    if row.used and row.used.casefold() != row.family.casefold():
        used = _("used name {name}").format(name=row.used.upper())
        lines.append((Run(used, tone=Tone.MUTED),))
    chips = []
    if row.deceased_at:
        chips.append(ChipText(_("DECEASED"), Tone.NORMAL, "■"))
    if row.homonym:
        chips.append(ChipText(_("HOMONYM"), Tone.WARNING, "◆"))
    return Cell(tuple(lines), tuple(chips), stale=bool(row.deceased_at))


def allergy_runs(allergies: AllergyRow | None) -> tuple[Run, ...]:
    """The allergies in words, in one of their four states; never an empty cell."""
    state = allergies.state if allergies is not None else "unavailable"
    sign, tone = ALLERGY_SIGNS.get(state, ("◇", Tone.WARNING))
    if state == "known" and allergies is not None:
        named = formats.short_substances(allergies)
        said = _("Allergies: {substances}").format(substances=named)
        return (Run(f"{sign}{NBSP}{said}", bold=True, tone=tone),)
    return (Run(f"{sign}{NBSP}{words.allergy_state_word(state)}", tone=tone),)


def alerts_cell(row: BoardRow) -> Cell:
    """Allergies first, then alerts and a doubtful identity as chips."""
    if not row.patient:
        return Cell()
    chips = [formats.alert_chip(alert) for alert in row.alerts]
    if row.identity not in ("qualified", "validated"):
        word = words.identity_word(row.identity)
        tone = Tone.WARNING if row.identity == "provisional" else Tone.NORMAL
        chips.append(ChipText(word[:1].upper() + word[1:], tone, "◇"))
    unique = list(dict.fromkeys(chips))
    return Cell((allergy_runs(row.allergies),), tuple(unique))


def dose_cell(row: BoardRow, now_ms: int) -> Cell:
    """The time or how late, then drug and dose; whatever is in doubt is said first."""
    if not row.patient:
        return Cell()
    dose = row.next_dose
    if dose is None:
        return text_cell(_("No dose planned in 24 h"), tone=Tone.MUTED)
    drug = [Run(dose.generic, bold=True)]
    if dose.amount:
        drug.append(Run(f" {dose.amount}"))
    if dose.high_alert:
        drug.insert(0, Run(f"◆{NBSP}{_('HIGH RISK')} ", bold=True, tone=Tone.CRITICAL))
    return Cell((_due_runs(row, now_ms), tuple(drug)), scale="even")


def _due_runs(row: BoardRow, now_ms: int) -> tuple[Run, ...]:
    dose = row.next_dose
    if dose is None:
        return ()
    if dose.status == "late":
        late = _("! LATE {span}").format(span=span_text(now_ms - dose.due))
        planned = f"({moment_text(dose.due, now_ms)})".replace(" ", NBSP)
        return (Run(late, bold=True, tone=Tone.CRITICAL), Run(f" {planned}", tone=Tone.MUTED))
    time = moment_text(dose.due, now_ms)
    if dose.status == "to_check":
        word = f"{words.slot_symbol(dose.status)}{NBSP}{words.slot_word(dose.status)}"
        return (Run(time, bold=True), Run(f"  {word}", bold=True, tone=Tone.WARNING))
    return (Run(time, bold=True), Run(f"  {ago(dose.due, now_ms)}", tone=Tone.MUTED))


def vitals_cell(row: BoardRow, now_ms: int) -> Cell:
    """The score with its word, the last values, their age; hatched where they are old."""
    if not row.patient:
        return Cell()
    if not row.vitals_at:
        return text_cell(_("No vital signs on record"), tone=Tone.MUTED)
    stale = now_ms - row.vitals_at > STALE_AFTER_MS
    scored_at = row.news2_at or row.vitals_at
    lines: list[tuple[Run, ...]] = [(*score_runs(row), _age(scored_at, now_ms))]
    for at, vitals in _by_age(row):
        age = () if at == scored_at == row.vitals_at else (_age(at, now_ms),)
        lines.append((Run(values_text(vitals)), *age))
    return Cell(tuple(lines), stale=stale)


def _age(at_ms: int, now_ms: int) -> Run:
    sign = "◷ " if now_ms - at_ms > STALE_AFTER_MS else ""
    return Run(f"{formats.DOT}{sign}{ago(at_ms, now_ms)}", tone=Tone.MUTED)


def _by_age(row: BoardRow) -> Iterator[tuple[int, dict[str, tuple[str, int]]]]:
    """The newest set's values; then what is older, with the age of the oldest of it.

    A temperature of five minutes ago must not lend its age to a pressure of this morning.
    """
    shown = {code: pair for code, pair in row.vitals.items() if code in SHOWN_CODES}
    newest = {code: pair for code, pair in shown.items() if pair[1] == row.vitals_at}
    older = {code: pair for code, pair in shown.items() if code not in newest}
    for vitals in (newest, older):
        if values_text(vitals):
            yield min(at for _value_text, at in vitals.values()), vitals


def score_runs(row: BoardRow) -> tuple[Run, ...]:
    """`! NEWS2 7 emergency call`; words with the number, colour only where it calls somebody."""
    if row.news2_excluded:
        return _without_score(row)
    if row.news2 is None and not row.news2_response and not row.news2_floor:
        return (Run(_("NEWS2 not computed"), tone=Tone.MUTED),)
    figure = str(row.news2) if row.news2 is not None else f"≥{NBSP}{row.news2_floor}"
    tone = RESPONSE_TONES.get(row.news2_response, Tone.NORMAL)
    text = f"NEWS2{NBSP}{figure}"
    if tone is not Tone.NORMAL:
        text = f"!{NBSP}{text} {words.response_word(row.news2_response)}"
    return (Run(text, bold=True, tone=tone),)


def _without_score(row: BoardRow) -> tuple[Run, ...]:
    word = words.excluded_word(row.news2_excluded)
    return (Run(word[:1].upper() + word[1:], tone=Tone.MUTED),)


def values_text(vitals: Mapping[str, tuple[str, int]]) -> str:
    """`T° 38,4  FC 104  PA 98/60  FR 22  SpO₂ 93  on oxygen`; only what was measured."""
    shown = [_value(code, vitals) for code in SHOWN_VITALS]
    return "  ".join(text for text in shown if text)


def _value(code: str, vitals: Mapping[str, tuple[str, int]]) -> str:
    if code == "pressure":
        return _pressure(vitals)
    if code not in vitals:
        return ""
    value = vitals[code][0]
    if code == "oxygen":
        return _("on oxygen").replace(" ", NBSP) if value == "1" else ""
    return f"{words.vital_short(code)}{NBSP}{number_text(value)}"


def _pressure(vitals: Mapping[str, tuple[str, int]]) -> str:
    high, low = vitals.get("sbp"), vitals.get("dbp")
    if high is None and low is None:
        return ""
    figures = [number_text(pair[0]) if pair else "–" for pair in (high, low)]
    return f"{_('BP')}{NBSP}{figures[0]}/{figures[1]}"


def todo_cell(row: BoardRow, drafts: int) -> Cell:
    """Counts of what waits for a person; words when nothing does."""
    if not row.patient:
        return Cell()
    chips = []
    if row.late:
        chips.append(ChipText(_("{count} late").format(count=row.late), Tone.CRITICAL, "!"))
    if conflicts := max(row.disputes, row.conflicts):
        said = ngettext("{count} conflict", "{count} conflicts", conflicts)
        chips.append(ChipText(said.format(count=conflicts), Tone.WARNING, "?"))
    if row.to_check:
        said = _("{count} to check").format(count=row.to_check)
        chips.append(ChipText(said, Tone.WARNING, "△"))
    if drafts:
        said = ngettext("{count} draft", "{count} drafts", drafts)
        chips.append(ChipText(said.format(count=drafts), Tone.INFO, "✎"))
    if not chips:
        return text_cell(_("up to date"), tone=Tone.MUTED)
    return Cell(chips=tuple(chips))


def is_late(row: BoardRow) -> bool:
    """A dose is past its time."""
    return row.late > 0


def has_allergy(row: BoardRow) -> bool:
    """At least one allergy is known."""
    return row.allergies is not None and row.allergies.state == "known"


def is_urgent(row: BoardRow) -> bool:
    """The score calls for an urgent opinion: five or more, as its table says."""
    return row.news2_response in URGENT


def wants_work(row: BoardRow) -> bool:
    """Something waits for a person."""
    return bool(row.late or row.disputes or row.conflicts or row.to_check)
