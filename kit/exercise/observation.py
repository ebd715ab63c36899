"""Vitals and laboratory values of the demo, around what each profile leads one to expect.

Not for: their score (`kit.ward.news2`).
"""

from __future__ import annotations

from dataclasses import dataclass

from kit.core.clock import DAY, HOUR, MINUTE
from kit.exercise.admission import Inpatient
from kit.exercise.staff import on_duty, signature
from kit.exercise.tables import material
from kit.exercise.tape import Tape
from kit.exercise.timeline import Timeline
from kit.ward.result import ResultReceived
from kit.ward.schedule import Timing, due_between
from kit.ward.vitals import VitalsRecorded

HISTORY = 3 * DAY
_ADULT = {"hr": 76.0, "rr": 16.0, "spo2": 97.0, "sbp": 126.0, "temp": 36.8}
_SPREAD = {"hr": 5.0, "rr": 1.2, "spo2": 0.8, "sbp": 8.0, "temp": 0.25}
_ROUNDS = ("06:30", "14:15", "21:45")
_CLOSE_ROUNDS = ("02:00", "06:15", "10:15", "14:00", "18:15", "22:00")
_CHILD_TESTS = ("na", "k", "crp", "hb", "leuco", "plaq")
_BAD = {"hr": "128", "rr": "27", "spo2": "88", "sbp": "86", "temp": "38.7", "acvpu": "C"}


@dataclass
class _Body:
    """A patient's usual values and how ill they are (0 well, 1 as the profile says)."""

    usual: dict[str, float]
    oxygen: bool
    close: bool


def lay_vitals(tape: Tape, when: Timeline, inpatient: Inpatient) -> None:
    """Three days of sets from the source, then what carers measured since the attack."""
    body = _body(inpatient)
    extracted = inpatient.source.at
    times = Timing(times=_CLOSE_ROUNDS if body.close else _ROUNDS)
    if inpatient.code != "DIAL":
        for due in due_between(
            times, inpatient.admitted_at, 0, when.now - HISTORY, extracted - 20 * MINUTE
        ):
            _lay_from_source(tape, when, inpatient, body, due)
    _lay_weights(tape, when, inpatient)
    if inpatient.silent or inpatient.case == "deceased":
        return
    if inpatient.case == "worsening":
        _lay_worsening(tape, when, inpatient, body)
    elif inpatient.chance.random() < (0.25 if inpatient.code == "DIAL" else 0.8):
        at = inpatient.chance.randint(when.first_act, when.now - 8 * MINUTE)
        _lay_in_kit(tape, inpatient, _values(inpatient, body), at)


def _body(inpatient: Inpatient) -> _Body:
    chance, wanted = inpatient.chance, inpatient.profile.vitals
    ill = 1.0 if inpatient.profile.child else chance.triangular(0.0, 1.35, 0.6)
    usual = {
        code: base + (wanted.get(code, base) - base) * ill + chance.gauss(0, _SPREAD[code] * 0.8)
        for code, base in _ADULT.items()
    }
    return _Body(usual, bool(wanted.get("oxygen")) and ill > 0.5, ill > 0.6)


def _values(inpatient: Inpatient, body: _Body) -> dict[str, str]:
    chance = inpatient.chance
    drawn = {code: chance.gauss(mean, _SPREAD[code]) for code, mean in body.usual.items()}
    values = {code: str(round(drawn[code])) for code in ("hr", "rr", "sbp")}
    values["dbp"] = str(round(drawn["sbp"] * chance.uniform(0.52, 0.62)))
    values["spo2"] = str(min(100, round(drawn["spo2"])))
    values["temp"] = f"{drawn['temp']:.1f}"
    values["oxygen"] = "1" if body.oxygen else "0"
    values["acvpu"] = "A"
    if body.oxygen:
        values["oxygen_flow"] = str(
            chance.choice((1, 2, 2, 3)) if inpatient.profile.scale == 1 else 1
        )
    if not inpatient.profile.child:
        values["pain"] = str(max(0, min(9, round(chance.gauss(2, 1.7)))))
    if glucose := inpatient.profile.vitals.get("glucose"):
        values["glucose"] = f"{max(3.1, chance.gauss(glucose, 3)):.1f}"
    if chance.random() < 0.3:
        values["diuresis"] = str(chance.randrange(15, 80) * 10)
    return values


def _lay_from_source(
    tape: Tape, when: Timeline, inpatient: Inpatient, body: _Body, due: int
) -> None:
    at = due + inpatient.chance.randint(-15, 18) * MINUTE
    measured = VitalsRecorded(
        patient=inpatient.patient, at=at,
        values=_values(inpatient, body), scale=inpatient.profile.scale,
        by=signature(inpatient.code, at, inpatient.chance), src=inpatient.source.snapshot,
    )  # fmt: skip
    tape.lay(measured, inpatient.code, "", when.imported + 7 * MINUTE)


def _lay_in_kit(
    tape: Tape, inpatient: Inpatient, values: dict[str, str], at: int, note: str = ""
) -> int:
    carer = inpatient.chance.choice(on_duty(inpatient.code, "IDE", "AS"))
    measured = VitalsRecorded(
        patient=inpatient.patient, at=at, values=values, scale=inpatient.profile.scale, note=note
    )
    wall = at + inpatient.chance.randint(1, 5) * MINUTE
    return tape.lay(measured, inpatient.code, carer.person, wall)


