"""A synthetic ward pack of N patients, the same for the same N: for tests, benchmark and proofs.

Nobody here exists. Ordinary patients with the awkward ones among them: long names, every allergy
state, partial birth dates, suspended and late doses, no bed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kit.paper.fields import (
    Allergy,
    Contact,
    Dose,
    Line,
    Note,
    PatientSheet,
    Problem,
    Sex,
    Vitals,
    WardPack,
)

HOUR = 3_600_000
NOW = int(datetime(2026, 11, 22, 3, 30, tzinfo=UTC).timestamp() * 1000)
NBSP = "\u00a0"

NAMES: tuple[tuple[str, str, str, Sex], ...] = (
    ("LEFEBVRE", "Jeanne", "MARTIN", "F"),
    ("NGUYEN-DUCASSE", "Thuý-Élise", "", "F"),
    ("O’CONNOR", "Siobhán", "", "F"),
    ("BENALI", "Youssef", "", "M"),
    ("DUBOIS", "Gérard", "", "M"),
    ("KOWALSKA", "Łucja", "FAURE", "F"),
    ("D’ARTIGUES DE LA ROCHEFOUCAULD-MONTMIRAIL", "Marie-Bérengère", "", "F"),
    ("ÇELİK", "İbrahim", "", "M"),
    ("MOREAU", "Lucien", "", "M"),
    ("PETIT", "Maëlys", "", "F"),
)


def at(hours: float) -> int:
    """An instant, hours from the printing."""
    return NOW + int(hours * HOUR)


def drug(name: str, dose: str, *rest: str) -> tuple[tuple[str, bool], ...]:
    """Runs as the ward's formatter makes them: name and dose bold."""
    tail = "".join(f" — {part}" for part in rest)
    return ((name, True), (" — ", False), (dose.replace(" ", NBSP), True), (tail, False))


def lines(seed: int) -> tuple[Line, ...]:
    """Prescriptions of one patient: 7 to 9 lines."""
    said: dict[str, Any] = {"prescriber": "Dr A. Vasseur", "source": f"DPI 21/11{NBSP}22:40"}
    every_six = tuple(at(h) for h in (1.5, 7.5, 13.5, 19.5))
    known = [
        Line(
            drug("paracétamol", "1 g", "voie orale", "toutes les 6 h", "4 g maximum par 24 h"),
            slots=every_six,
            last_given=f"00:05 (1{NBSP}g)",
            **said,
        ),
        Line(
            drug("énoxaparine", "4 000 unités", "sous-cutané", "1 fois par jour"),
            slots=(at(15.5),),
            high_alert=True,
            **said,
        ),
        Line(
            drug(
                "amoxicilline et acide clavulanique", "1 g/125 mg", "voie orale", "3 fois par jour"
            ),
            slots=(at(-0.5), at(7.5), at(15.5)),
            allergy_warning="ALLERGIE signalée : pénicillines — maintien décidé par Dr Vasseur",
            **said,
        ),
        Line(drug("bisoprolol", "2,5 mg", "voie orale", "le matin"), slots=(at(3.5),), **said),
        Line(
            drug("furosémide", "40 mg", "voie intraveineuse", "matin et midi"),
            slots=(at(3.5), at(7.5)),
            status="suspended",
            status_text=f"le 21/11{NBSP}23:10 par Dr Vasseur : créatinine",
            **said,
        ),
        Line(
            drug(
                "chlorure de sodium 0,9 %", "1 000 mL", "voie intraveineuse", "42 mL/h en continu"
            ),
            timing="continuous",
            **said,
        ),
        Line(
            drug(
                "morphine", "5 mg", "voie orale", "si douleur ≥ 4", "intervalle 4 h, 30 mg par 24 h"
            ),
            timing="as_needed",
            high_alert=True,
            last_given=f"21/11 21:15 (5{NBSP}mg)",
            **said,
        ),
    ]
    more = [
        Line(drug("lévothyroxine", "75 microgrammes", "voie orale", "à jeun"), slots=(at(2.5),)),
        Line(drug("insuline glargine", "14 unités", "sous-cutané", "au coucher"), high_alert=True),
    ]
    return tuple(known + more[: seed % 3])


def vitals(seed: int) -> tuple[Vitals, ...]:
    """Sets of the last day, every four hours."""
    return tuple(
        Vitals(
            at_ms=at(-4 * n - 1),
            by=("CD", "ML", "SB")[n % 3],
            respiratory_rate=str(16 + (seed + n) % 8),
            spo2=str(94 + (seed + n) % 5),
            oxygen="air" if (seed + n) % 3 else "2",
            blood_pressure=f"{118 + (seed * 7 + n * 3) % 40}/{64 + (seed + n) % 20}",
            heart_rate=str(68 + (seed * 5 + n) % 40),
            consciousness="A",
            temperature=f"{36 + (seed + n) % 3},{(seed * n) % 10}",
            pain=str((seed + n) % 6),
            glucose="1,12 g/L" if n % 2 else "",
            news2=str((seed + n) % 7),
        )
        for n in range(6)
    )


