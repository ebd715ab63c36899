"""The flat files of the clinosim simulator, a third-party hospital used for tests and trials.

Its times have no zone and are the same wall clock that its FHIR files write with `Z`, so here, and
only here, a naive time is UTC. Its ids are those of its FHIR identifiers, so both give one chart.
Not for: our own template (`template`), where a naive time is hospital time.
"""

from __future__ import annotations

from collections.abc import Callable

from kit.core.clock import parse_instant
from kit.core.event import Event
from kit.core.ids import derived_id
from kit.exchange.fhir.administrations import omission_code
from kit.exchange.fhir.allergies import alert_kind
from kit.exchange.fhir.mapping import Desk
from kit.exchange.fhir.references import References
from kit.exchange.flat.cells import sex
from kit.exchange.flat.reader import TableRow
from kit.exchange.flat.tables import Warn
from kit.exchange.tables import exchange_table
from kit.exchange.vital_values import acvpu_of
from kit.ward.administration import AdministrationRecorded, DoseStatus
from kit.ward.alert import AlertKind, AlertRaised
from kit.ward.care_plan import CarePlanned
from kit.ward.patient import Identifier, PatientRegistered
from kit.ward.place import Bed, WardDescribed
from kit.ward.prescription_event import OrderStatus, PrescriptionRecorded
from kit.ward.problem import ProblemRecorded
from kit.ward.result import ResultReceived
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded

Cells = dict[str, str]
_VITALS = {
    "temperature": "temp",
    "heart_rate": "hr",
    "systolic_bp": "sbp",
    "diastolic_bp": "dbp",
    "respiratory_rate": "rr",
    "spo2": "spo2",
    "pain_score": "pain",
    "oxygen_flow_rate_lpm": "oxygen_flow",
}
_DONE = {
    "vital_signs": "timestamp",
    "medication_administrations": "actual_datetime",
    "lab_results": "result_datetime",
    "orders": "ordered_datetime",
    "encounters": "admission_datetime",
}
_ORDER_STATUS = {
    "placed": OrderStatus.ACTIVE,
    "stopped": OrderStatus.STOPPED,
    "cancelled": OrderStatus.STOPPED,
    "completed": OrderStatus.STOPPED,
}

_BLOCKS = {
    "patients": "identity",
    "encounters": "stays",
    "orders": "prescriptions requests",
    "medication_administrations": "administrations",
    "vital_signs": "vitals",
    "lab_results": "results",
    "code_status": "directives",
    "diagnoses": "problems",
    "procedures": "problems",
}


def at(text: str) -> int:
    """UTC ms of a time of this source: naive, but UTC."""
    found = parse_instant(f"{text}Z" if "T" in text else text)
    return found[0] if found else 0


