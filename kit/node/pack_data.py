"""From queries to paper: fills the dictionary that forms are printed from.

Asks the same rooms as the screens, so that screen and paper say the same. Not for: layout
(`kit.paper`), nor for numbers of sheets (`printing`).
"""

from __future__ import annotations

from collections.abc import Sequence

from kit.core.clock import DAY, HOUR, date_text, hhmm, moment_text
from kit.core.projection import Reader
from kit.core.quantity import Quantity, number_text
from kit.core.query import Asking
from kit.core.text import translator
from kit.node.settings import Settings
from kit.paper import fields as paper
from kit.ward import words
from kit.ward.alert import AlertKind
from kit.ward.allergy import AllergyItem, AllergyRow, AllergyState, Certainty
from kit.ward.chart import Banner, BannerRow, banner
from kit.ward.directory import Contacts, Directory, contacts, directory
from kit.ward.note import NoteRow, Notes, notes
from kit.ward.prescription import PrescriptionRow, Prescriptions, prescriptions
from kit.ward.prescription_event import OrderStatus
from kit.ward.problem import Problems, problems
from kit.ward.round import AsNeededRow, Round, RoundRow, SlotRow, SlotStatus, round_slots
from kit.ward.snapshot import Snapshots, snapshots
from kit.ward.vitals import VitalsHistory, VitalsRow, history, latest_by_code

_ = translator("clinical")
_STATES = {
    AllergyState.KNOWN: "known",
    AllergyState.NONE_KNOWN: "none",
    AllergyState.NOT_COLLECTED: "not_asked",
    AllergyState.UNAVAILABLE: "unavailable",
}
_IDENTITY = {"qualified", "validated", "retrieved", "provisional"}
_DONE = {
    SlotStatus.GIVEN: "given",
    SlotStatus.PARTIAL: "given",
    SlotStatus.CONFLICT: "given",
    SlotStatus.OMITTED: "not_given",
}