def notes(seed: int) -> tuple[Note, ...]:
    """Three targeted notes, one of them struck."""
    return (
        Note(
            at(-9),
            "C. Dubois, IDE",
            "Douleur",
            "EVA 6 au repos, hanche droite",
            f"Morphine 5{NBSP}mg per os à 21:15, glace",
            "EVA 3 à 22:00",
        ),
        Note(
            at(-6),
            "M. Leroy, AS",
            "Risque de chute",
            "Se lève seul pour aller aux toilettes",
            "Barrières, sonnette à portée, passage toutes les 2 h",
            "Pas de chute",
            struck=f"Rayée le 22/11{NBSP}01:12 par M. Leroy : mauvais patient"
            if seed % 4 == 0
            else "",
        ),
        Note(at(-2), "S. Benoit, IDE", "Sommeil", "Réveil à 02:15, inquiet, cherche ses lunettes"),
    )


def allergies(seed: int) -> dict[str, Any]:
    """One of the four states in turn."""
    match seed % 4:
        case 0:
            known = (
                Allergy("Pénicillines", "choc anaphylactique, 2011", "DPI"),
                Allergy("Latex", "urticaire", "DPI"),
            )
            return {"allergy_state": "known", "allergies": known}
        case 1:
            return {
                "allergy_state": "none",
                "allergy_declared_by": "C. Dubois, IDE",
                "allergy_declared_ms": at(-30),
            }
        case 2:
            return {"allergy_state": "not_asked"}
        case _:
            return {"allergy_state": "unavailable"}


def patient(seed: int) -> PatientSheet:
    """One synthetic patient."""
    birth_name, given_name, used_name, sex = NAMES[seed % len(NAMES)]
    births = (
        f"19{30 + seed * 7 % 60:02d}-0{1 + seed % 9}-1{seed % 9}",
        "2026-11-10",
        "1951-03",
        "",
    )
    return PatientSheet(
        patient_id=f"p{seed:04d}",
        birth_name=birth_name,
        given_name=given_name,
        used_name=used_name,
        birth_date=births[0 if seed % 9 else 1 + seed % 3],
        sex=sex,
        ipp=f"80012{seed:04d}",
        iep=f"26{seed:07d}",
        bed=f"{401 + seed // 2}-{'PF'[seed % 2]}",
        identity_status=("qualified", "validated", "provisional")[seed % 3],
        homonym=seed % 10 == 8,
        alerts=("Risque de chute", "Anticoagulé")[: seed % 3],
        isolation="Précautions contact : BMR" if seed % 7 == 0 else "",
        resuscitation="Pas de réanimation (décision du 20/11, Dr Vasseur)" if seed % 6 == 2 else "",
        reason=("Fracture du col fémoral droit", "Décompensation cardiaque", "Pneumopathie")[
            seed % 3
        ],
        problems=(
            Problem("Insuffisance rénale aiguë", "depuis le 20/11/2026", "DPI"),
            Problem("Confusion nocturne", "depuis le 21/11/2026", "DPI"),
        ),
        history=(
            Problem("Hypertension artérielle", "2008", "DPI"),
            Problem("Fibrillation atriale", "2019", "DPI"),
        ),
        devices=(Problem("Cathéter veineux périphérique, avant-bras gauche", "20/11/2026", "DPI"),),
        weight=f"{52 + seed % 40},4{NBSP}kg (mesuré le 20/11/2026)",
        height=f"1,{60 + seed % 30}{NBSP}m",
        renal_function=f"DFG 48{NBSP}mL/min (21/11/2026)" if seed % 2 else "",
        diet="Sans sel, mixé" if seed % 3 else "",
        physician="Dr A. Vasseur, poste 4127",
        admitted_ms=at(-52),
        due=("Prises à 04:00 et 07:00", "Glycémie à 06:00")[: 1 + seed % 2],
        prescriptions=lines(seed),
        administrations=(
            Dose(at(-5), drug("paracétamol", "1 g", "voie orale"), by="C. Dubois"),
            Dose(
                at(-7), drug("furosémide", "40 mg", "IV"), "not_given", "arrêt médical", "M. Leroy"
            ),
            Dose(at(-11), drug("paracétamol", "1 g", "voie orale"), by="M. Leroy"),
        ),
        vitals=vitals(seed),
        notes=notes(seed),
        relatives=(Contact("Épouse, personne de confiance", "Mme Odile MOREAU", "06 00 00 00 00"),),
        replaces={"MEDA": "A7F-3K9Q"} if seed % 5 == 1 else {},
        **allergies(seed),
    )


