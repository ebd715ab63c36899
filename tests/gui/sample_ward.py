"""A small invented ward in a real node in this process: every state that a ward screen must show.

Not for: the demo hospital (`kit.exercise`). No person in it exists.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.core.clock import DAY, HOUR, MINUTE, local_instant
from kit.core.event import Event
from kit.core.quantity import Quantity
from kit.gui.port import LoopNode
from kit.node.desk import Who
from kit.node.service import Node
from kit.store import vault
from kit.ward.administration import AdministrationRecorded
from kit.ward.alert import AlertRaised
from kit.ward.allergy import AllergyRecorded, NoKnownAllergy
from kit.ward.appointment import AppointmentBooked
from kit.ward.care_plan import CarePlanned
from kit.ward.directory import ContactRecorded
from kit.ward.note import NoteWritten
from kit.ward.patient import PatientRegistered
from kit.ward.place import Bed, WardDescribed
from kit.ward.prescription_event import PrescriptionRecorded, PrescriptionStopped
from kit.ward.problem import ProblemRecorded
from kit.ward.result import ResultReceived
from kit.ward.schedule import Timing, slot_key
from kit.ward.snapshot import SnapshotImported
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded

NOW = local_instant(2026, 11, 22, 9, 21)
EXTRACTED = NOW - 40 * MINUTE
SRC = "extract-1"
PIN = "2580"
WARD, OTHER = "CARD", "PNEU"


@dataclass
class Clock:
    """A clock that stands until a test moves it."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class World:
    """A node with its port, its clock, its phrase and its accounts by name."""

    node: Node
    port: LoopNode
    clock: Clock
    words: list[str]
    people: dict[str, str]

    def call(self, service: str, **args: Any) -> Any:
        """One service of the node, answered at once."""
        return _ok(self.node.handle({"id": 1, "call": service, "args": args}))

    def do(self, command: str, **args: Any) -> Any:
        """One command, as whoever is signed in."""
        return _ok(self.node.handle({"id": 1, "do": command, "args": args}))

    def ask(self, query: str, **args: Any) -> Any:
        """One question."""
        return _ok(self.node.handle({"id": 1, "ask": query, "args": args}))

    def record(self, *events: tuple[Event, str], src_person: str = "") -> None:
        """Events that no command stands behind, as an import makes them."""
        self.node.desk.record(list(events), Who(person=src_person))


def _ok(answer: dict[str, Any]) -> Any:
    assert "ok" in answer, answer
    return answer["ok"]


def open_copy(template: World, folder: Path) -> World:
    """The same kit in a folder of its own, as it was when the template was closed; open."""
    home = folder / f"home-{len(list(folder.iterdir()))}"
    shutil.copytree(template.node.folder, home, ignore=shutil.ignore_patterns("ballast", "lock"))
    clock = Clock(template.clock.now)
    node = Node(home, clock=clock, cost=vault.TEST_ONLY)
    port = LoopNode(node, clock)
    node.tell = port.push
    phrase = {"phrase": " ".join(template.words)}
    _ok(node.handle({"id": 0, "call": "unlock", "args": phrase}))
    return World(node, port, clock, template.words, template.people)


def new_world(folder: Path, *, world: str = "TEST:gui", language: str = "fr") -> World:
    """A new kit with four accounts and no patient."""
    clock = Clock()
    node = Node(folder / "home", clock=clock, cost=vault.TEST_ONLY)
    port = LoopNode(node, clock)
    node.tell = port.push
    args = {"hospital": "CH de Valmont", "ward": WARD, "label": "Cardio 1", "world": world}
    made = _ok(node.handle({"id": 0, "call": "create", "args": {**args, "language": language}}))
    _ok(node.handle({"id": 0, "call": "phrase.proven", "args": {}}))
    people = {}
    for name, profession in (
        ("Claire Dubois", "IDE"),
        ("Mehdi Abdelkader-Lefèvre", "AS"),
        ("Anne Rousseau", "MED"),
        ("Sami Roy", "SI"),
    ):
        pin = {"name": name, "profession": profession, "pin": PIN}
        ack = _ok(node.handle({"id": 0, "call": "enrol", "args": pin}))
        people[name] = ack["answer"]["person"]
    return World(node, port, clock, list(made["words"]), people)