class PackReader:
    """Reads one ward for paper, at one moment."""

    def __init__(self, db: Reader, settings: Settings, asking: Asking) -> None:
        self.db, self.settings, self.asking = db, settings, asking
        self.labels = {row.snapshot: row for row in snapshots(db, Snapshots(), asking)}

    def ward(self, ward: str, patients: Sequence[str] | None = None) -> paper.WardPack:
        """The pack of a ward, or of some of its patients."""
        rows = self.db.rows(
            "select s.patient from stay s where s.ward=? and s.closed=0 order by s.bed, s.patient",
            ward,
        )
        chosen = [row[0] for row in rows] if patients is None else list(patients)
        name = self.db.row("select name from ward where code=?", ward)
        newest = max(self.labels.values(), key=lambda row: row.extracted_at or 0, default=None)
        own = self.db.row("select 1 from vitals where src='' limit 1")
        as_of = newest.extracted_at or newest.imported_at if newest else self.asking.at_ms
        return paper.WardPack(
            hospital=self.settings.hospital, ward_code=ward, ward_name=name[0] if name else ward,
            world=self.settings.world, kit_label=self.settings.label,
            printed_at_ms=self.asking.at_ms, data_as_of_ms=as_of or None,
            source_label=_source_label(newest.label if newest else "", bool(own)),
            patients=tuple(sheet for key in chosen if (sheet := self.patient(key))),
            contacts=tuple(
                paper.Contact(role=row.role, name=row.name, phone=row.phone, place=row.ward)
                for row in directory(self.db, Directory(ward=ward), self.asking)
            ),
        )  # fmt: skip

    def patient(self, key: str) -> paper.PatientSheet | None:
        """One patient's sheet; None where the kit does not know them."""
        who = banner(self.db, Banner(patient=key), self.asking)
        if who is None:
            return None
        now = self.asking.at_ms
        sets = history(
            self.db, VitalsHistory(patient=key, with_struck=False, limit=12), self.asking
        )
        doses = round_slots(
            self.db, Round(patient=key, since=now - DAY, until=now + DAY), self.asking
        )[0]
        latest = latest_by_code(sets)
        state = who.allergies
        return paper.PatientSheet(
            patient_id=key, birth_name=who.birth_family, given_name=who.birth_given,
            used_name=who.used_family, birth_date=who.birth_date, sex=_sex(who.sex), ipp=who.ipp,
            iep=who.iep, bed=who.bed,
            identity_status=who.identity if who.identity in _IDENTITY else "unknown",  # type: ignore[arg-type]  # checked by the set
            homonym=bool(who.homonyms),
            allergy_state=_STATES[AllergyState(state.state)],  # type: ignore[arg-type]  # a closed table
            allergies=tuple(_allergies(state)), allergy_declared_by=state.asserted_by,
            allergy_declared_ms=state.asserted_at or None,
            alerts=_alerts(who), isolation=_alert_text(who, AlertKind.ISOLATION),
            resuscitation=_alert_text(who, AlertKind.RESUSCITATION, AlertKind.DIRECTIVES),
            reason=who.reason, problems=self._problems(key, active=True),
            history=self._problems(key, active=False),
            weight=_dated(latest.get("weight"), "kg"), height=_dated(latest.get("height"), "cm"),
            physician=who.doctor, admitted_ms=who.admitted_at or None,
            due=tuple(_due(doses, now)),
            prescriptions=tuple(self._lines(key, doses)),
            administrations=tuple(_doses(doses, now)),
            vitals=tuple(self._vitals(row) for row in sets),
            notes=tuple(
                self._note(row)
                for row in notes(self.db, _recent_notes(key, now), self.asking)
            ),
            relatives=tuple(
                paper.Contact(role=row.link, name=row.name, phone=row.phone)
                for row in contacts(self.db, Contacts(patient=key), self.asking)
            ),
        )  # fmt: skip

    def source(self, src: str) -> str:
        """`DPI 21/11 22:40`, or the kit's own name for what was entered here."""
        row = self.labels.get(src)
        if row is None:
            return self.settings.label
        at = row.extracted_at or row.imported_at
        return f"{row.label} {moment_text(at, self.asking.at_ms)}" if at else row.label

    def _problems(self, key: str, *, active: bool) -> tuple[paper.Problem, ...]:
        rows = problems(self.db, Problems(patient=key), self.asking)
        return tuple(
            paper.Problem(
                text=row.text,
                since=date_text(row.since) if row.since else "",
                source=self.source(row.src),
            )
            for row in rows
            if (row.status != "resolved") is active and row.status != "refuted"
        )[:12]

    def _lines(self, key: str, doses: RoundRow) -> list[paper.Line]:
        rows = prescriptions(self.db, Prescriptions(patient=key), self.asking)
        slots: dict[str, list[SlotRow]] = {}
        for slot in doses.slots:
            slots.setdefault(slot.prescription, []).append(slot)
        needed = {row.prescription: row for row in doses.as_needed}
        return [
            self._line(row, slots.get(row.prescription, []), needed.get(row.prescription))
            for row in rows
            if row.status != OrderStatus.DRAFT
        ]

    def _line(
        self, row: PrescriptionRow, slots: list[SlotRow], needed: AsNeededRow | None
    ) -> paper.Line:
        now = self.asking.at_ms
        known = row.status in ("active", "suspended", "stopped")
        scheduled = [slot.due for slot in slots if slot.due >= now - 4 * HOUR and _is_open(slot)]
        return paper.Line(
            runs=tuple((run.text, run.bold) for run in row.line),
            timing="as_needed" if row.as_needed else "scheduled",
            slots=tuple(scheduled), status=row.status if known else "active",  # type: ignore[arg-type]  # checked by `known`
            status_text=row.reason, high_alert=row.high_alert,
            to_review=not known or bool(row.doubts), prescriber=row.prescriber,
            source=self.source(row.src), last_given=_last_given(slots, needed, now),
        )  # fmt: skip

    def _vitals(self, row: VitalsRow) -> paper.Vitals:
        value = {code: number_text(text) for code, text in row.values.items()}
        oxygen = row.values.get("oxygen", "")
        flow = value.get("oxygen_flow", "")
        pressure = f"{value.get('sbp', '')}/{value.get('dbp', '')}"
        return paper.Vitals(
            at_ms=row.at, by=row.actor_name, respiratory_rate=value.get("rr", ""),
            spo2=value.get("spo2", ""),
            oxygen=_oxygen(oxygen, flow),
            blood_pressure=pressure if pressure != "/" else "", heart_rate=value.get("hr", ""),
            consciousness=row.values.get("acvpu", ""), temperature=value.get("temp", ""),
            pain=value.get("pain", ""), glucose=value.get("glucose", ""),
            diuresis=value.get("diuresis", ""), weight=value.get("weight", ""),
            news2=str(row.score.total) if row.score.total is not None else "",
            source=self.source(row.src),
        )  # fmt: skip

    def _note(self, row: NoteRow) -> paper.Note:
        struck = ""
        if row.struck_by or row.struck_reason:
            struck = f"{row.struck_by} : {words.strike_word(row.struck_reason)}"
        return paper.Note(
            at_ms=row.at, author=row.actor_name, target=row.target, data=row.data,
            action=row.action, result=row.result, struck=struck, source=self.source(row.src),
        )  # fmt: skip


