"""One dosage instruction: dose, route, rate, conditions and limits, and its sentence in full.

Whatever is structured stands beside the sentence, never instead of it. Not for: the order that the
instruction belongs to (`prescriptions`).
"""

from __future__ import annotations

import re

import msgspec

from kit.core.quantity import Quantity
from kit.exchange.fhir.elements import (
    Json,
    amount,
    code_of,
    concept,
    concepts,
    joined,
    number,
    part,
    parts,
    quantity,
    unit_of,
    units_clash,
    words,
)
from kit.exchange.fhir.timing import When, least_apart, when

_LEAST_APART = re.compile(
    r"(?:minimum|mini|minimal)\D{0,20}entre\D{0,12}(?:2|deux)?\s*prises\s*:?\s*(\d{1,2})\s*h",
    re.IGNORECASE,
)
_DAY_DENOMINATORS = (("1", "d"), ("24", "h"))


class Dosage(msgspec.Struct, frozen=True):
    """An instruction read. doubts: what may change its meaning and was not understood."""

    when: When
    dose: Quantity | None = None
    dose_text: str = ""
    rate: str = ""
    route: str = ""
    as_needed: bool = False
    condition: str = ""
    max_24h: Quantity | None = None
    min_interval_min: int = 0
    limits: str = ""
    sentence: str = ""
    extra: str = ""
    doubts: tuple[str, ...] = ()


def dosage(instruction: Json, ordered_at: int) -> Dosage:
    """Read one instruction; ordered_at: UTC ms of the order.

    An "if needed" instruction plans nothing: "every six hours" is then the least time between two.
    """
    chosen, doubts = _choose(parts(instruction.get("doseAndRate")))
    timing = when(instruction, ordered_at)
    extra = concepts(instruction.get("additionalInstruction"))
    condition = concept(instruction.get("asNeededCodeableConcept"))
    as_needed = bool(condition) or words(instruction.get("asNeededBoolean")) == "true"
    most, limits = _limits(instruction, doubts)
    dose = quantity(chosen.get("doseQuantity"))
    if dose and most and _exceeds(dose, most):
        doubts.append(f"maxDosePerPeriod {amount(instruction.get('maxDosePerPeriod'))}")
    apart = _LEAST_APART.search(extra)
    interval = int(apart.group(1)) * 60 if apart else 0
    if as_needed:
        interval = interval or least_apart(instruction)
        timing = msgspec.structs.replace(timing, timing=None)
    said = amount(chosen.get("doseQuantity")) or amount(chosen.get("doseRange"))
    return Dosage(
        when=timing,
        dose=dose,
        dose_text="" if dose else said,
        rate=joined(_rate(chosen), timing.lasting, mark=" · "),
        route=concept(instruction.get("route")),
        as_needed=as_needed,
        condition=condition,
        max_24h=most,
        min_interval_min=interval,
        limits=limits,
        sentence=joined(
            words(instruction.get("text")), words(instruction.get("patientInstruction"))
        ),
        extra=joined(extra, concept(instruction.get("site")), concept(instruction.get("method"))),
        doubts=(*timing.doubts, *doubts),
    )


def _exceeds(dose: Quantity, most: Quantity) -> bool:
    """Whether one dose alone is above what 24 hours allow: one of the two is a mistake."""
    one, limit = dose.number(), most.number()
    return dose.unit == most.unit and one is not None and limit is not None and one > limit


def _choose(doses: list[Json]) -> tuple[Json, list[str]]:
    """The dose that was ordered; where several stand and none says so, it is to be checked."""
    if not doses:
        return {}, []
    ordered = [one for one in doses if code_of(one.get("type")) == "ordered"]
    chosen = (ordered or doses)[0]
    doubts = []
    if len(doses) > 1 and len(ordered) != 1:
        doubts.append("doseAndRate: " + " / ".join(_said(one) for one in doses))
    for key in ("doseQuantity", "rateQuantity"):
        if units_clash(part(chosen.get(key))):
            item = part(chosen.get(key))
            doubts.append(f"{key} {words(item.get('unit'))} ≠ {words(item.get('code'))}")
    if part(chosen.get("doseQuantity")).get("comparator"):
        doubts.append(f"doseQuantity {amount(chosen.get('doseQuantity'))}")
    return chosen, doubts


def _said(one: Json) -> str:
    dose = amount(one.get("doseQuantity")) or amount(one.get("doseRange"))
    return joined(dose, _rate(one), mark=" ") or "?"


def _rate(one: Json) -> str:
    return joined(
        *(amount(one.get(f"rate{kind}")) for kind in ("Quantity", "Ratio", "Range")), mark=" "
    )


def _limits(instruction: Json, doubts: list[str]) -> tuple[Quantity | None, str]:
    ratio = part(instruction.get("maxDosePerPeriod"))
    below = part(ratio.get("denominator"))
    most = None
    said = []
    if ratio:
        per = (number(below.get("value")), words(below.get("code")) or words(below.get("unit")))
        most = quantity(ratio.get("numerator")) if per in _DAY_DENOMINATORS else None
        if most is None:
            said.append(f"max {amount(ratio)}")
    for key, word in (("maxDosePerAdministration", "prise"), ("maxDosePerLifetime", "vie")):
        if text := amount(instruction.get(key)):
            said.append(f"max {text} / {word}")
    limited = (part(ratio.get("numerator")), part(instruction.get("maxDosePerAdministration")))
    doubts += [
        f"max {unit_of(item)} ≠ {words(item.get('code'))}" for item in limited if units_clash(item)
    ]
    return most, ", ".join(said)