def fill(world: World, extracted: int = EXTRACTED) -> None:
    """Twelve beds of cardiology with the awkward patients, and one patient in another ward."""
    beds = tuple(Bed(f"{number}", f"Ch. {number // 10}") for number in range(201, 213))
    blocks = ("allergies", "prescriptions", "vitals")
    world.record(
        (SnapshotImported(snapshot=SRC, label="DPI", extracted_at=extracted, blocks=blocks), ""),
        (WardDescribed(ward=WARD, name="Cardiologie", beds=beds), ""),
        (WardDescribed(ward=OTHER, name="Pneumologie", beds=(Bed("301"),)), ""),
    )
    events = [*_people(), *_allergies(), *_alerts(), *_orders(), *_vitals(), *_rest()]
    world.record(*[(event, OTHER if _patient(event) == "kone" else WARD) for event in events])


def _patient(event: Event) -> str:
    return str(getattr(event, "patient", ""))


def _people() -> list[Event]:
    table = (
        # id, birth name, given, used, birth date, sex, identity, bed
        ("lefebvre", "Lefebvre", "Noémie", "Lefebvre-Martin", "1942-03-03", "F", "qualified",
         "201"),
        ("exupery", "de Saint-Exupéry-Montgolfier", "Marie-Clémentine Éléonore", "", "2024-11-02",
         "F", "provisional", "202"),
        ("durand", "Durand", "Paul", "", "1950-07-14", "M", "validated", "203"),
        ("durant", "Durant", "Paule", "Moreau", "1950-02-11", "F", "validated", "204"),
        ("nguyen", "Nguyễn", "Văn An", "", "1971-01-30", "M", "qualified", "205"),
        ("okonkwo", "Okonkwo", "Jean", "", "1938-07-14", "M", "validated", "206"),
        ("obrien", "O'Brien", "Siobhán", "", "1989-12-24", "F", "retrieved", "208"),
        ("inconnu", "", "", "", "", "", "provisional", "209"),
        ("petit", "Petit", "Jules", "", "2026-11-10", "M", "validated", "210"),
    )  # fmt: skip
    made: list[Event] = []
    for place, (key, family, given, used, birth, sex, identity, bed) in enumerate(table):
        dead = NOW - 3 * HOUR if key == "okonkwo" else 0
        made.append(
            PatientRegistered(
                patient=key, birth_family=family, birth_given=given, used_family=used,
                birth_date=birth, sex=sex, identity=identity, ipp=f"80012345{place:02d}",
                ins="242037511600123" if identity == "qualified" else "", deceased_at=dead,
                phone="01 99 00 12 34", treating_doctor="Dr L. Marchand", src=SRC,
            )
        )  # fmt: skip
        made.append(
            StayOpened(
                stay=f"s-{key}", patient=key, ward=WARD, room=f"Ch. {bed[:2]}", bed=bed,
                admitted_at=NOW - 3 * DAY, reason="Décompensation cardiaque",
                doctor="Dr A. Rousseau", src=SRC,
            )
        )  # fmt: skip
    made.append(
        PatientRegistered(
            patient="kone", birth_family="Koné", birth_given="Aïcha", birth_date="1962-05-05",
            sex="F", identity="qualified", ipp="8009999999", src=SRC,
        )
    )  # fmt: skip
    made.append(StayOpened(stay="s-kone", patient="kone", ward=OTHER, bed="301", src=SRC))
    return made