def _recent_notes(patient: str, now: int) -> Notes:
    return Notes(patient=patient, since=now - 3 * DAY, limit=12)


def _source_label(label: str, own: bool) -> str:
    return f"{label} + kit" if label and own else label or "kit"


def _oxygen(oxygen: str, flow: str) -> str:
    if flow and oxygen != "0":
        return f"{flow} L/min"
    return {"0": "air", "1": "O₂"}.get(oxygen, "")


def _sex(sex: str) -> paper.Sex:
    return sex if sex in ("F", "M", "I") else ""  # type: ignore[return-value]  # checked by the tuple


def _allergies(state: AllergyRow) -> list[paper.Allergy]:
    return [
        paper.Allergy(
            substance=item.substance,
            detail=_reaction(item), source=item.by,
        )
        for item in state.items
        if item.certainty != Certainty.REFUTED
    ]  # fmt: skip


def _reaction(item: AllergyItem) -> str:
    return ", ".join(filter(None, (item.reaction, words.severity_word(item.severity))))


def _alert_text(who: BannerRow, *kinds: AlertKind) -> str:
    return " · ".join(alert.text for alert in who.alerts if alert.kind in kinds)


def _alerts(who: BannerRow) -> tuple[str, ...]:
    apart = (AlertKind.ISOLATION, AlertKind.RESUSCITATION, AlertKind.DIRECTIVES)
    return tuple(alert.text for alert in who.alerts if alert.kind not in apart)


def _dated(found: tuple[str, int] | None, unit: str) -> str:
    if found is None:
        return ""
    return f"{Quantity(found[0], unit).text()} ({date_text(found[1])})"


def _is_open(slot: SlotRow) -> bool:
    return slot.status in (
        SlotStatus.PLANNED,
        SlotStatus.LATE,
        SlotStatus.TO_CHECK,
        SlotStatus.NOT_KNOWN,
    )


def _due(doses: RoundRow, now: int) -> list[str]:
    return [
        f"{hhmm(slot.due)} {slot.generic} {slot.amount}"
        for slot in doses.slots
        if _is_open(slot) and now - 4 * HOUR <= slot.due <= now + 4 * HOUR
    ][:6]


def _last_given(slots: list[SlotRow], needed: AsNeededRow | None, now: int) -> str:
    if needed and needed.last_at:
        return f"{moment_text(needed.last_at, now)} {needed.last_amount}"
    given = [
        slot
        for slot in slots
        if slot.at and slot.status in _DONE and slot.status != SlotStatus.OMITTED
    ]
    return f"{moment_text(given[-1].at, now)} {given[-1].amount}" if given else ""


def _doses(doses: RoundRow, now: int) -> list[paper.Dose]:
    return [
        paper.Dose(
            at_ms=slot.at, runs=((slot.generic, True), (" ", False), (slot.amount, True)),
            outcome=_DONE[SlotStatus(slot.status)],  # type: ignore[arg-type]  # a closed table
            reason=words.omission_word(slot.reason) if slot.reason else "", by=slot.by,
        )
        for slot in doses.slots
        if slot.status in _DONE and slot.at and slot.at >= now - DAY
    ]  # fmt: skip