def ward_pack(count: int, world: str = "REEL") -> WardPack:
    """A ward of `count` patients."""
    return WardPack(
        hospital="CH de Valmont",
        ward_code="CARD",
        ward_name="Cardiologie",
        world=world,
        kit_label="Kit Cardio 1",
        printed_at_ms=NOW,
        data_as_of_ms=NOW - 32 * 60_000,
        source_label="DPI Valmont, extraction FHIR",
        patients=tuple(patient(seed) for seed in reversed(range(count))),
        contacts=(
            Contact("Cellule de crise", "Permanence", "4000", "canal 1", "Salle du conseil"),
            Contact("Pharmacie de garde", "Dr P. Lambert", "4210", "", "PUI, sous-sol"),
            Contact("Biologie", "Poste technique", "4310", "canal 3", "Bât. B, 1er étage"),
            Contact("Imagerie", "Manipulateur de garde", "4350", "", "Bât. A, rez-de-chaussée"),
            Contact("Réanimation (avis)", "Médecin de garde", "4500", "canal 2", ""),
            Contact("Informatique, cellule technique", "Astreinte", "4999", "", "Bât. C"),
        ),
    )


class Allotter:
    """Sheet numbers as a kit gives them: kit number in the high bits, then a counter."""

    def __init__(self, kit: int = 0x152, start: int = 0x1A2B3C) -> None:
        self.next = (kit << 25) + start

    def __call__(self, count: int) -> int:
        first = self.next
        self.next += count
        return first


LONG_WORD = "Pneumonoultramicroscopicsilicovolcanoconiotique" * 3


def extreme_patient() -> PatientSheet:
    """Everything at once: long names, thirty allergies, forty drugs, a novel in a note."""
    allergies = tuple(
        Allergy(f"Substance numéro {n} au nom assez long", "œdème de Quincke, urticaire", "DPI")
        for n in range(30)
    )
    drugs = tuple(
        Line(
            drug(
                f"médicament {n} " + "très " * (n % 9), f"{n},5 mg", "voie orale", "toutes les 2 h"
            ),
            slots=tuple(at(h - 4) for h in range(0, 30, 2)) if n % 4 == 0 else (at(n % 24),),
            timing=("scheduled", "scheduled", "continuous", "as_needed")[n % 4],
            status=("active", "stopped", "suspended")[n % 3],
            high_alert=n % 5 == 0,
            to_review=n % 6 == 0,
            allergy_warning=f"ALLERGIE croisée : {LONG_WORD}" if n == 3 else "",
            prescriber="Dr " + "Anastasia-Philippine " * 3,
            source="DPI",
        )
        for n in range(40)
    )
    return PatientSheet(
        patient_id="extreme",
        birth_name="De la Villardière-Montmorency-Saint-Hilaire d’Argenteuil " * 2,
        given_name="Marie-Antoinette-Joséphine-Bérengère",
        used_name="Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft",
        birth_date="1926-01-01",
        ipp="8001200000000000000001",
        iep="2600000000000000000000000000000000009",
        bed="USIC-3e-étage-porte-12-fenêtre",
        homonym=True,
        allergy_state="known",
        allergies=allergies,
        alerts=tuple(f"Alerte numéro {n} " + "importante " * 5 for n in range(12)),
        isolation="Isolement protecteur " * 6,
        resuscitation="Décision collégiale " * 30,
        reason=LONG_WORD,
        problems=tuple(Problem("Problème " * (n + 1), "date", "source " * 4) for n in range(20)),
        prescriptions=drugs,
        administrations=tuple(Dose(at(-n), drug("produit", "1 g"), by="X") for n in range(40)),
        vitals=(
            *vitals(1),
            Vitals(at(-0.2), blood_pressure="220/180 couché puis debout", heart_rate="irrégulier"),
        ),
        notes=(
            Note(at(-1), "Auteur", "Cible", "Un très long récit. " * 700, LONG_WORD, "é" * 200),
        ),
        due=tuple(f"Chose à faire numéro {n}" for n in range(15)),
        replaces={"MEDA": "A7F-3K9Q"},
    )


def empty_patient() -> PatientSheet:
    """As little as a kit may know of somebody."""
    return PatientSheet(patient_id="empty", birth_name="Inconnu", given_name="")