def _allergies() -> list[Event]:
    def known(patient: str, substance: str, reaction: str = "", **more: Any) -> Event:
        return AllergyRecorded(
            allergy=f"{patient}-{substance}", patient=patient, substance=substance,
            reaction=reaction, certainty=more.pop("certainty", "confirmed"), src=SRC, **more,
        )  # fmt: skip

    return [
        known("lefebvre", "Pénicilline", "choc, 2019"),
        known("lefebvre", "Produits de contraste iodés", "urticaire"),
        known("durand", "Latex", certainty="suspected"),
        known("exupery", "Sulfaméthoxazole-triméthoprime", not_understood=("verificationStatus",)),
        NoKnownAllergy(patient="durant", at=NOW - 2 * DAY, by="Dr A. Rousseau", src=SRC),
        NoKnownAllergy(patient="nguyen", at=NOW - DAY, by="C. Dubois", src=SRC),
    ]


def _alerts() -> list[Event]:
    return [
        AlertRaised(alert="a1", patient="lefebvre", kind="resistant_germ", text="BMR", src=SRC),
        AlertRaised(alert="a2", patient="lefebvre", kind="fall", text="Risque de chute", src=SRC),
        AlertRaised(
            alert="a3", patient="durand", kind="isolation", text="Isolement contact", src=SRC
        ),
        AlertRaised(
            alert="a4", patient="nguyen", kind="resuscitation",
            text="Pas de réanimation en cas d'arrêt (décision du 19/11)", src=SRC,
        ),
    ]  # fmt: skip


def order(key: str, patient: str, generic: str, dose: tuple[str, str], **more: Any) -> Event:
    """One prescription as the extract brings it."""
    return PrescriptionRecorded(
        prescription=key, patient=patient, generic=generic, dose=Quantity(*dose),
        route=more.pop("route", "po"), start=NOW - 3 * DAY, prescriber="Dr A. Rousseau",
        prescribed_at=NOW - 3 * DAY, src=SRC, **more,
    )  # fmt: skip


def _orders() -> list[Event]:
    at = Timing(times=("09:00", "21:00"))
    return [
        order("o1", "lefebvre", "furosémide", ("40", "mg"), brand="Lasilix", form="comprimé",
              timing=Timing(times=("08:45",))),
        order("o2", "lefebvre", "héparine sodique", ("20000", "[IU]"), route="ivse",
              high_alert=True, timing=Timing(times=("12:00",)), rate="sur 24 h"),
        order("o3", "lefebvre", "paracétamol", ("1", "g"), as_needed=True,
              condition="douleur supérieure à 3", max_24h=Quantity("4", "g"), min_interval_min=360),
        order("o4", "lefebvre", "amoxicilline", ("1", "g"), timing=at),
        order("o5", "exupery", "hydroxyéthylamidon 130/0,4 en solution pour perfusion",
              ("12.5", "mL"), timing=Timing(times=("10:00",), assumed=True), route="iv"),
        order("o6", "durand", "bisoprolol", ("2.5", "mg"), timing=Timing(times=("09:30",))),
        order("o7", "durant", "warfarine", ("3", "mg"), timing=Timing(times=("18:00",)),
              high_alert=True, not_understood=("dosageInstruction.modifierExtension",),
              status="to_check"),
        order("o8", "nguyen", "insuline glargine", ("14", "[IU]"), route="sc",
              timing=Timing(times=("08:50",))),
        order("o9", "obrien", "amiodarone", ("200", "mg"), timing=Timing(times=("12:00",))),
        PrescriptionStopped(prescription="o4", patient="lefebvre", at=NOW - 5 * HOUR,
                            reason="allergie à la pénicilline"),
        _claim("o9", "obrien", NOW - 21 * HOUR), _claim("o9", "obrien", NOW - 21 * HOUR + MINUTE),
        AdministrationRecorded(
            patient="durand", prescription="o6", due=NOW - DAY, at=NOW - DAY, status="omitted",
            generic="bisoprolol", reason="clinical_hold", by="C. Dubois", src=SRC,
        ),
    ]  # fmt: skip


