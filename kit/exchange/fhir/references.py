"""Who and what the resources of an extract call each other: patients, stays, places, names, drugs.

Filled while the extract is surveyed, settled once, read while it is mapped. An address that leads
nowhere stays text; a patient whose own record is missing gets a stand-in id, so that what is known
about them stays in sight. Not for: making events (the mappers).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from kit.core.ids import derived_id
from kit.exchange.fhir.elements import (
    NO,
    Json,
    amount,
    codings,
    concept,
    human_name,
    instant,
    label,
    part,
    parts,
    reference,
    words,
)
from kit.exchange.fhir.places import Places, Spot

LOCAL_NUMBER = ("PI", "MR", "IPP")
STAY_NUMBER = ("VN", "AN", "IEP")
OPEN_STAY = ("arrived", "triaged", "in-progress", "onleave", "unknown", "")
INS_ROOT = "1.2.250.1.213.1.4."
T = TypeVar("T")


class Stay(msgspec.Struct, frozen=True):
    """A stay: its id, its patient, where, whether it is open, since when (UTC ms)."""

    id: str
    patient: str
    spot: Spot
    open: bool
    since: int


class Order(msgspec.Struct, frozen=True):
    """A prescription: its id, its patient's address, its drug in words, how many instructions."""

    id: str
    drug: str
    instructions: int

    def ids(self) -> tuple[str, ...]:
        """One id per instruction: the order's own where there is one, else derived from it."""
        if self.instructions <= 1:
            return (self.id,)
        return tuple(derived_id("order", self.id, str(i)) for i in range(self.instructions))


def pick_identifier(resource: Json, wanted: tuple[str, ...] = ()) -> tuple[str, str]:
    """(system, value) of the identifier of a wanted type, else of the first that has both."""
    first = ("", "")
    for item in parts(resource.get("identifier")):
        pair = (words(item.get("system")), words(item.get("value")))
        if not all(pair) or words(item.get("use")) == "old" or INS_ROOT in pair[0]:
            continue
        if any(code in wanted for _system, code in codings(item.get("type"))):
            return pair
        first = first if first[1] else pair
    return first