class Clinosim:
    """The layout."""

    kind = "clinosim-csv"
    family = "clinosim"

    def __init__(self) -> None:
        self.blocks = _BLOCKS
        self._doses: dict[str, tuple[str, str]] = {}
        self._beds: dict[str, set[str]] = {}
        self._patients: set[str] = set()
        self._mappers: dict[str, Callable[[Cells, Desk, str], None]] = {
            "patients": _patient,
            "encounters": self._encounter,
            "orders": self._order,
            "medication_administrations": _administration,
            "vital_signs": _vitals,
            "lab_results": _result,
            "code_status": _code_status,
            "diagnoses": _diagnosis,
            "procedures": _procedure,
        }

    def table_of(self, row: TableRow) -> str:
        """The file's own name."""
        return row.table

    def note(self, table: str, cells: Cells, directory: References) -> int:
        """Beds, wards of patients, the dose that the doses given tell of an order."""
        if table == "patients":
            self._patients.add(_patient_id(cells))
        elif table == "encounters":
            ward = _ward(cells)
            stay_open = cells.get("status") != "completed"
            rank = (stay_open, at(cells.get("admission_datetime", "")), ward)
            patient = _patient_id(cells)
            directory.stay_wards[patient] = max(
                directory.stay_wards.get(patient, (False, -1, "")), rank
            )
            if ward:
                self._beds.setdefault(ward, set()).update(
                    {cells["bed_number"]} if "bed_number" in cells else ()
                )
        elif table == "medication_administrations":
            self._doses[cells.get("order_id", "")] = (cells.get("dose", ""), cells.get("route", ""))
        return at(cells.get(_DONE.get(table, ""), ""))

    def map(self, table: str, cells: Cells, desk: Desk, warn: Warn) -> str:
        """One row to its events."""
        mapper = self._mappers.get(table)
        if mapper is None:
            return ""
        if not cells.get("patient_id"):
            return "intake.row_no_patient"
        patient = _patient_id(cells)
        if patient not in self._patients:
            desk.stand_in(patient, cells["patient_id"], cells["patient_id"])
        mapper(cells, desk, patient)
        return ""

    def wards(self, desk: Desk) -> list[Event]:
        """The wards seen, with the beds that were seen taken: this source lists no empty bed."""
        return [
            WardDescribed(
                ward=ward,
                name=f"Ward {ward}",
                beds=tuple(Bed(bed) for bed in sorted(beds)),
                src=desk.src,
            )
            for ward, beds in sorted(self._beds.items())
        ]

    def _encounter(self, cells: Cells, desk: Desk, patient: str) -> None:
        leaving = at(cells.get("discharge_datetime", ""))
        over = cells.get("status") == "completed" and 0 < leaving <= (desk.taken or desk.now)
        desk.emit(
            StayOpened(
                stay=derived_id("stay", _system("stay"), cells.get("encounter_id", "")),
                patient=patient,
                iep=cells.get("encounter_id", ""),
                ward=_ward(cells),
                bed="" if over else cells.get("bed_number", ""),
                admitted_at=at(cells.get("admission_datetime", "")),
                closed_at=leaving if over else 0,
                planned_end=0 if over else leaving,
                reason=cells.get("chief_complaint", ""),
                src=desk.src,
            ),
            patient,
        )

    def _order(self, cells: Cells, desk: Desk, patient: str) -> None:
        key, kind, status = (
            cells.get("order_id", ""),
            cells.get("order_type", ""),
            cells.get("status", ""),
        )
        name, why = cells.get("display_name", ""), cells.get("clinical_intent", "")
        if kind == "medication":
            dose, route = self._doses.get(key, ("", ""))
            known = _ORDER_STATUS.get(status)
            doubts = () if known else (f"status {status or '?'}",)
            desk.emit(
                PrescriptionRecorded(
                    prescription=derived_id("order", _system("order"), key),
                    patient=patient,
                    text=" — ".join(filter(None, (name, dose, route))),
                    generic=name,
                    dose_text=dose,
                    route=route,
                    indication=why,
                    prescribed_at=at(cells.get("ordered_datetime", "")),
                    start=at(cells.get("ordered_datetime", "")),
                    status=known or OrderStatus.TO_CHECK,
                    not_understood=doubts,
                    src=desk.src,
                ),
                patient,
            )
        elif status == "placed":
            desk.emit(
                CarePlanned(
                    care=derived_id("care", patient, key),
                    patient=patient,
                    text=" — ".join(filter(None, (name, why))),
                    frequency_text=f"{kind} {cells.get('urgency', '')}".strip(),
                    src=desk.src,
                ),
                patient,
            )
        else:
            desk.withdraw("done")


def _system(name: str) -> str:
    return str(exchange_table("sources")["clinosim"][name])


def _patient_id(cells: Cells) -> str:
    return derived_id("patient", _system("patient"), cells.get("patient_id", ""))


def _ward(cells: Cells) -> str:
    return cells.get("ward_id") or cells.get("department_id", "").replace("_", " ").title()


def _patient(cells: Cells, desk: Desk, patient: str) -> None:
    number = cells["patient_id"]
    desk.emit(
        PatientRegistered(
            patient=patient,
            birth_family=cells.get("family_name") or cells.get("display_name", ""),
            birth_given=cells.get("given_name", ""),
            given_names=cells.get("given_name", ""),
            sex=sex(cells.get("sex", "")) or "",
            ipp=number,
            identifiers=(Identifier("ipp", _system("patient"), number),),
            identity_flags=("birth_date_missing",),
            src=desk.src,
        ),
        patient,
    )
    for code in filter(None, cells.get("chronic_conditions", "").split("|")):
        desk.emit(
            ProblemRecorded(
                problem=derived_id("problem", patient, code),
                patient=patient,
                text=code,
                code=code,
                category="problem-list-item",
                status="active",
                src=desk.src,
            ),
            patient,
        )