def _claim(key: str, patient: str, at: int) -> Event:
    due = local_instant(2026, 11, 21, 12)
    return AdministrationRecorded(
        patient=patient, prescription=key, due=due, at=at, slot=slot_key(key, due),
        generic="amiodarone", dose=Quantity("200", "mg"), by="C. Dubois", src=SRC,
    )  # fmt: skip


def vital_set(patient: str, at: int, **values: str) -> Event:
    """A set of vital signs as the extract brings it."""
    return VitalsRecorded(patient=patient, at=at, values=values, by="C. Dubois", src=SRC)


def _vitals() -> list[Event]:
    well = {"temp": "36.9", "hr": "72", "sbp": "128", "dbp": "76", "rr": "15", "spo2": "97"}
    full = {**well, "oxygen": "0", "acvpu": "A"}
    ill = {
        "temp": "38.9", "hr": "126", "sbp": "92", "dbp": "54", "rr": "26", "spo2": "90",
        "oxygen": "1", "acvpu": "C", "pain": "6",
    }  # fmt: skip
    sets = [
        vital_set("durand", NOW - 70 * MINUTE, **ill),
        vital_set("nguyen", NOW - 2 * HOUR, **full),
        vital_set("durant", NOW - 3 * HOUR, **{**full, "rr": "25"}),
        vital_set("obrien", NOW - 30 * HOUR, **full),
        vital_set("obrien", NOW - 31 * HOUR, temp="37.1", hr="138"),
        vital_set("petit", NOW - HOUR, temp="37.1", hr="138"),
    ]
    for hours in range(6):
        step = {**full, "hr": str(70 + 4 * hours), "temp": f"{36.8 + hours / 10:.1f}"}
        sets.append(vital_set("lefebvre", NOW - (1 + 4 * hours) * HOUR, **step))
    return sets


def _rest() -> list[Event]:
    return [
        NoteWritten(
            patient="lefebvre", at=NOW - 2 * HOUR, target="Dyspnée", by="C. Dubois", src=SRC,
            data="Essoufflée au moindre effort, orthopnée cette nuit.",
            action="Position demi-assise, appel du Dr Rousseau.", result="SpO₂ 95 % sous 2 L/min.",
        ),
        NoteWritten(
            patient="lefebvre", at=NOW - 20 * HOUR, kind="document", target="Compte rendu d'écho",
            data="FEVG 35 %, pas d'épanchement.", by="Dr A. Rousseau", src=SRC,
        ),
        ProblemRecorded(problem="p1", patient="lefebvre", text="Insuffisance cardiaque",
                        status="active", since=NOW - 400 * DAY, src=SRC),
        ProblemRecorded(problem="p2", patient="lefebvre", text="Phlébite (2011)",
                        status="resolved", src=SRC),
        ResultReceived(result="r1", patient="lefebvre", at=NOW - 5 * HOUR, name="Potassium",
                       value="5.9", unit="mmol/L", range_text="3,5 à 5,0", flag="HH",
                       status="final", src=SRC),
        ResultReceived(result="r2", patient="lefebvre", at=NOW - 5 * HOUR, name="Hémoglobine",
                       value="11.8", unit="g/dL", range_text="12,0 à 16,0", flag="L",
                       status="preliminary", src=SRC),
        AppointmentBooked(appointment="rv1", patient="lefebvre", at=NOW + 5 * HOUR,
                          place="Imagerie, salle 2", reason="Radiographie du thorax", src=SRC),
        CarePlanned(care="c1", patient="lefebvre", text="Pansement de voie centrale",
                    frequency_text="tous les 3 jours", next_due=NOW + 2 * HOUR, src=SRC),
        ContactRecorded(contact="ct1", patient="lefebvre", name="Martin Lefebvre", link="fils",
                        phone="06 99 00 12 34", trusted=True, src=SRC),
    ]  # fmt: skip