class References:
    """The directory of one extract; `scope` (a file) tells equal addresses of two bundles apart."""

    def __init__(self) -> None:
        self.places = Places()
        self.patients: dict[str, str] = {}
        self.stays: dict[str, Stay] = {}
        self.orders: dict[str, Order] = {}
        self.drugs: dict[str, Json] = {}
        self.texts: dict[str, str] = {}
        self.stay_wards: dict[str, tuple[bool, int, str]] = {}
        self.alternatives: dict[str, str] = {}
        self.shared_numbers: set[str] = set()
        self._waiting: list[tuple[str, Json, list[str]]] = []
        self._numbers: dict[tuple[str, str], set[str]] = defaultdict(set)

    def note(self, resource: Json, scope: str, full_url: str = "") -> None:
        """Take in one resource of the directory kinds."""
        kind, key = words(resource.get("resourceType")), words(resource.get("id"))
        names = [f"{scope}|{kind}/{key}", f"{kind}/{key}", f"{scope}|#{key}"] if key else []
        if full_url:
            names += [f"{scope}|{full_url}", full_url]
        names += [
            f"{kind}?identifier={words(item.get('system'))}|{words(item.get('value'))}"
            for item in parts(resource.get("identifier"))
        ]
        if kind == "Location":
            self.places.note(resource, names)
        elif kind == "Medication":
            _set(self.drugs, names, resource)
        elif kind == "RequestGroup":
            self._note_group(resource, scope)
        elif kind in ("Patient", "Encounter", "MedicationRequest"):
            self._waiting.append((kind, resource, names))
            pair = pick_identifier(resource, _WANTED[kind])
            if pair[1]:
                self._numbers[pair].add(_fingerprint(kind, resource))
        else:
            _set(self.texts, names, _said(kind, resource))

    def _note_group(self, resource: Json, scope: str) -> None:
        """What ties the orders of a group together: alternatives, and conditions in words."""
        for action in parts(resource.get("action")):
            said = [words(action.get("title")), words(action.get("description"))]
            for related in parts(action.get("relatedAction")):
                relation = words(related.get("relationship"))
                kinds = [words(one.get("valueCode")) for one in parts(related.get("extension"))]
                if relation != "concurrent" or any(kinds):
                    said.append(
                        " ".join(
                            filter(None, (relation, *kinds, amount(related.get("offsetDuration"))))
                        )
                    )
            text = " — ".join(part_ for part_ in said if part_)
            address = reference(action.get("resource"))
            if text and address:
                key = f"MedicationRequest/{address[1:]}" if address.startswith("#") else address
                self.alternatives[f"{scope}|{key}"] = self.alternatives[key] = text

    def alternative(self, address: str, scope: str) -> str:
        """The condition under which a grouped order holds, or empty."""
        return _find(self.alternatives, address, scope) or ""

    def settle(self) -> Iterator[None]:
        """Work out who is who, in small steps; to be run to its end before anything is mapped."""
        self.places.settle()
        for turn in ("Patient", "Encounter", "MedicationRequest"):
            for kind, resource, names in self._waiting:
                if kind == turn:
                    self._settle_one(kind, resource, names)
                    yield
        self._waiting.clear()

    def _settle_one(self, kind: str, resource: Json, names: list[str]) -> None:
        if kind == "Patient":
            _set(self.patients, names, self._patient_id(resource))
        elif kind == "Encounter":
            _set(
                self.stays, names, self._stay(resource, names[0].partition("|")[0] if names else "")
            )
        else:
            drug = concept(resource.get("medicationCodeableConcept"))
            scope = names[0].partition("|")[0] if names else ""
            if not drug:
                drug = concept(self.drug(resource, scope).get("code"))
            count = len(parts(resource.get("dosageInstruction")))
            _set(self.orders, names, Order(self._order_id(resource), drug, count))

    def _patient_id(self, resource: Json) -> str:
        pair = pick_identifier(resource, LOCAL_NUMBER)
        prints = self._numbers[pair]
        traits = _fingerprint("Patient", resource)
        if pair[1] and (len(prints) == 1 or min(prints) == traits):
            key = derived_id("patient", *pair)
        elif pair[1]:
            # Two people under one number: they must never become one chart.
            key = derived_id("patient", *pair, traits)
        else:
            key = derived_id("patient", "resource", words(resource.get("id")), traits)
        if len(prints) > 1:
            self.shared_numbers.add(key)
        return key

    def _stay(self, resource: Json, scope: str) -> Stay:
        patient = self.patient(reference(resource.get("subject")), scope)
        pair = pick_identifier(resource, STAY_NUMBER)
        plain = pair[1] and len(self._numbers[pair]) == 1
        key = (
            derived_id("stay", *pair)
            if plain
            else derived_id("stay", "resource", patient, words(resource.get("id")))
        )
        stay = Stay(
            key,
            patient,
            self.places.of_stay(resource, scope),
            words(resource.get("status")) in OPEN_STAY,
            instant(part(resource.get("period")).get("start")),
        )
        rank = (stay.open, stay.since, stay.spot.ward)
        self.stay_wards[patient] = max(self.stay_wards.get(patient, (False, -1, "")), rank)
        return stay

    def _order_id(self, resource: Json) -> str:
        pair = pick_identifier(resource)
        prints = self._numbers[pair]
        mine = _fingerprint("MedicationRequest", resource)
        if pair[1] and (len(prints) == 1 or min(prints) == mine):
            return derived_id("order", *pair)
        return derived_id("order", *pair, mine)

    def patient(self, address: str, scope: str = "") -> str:
        """The id of a patient; a stand-in's where the extract does not hold their record."""
        found = _find(self.patients, address, scope)
        return found or derived_id("patient", "address", address.removeprefix("urn:uuid:"))

    def knows_patient(self, address: str, scope: str) -> bool:
        """Whether the extract holds the record behind this address."""
        return _find(self.patients, address, scope) is not None

    def stay(self, address: str, scope: str) -> Stay | None:
        """The stay behind an address."""
        return _find(self.stays, address, scope)

    def order(self, address: str, scope: str) -> Order | None:
        """The prescription behind an address."""
        return _find(self.orders, address, scope)

    def ward(self, patient: str) -> str:
        """The ward of a patient's open stay, else of the last one."""
        return self.stay_wards.get(patient, (False, 0, ""))[2]

    def text(self, value: object, scope: str) -> str:
        """What a Reference points to, in words: the label it brings, else the name behind it."""
        item = part(value)
        if said := words(item.get("display")):
            return said
        return _find(self.texts, reference(item), scope) or label(item)

    def drug(self, resource: Json, scope: str) -> Json:
        """The Medication that a resource points to, contained or elsewhere; empty if missing."""
        address = reference(resource.get("medicationReference"))
        if address.startswith("#"):
            for item in parts(resource.get("contained")):
                if words(item.get("id")) == address[1:]:
                    return item
        return _find(self.drugs, address, scope) or NO


_WANTED = {"Patient": LOCAL_NUMBER, "Encounter": STAY_NUMBER, "MedicationRequest": ()}


def _fingerprint(kind: str, resource: Json) -> str:
    """What tells two holders of one number apart: a person's traits, a resource's own id."""
    if kind != "Patient":
        return words(resource.get("id"))
    name = part(resource.get("name"))
    return "|".join((words(name.get("family")).upper(), words(resource.get("birthDate"))))


def _said(kind: str, resource: Json) -> str:
    if kind in ("Practitioner", "RelatedPerson"):
        return human_name(resource.get("name"))
    if kind == "PractitionerRole":
        return label(resource.get("practitioner"))
    return (
        words(resource.get("name"))
        or concept(resource.get("code"))
        or concept(resource.get("type"))
    )


def _set(where: dict[str, T], names: list[str], value: T) -> None:
    for name in names:
        where.setdefault(name, value)


def _find(where: dict[str, T], address: str, scope: str) -> T | None:
    if not address:
        return None
    found = where.get(f"{scope}|{address}")
    if found is None:
        found = where.get(address)
    if found is None and "://" in address:
        pieces = address.partition("/_history/")[0].rsplit("/", 2)
        found = where.get("/".join(pieces[-2:]))
    return found