def _lay_worsening(tape: Tape, when: Timeline, inpatient: Inpatient, body: _Body) -> None:
    """Two sets, the second one alarming."""
    _lay_in_kit(tape, inpatient, _values(inpatient, body), when.first_act + 10 * MINUTE)
    bad = {**_values(inpatient, body), **_BAD, "dbp": "51", "oxygen": "1", "oxygen_flow": "6"}
    _lay_in_kit(tape, inpatient, bad, when.now - 25 * MINUTE, "Interne prévenu à l'instant")


def _lay_weights(tape: Tape, when: Timeline, inpatient: Inpatient) -> None:
    """At admission and, where it is daily care, each morning; in dialysis before and after."""
    if inpatient.code == "DIAL":
        return
    chance, extracted = inpatient.chance, inpatient.source.at
    daily = inpatient.profile.child or any(
        "Pesée" in care or "poids" in care for care in inpatient.profile.care
    )
    first = max(inpatient.admitted_at + 30 * MINUTE, when.now - 9 * DAY)
    days = due_between(Timing(times=("07:00",)), first, 0, when.now - HISTORY, extracted)
    for at in [min(first, extracted - MINUTE), *(days if daily else ())]:
        values = {"weight": f"{inpatient.weight * chance.uniform(0.985, 1.015):.1f}"}
        if at <= first and not inpatient.profile.child:
            values["height"] = str(
                round(chance.gauss(175 if inpatient.record.sex == "M" else 162, 6))
            )
        weighed = VitalsRecorded(
            patient=inpatient.patient, at=at, values=values, src=inpatient.source.snapshot,
            by="Équipe de jour",
        )  # fmt: skip
        tape.lay(weighed, inpatient.code, "", when.imported + 7 * MINUTE)


def lay_results(tape: Tape, when: Timeline, inpatient: Inpatient) -> None:
    """Two or three bilans before the extract, with the laboratory's ranges and flags."""
    if inpatient.profile.hours[1]:
        return
    chance, extracted = inpatient.chance, inpatient.source.at
    mornings = due_between(
        Timing(times=("06:20",)), inpatient.admitted_at, 0, extracted - 4 * DAY, extracted - HOUR
    )
    moments = mornings[-2:] or [inpatient.admitted_at + 40 * MINUTE]
    known = {
        code: chance.gauss(*inpatient.profile.labs.get(code, (test["mean"], test["spread"])))
        for code, test in material("labs")["lab"].items()
        if not test.get("only") or code in inpatient.profile.labs
    }
    if inpatient.profile.child:
        known = {code: mean for code, mean in known.items() if code in _CHILD_TESTS}
    for at in moments:
        for code, mean in known.items():
            value = _bounded(code, mean * chance.uniform(0.96, 1.05))
            if code == "egfr":
                value = filtration(known["creat"], inpatient.years, inpatient.record.sex)
            lay_result(tape, when, inpatient, (code, value), at)


def filtration(creatinine: float, years: float, sex: str) -> float:
    """Estimated glomerular filtration, mL/min/1.73 m², of a creatinine in µmol/L (CKD-EPI 2021)."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "F" else (0.9, -0.302, 1.0)
    part = creatinine / 88.4 / kappa
    return float(142 * min(part, 1) ** alpha * max(part, 1) ** -1.2 * 0.9938**years * factor)


def _bounded(code: str, value: float) -> float:
    test = material("labs")["lab"][code]
    return float(min(max(value, test.get("least", 0.01)), test.get("most", 10**6)))


def lay_result(
    tape: Tape, when: Timeline, inpatient: Inpatient, measure: tuple[str, float], at: int
) -> None:
    """One value of a test by its code, as the laboratory sent it."""
    code, value = measure
    test = material("labs")["lab"][code]
    low, high = test["low"], test["high"]
    unit = f" {test['unit']}" if test["unit"] else ""
    received = ResultReceived(
        result=inpatient.key("result", code, str(at)), patient=inpatient.patient, at=at,
        name=test["name"], value=f"{value:.{test['digits']}f}", unit=test["unit"],
        code=test["code"], code_system="http://loinc.org", range_text=_range(low, high) + unit,
        flag=_flag(code, value, low, high), status="final", src=inpatient.source.snapshot,
    )  # fmt: skip
    tape.lay(received, inpatient.code, "", when.imported + 8 * MINUTE)


def _range(low: str, high: str) -> str:
    low, high = low.replace(".", ","), high.replace(".", ",")
    if low and high:
        return f"{low} à {high}"
    return f"moins de {high}" if high else f"plus de {low}"


def _flag(code: str, value: float, low: str, high: str) -> str:
    critical = {"k": (2.8, 6.5), "na": (125.0, 155.0), "hb": (7.0, 20.0)}.get(code)
    if critical and not critical[0] <= value <= critical[1]:
        return "LL" if value < critical[0] else "HH"
    if low and value < float(low):
        return "L"
    return "H" if high and value > float(high) else ""