def _administration(cells: Cells, desk: Desk, patient: str) -> None:
    status = {
        "given": DoseStatus.GIVEN,
        "refused": DoseStatus.OMITTED,
        "held": DoseStatus.OMITTED,
        "omitted": DoseStatus.OMITTED,
    }.get(cells.get("status", ""))
    why = cells.get("hold_reason") or (
        cells.get("status", "") if status == DoseStatus.OMITTED else ""
    )
    done = cells.get("actual_datetime") or cells.get("scheduled_datetime", "")
    key = cells.get("order_id", "")
    desk.emit(
        AdministrationRecorded(
            patient=patient,
            prescription=derived_id("order", _system("order"), key) if key else "",
            at=at(done) or desk.taken,
            status=status or DoseStatus.UNKNOWN,
            generic=cells.get("drug_name", ""),
            dose_text=cells.get("dose", ""),
            route=cells.get("route", ""),
            by=cells.get("administered_by", ""),
            reason=omission_code(why) if status == DoseStatus.OMITTED else "",
            reason_text=why,
            not_understood=() if status else (f"status {cells.get('status', '?')}",),
            src=desk.src,
        ),
        patient,
    )


def _vitals(cells: Cells, desk: Desk, patient: str) -> None:
    values = {field: cells[column] for column, field in _VITALS.items() if column in cells}
    letter = acvpu_of("", cells.get("consciousness_level", ""))
    if letter:
        values["acvpu"] = letter
    if cells.get("on_supplemental_oxygen"):
        values["oxygen"] = "1" if cells["on_supplemental_oxygen"] == "True" else "0"
    beside = [
        f"{name} {cells[column]}"
        for name, column in (("NEWS2", "news2_score"), ("GCS", "gcs_score"))
        if column in cells
    ]
    note = " · ".join(filter(None, (cells.get("nursing_note", ""), *beside)))
    desk.emit(
        VitalsRecorded(
            patient=patient,
            at=at(cells.get("timestamp", "")) or desk.taken,
            values=values,
            note=note,
            src=desk.src,
        ),
        patient,
    )


def _result(cells: Cells, desk: Desk, patient: str) -> None:
    moment, name = cells.get("result_datetime", ""), cells.get("lab_name", "")
    desk.emit(
        ResultReceived(
            result=derived_id("result", patient, name, moment),
            patient=patient,
            at=at(moment) or desk.taken,
            name=name or "?",
            value=cells.get("value", ""),
            unit=cells.get("unit", ""),
            flag=cells.get("flag", ""),
            src=desk.src,
        ),
        patient,
    )


def _code_status(cells: Cells, desk: Desk, patient: str) -> None:
    text = cells.get("display") or cells.get("code", "")
    kind = alert_kind(text)
    desk.emit(
        AlertRaised(
            alert=derived_id("alert", patient, "code-status", cells.get("encounter_id", "")),
            patient=patient,
            kind=AlertKind.RESUSCITATION if kind == AlertKind.OTHER else kind,
            text=text,
            src=desk.src,
        ),
        patient,
    )


def _diagnosis(cells: Cells, desk: Desk, patient: str) -> None:
    name = cells.get("admission_diagnosis_name", "")
    code = cells.get("admission_diagnosis_code", "")
    if name or code:
        desk.emit(
            ProblemRecorded(
                problem=derived_id("problem", patient, cells.get("encounter_id", ""), "admission"),
                patient=patient,
                text=name or code,
                code=code,
                category="encounter-diagnosis",
                status="active",
                src=desk.src,
            ),
            patient,
        )


def _procedure(cells: Cells, desk: Desk, patient: str) -> None:
    desk.emit(
        ProblemRecorded(
            problem=derived_id("problem", patient, cells.get("procedure_id", "")),
            patient=patient,
            text=cells.get("procedure_name", ""),
            code=cells.get("procedure_code", ""),
            category="procedure",
            status="resolved",
            since=at(cells.get("start_datetime", "")),
            src=desk.src,
        ),
        patient,
    )
