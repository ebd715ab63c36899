"""The desk at which one resource is mapped: the directory, where events go, what was not used.

A mapper is a function registered for a resource type; it reads the resource, emits events and says
which leaves it could not use after all. Not for: accounting (`accounting`), order (`pipeline`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kit.core.event import Event
from kit.core.ids import derived_id
from kit.exchange.fhir.elements import Json, extension_value, instant, part, parts, reference, words
from kit.exchange.fhir.references import References
from kit.exchange.leaf_rules import UNMAPPED, Verdict
from kit.exchange.unit import Fate
from kit.ward.patient import Identifier, IdentityStatus, PatientRegistered

MISSING = "record_missing"
"""The flag of a patient whose own record the extract does not hold."""


class Desk:
    """What a mapper works with; one per import, turned to one resource at a time.

    src: the snapshot's id; now: UTC ms of the import; taken: UTC ms of the extract, 0 unknown.
    """

    def __init__(self, directory: References, src: str, now: int, taken: int) -> None:
        self.directory, self.src, self.now, self.taken = directory, src, now, taken
        self.scope = self.own = ""
        self.digest = b""
        self.modified = True
        self.events: list[tuple[Event, str]] = []
        self.demoted: list[tuple[str, Verdict]] = []
        self.gathered: dict[tuple[str, str, int], dict[str, str]] = {}
        self.gathered_by: dict[tuple[str, str, int], str] = {}
        self.gathered_notes: dict[tuple[str, str, int], set[str]] = {}
        self._stand_ins: set[str] = set()
        self._found: dict[tuple[str, str], str] = {}

    def turn(self, scope: str, digest: bytes, own: str, *, modified: bool) -> None:
        """Take up the next resource; own: its address; modified: it may hold unknown modifiers."""
        self.scope, self.digest, self.own, self.modified = scope, digest, own, modified
        self.events = []
        self.demoted = []

    def emit(self, event: Event, patient: str = "") -> None:
        """Record an event, for the ward of this patient."""
        self.events.append((event, self.directory.ward(patient) if patient else ""))

    def drop(self) -> None:
        """Give up what was made of this resource; a stand-in stays, others rely on it."""
        self.events = [(event, ward) for event, ward in self.events if _is_stand_in(event)]
        self.demoted = [("", UNMAPPED)]

    def demote(self, prefix: str, what: Verdict = UNMAPPED) -> None:
        """Say that the leaves under this path met another fate than the table says."""
        if (prefix, what) not in self.demoted:
            self.demoted.append((prefix, what))

    def withdraw(self, rule: str = "withdrawn") -> None:
        """Nothing of this resource is shown, by a rule of the table, and that is accounted for."""
        self.demote("", Verdict(Fate.IGNORED, rule))

    def patient(self, resource: Json, field: str = "subject") -> str:
        """The patient of a resource; where their record is missing, a stand-in is registered."""
        value = part(resource.get(field))
        address = reference(value)
        place = (self.scope, address)
        found = self._found.get(place)
        if found is not None:
            return found
        key = self._patient(resource, value, address)
        if address and not address.startswith("#"):
            self._found[place] = key
        return key

    def _patient(self, resource: Json, value: Json, address: str) -> str:
        contained = _contained(resource, address)
        if contained is not None:
            return self._contained_patient(address, contained)
        address = address or words(value.get("display"))
        key = self.directory.patient(address, self.scope)
        if not self.directory.knows_patient(address, self.scope):
            self.stand_in(key, words(value.get("display")) or address, address)
        return key

    def _contained_patient(self, address: str, contained: Json) -> str:
        name = part(contained.get("name"))
        said = " ".join(filter(None, (words(name.get("family")), words(part(name).get("text")))))
        key = derived_id("patient", "contained", self.scope, address, said)
        self.stand_in(key, said or address, address)
        return key

    def stand_in(self, key: str, name: str, address: str) -> None:
        """Register, once, a patient whose own record the extract does not hold."""
        if key in self._stand_ins:
            return
        self._stand_ins.add(key)
        self.emit(
            PatientRegistered(
                patient=key,
                birth_family=name or address,
                identity=IdentityStatus.UNKNOWN,
                identity_flags=(MISSING,),
                identifiers=(Identifier("other", "", address),) if address else (),
                src=self.src,
            ),
            key,
        )

    def key(self, kind: str, resource: Json, patient: str) -> str:
        """A resource's id in the kit, the same at every import."""
        return derived_id(kind, patient, words(resource.get("id")) or self.digest.hex())

    def at(self, *moments: object) -> int:
        """The first of these moments that can be read, else when the extract was taken."""
        for moment in moments:
            found = instant(moment)
            if found:
                return found
        return self.taken

    def said(self, value: object) -> str:
        """A Reference (or the first of several) in words."""
        return self.directory.text(part(value), self.scope)

    def doubts(self, resource: Json, *more: str) -> tuple[str, ...]:
        """What may change the meaning and was not understood: unknown modifiers, then `more`."""
        found = list(_modifiers(resource)) if self.modified else []
        if "implicitRules" in resource:
            found.append(f"implicitRules {words(resource['implicitRules'])}")
        return tuple(dict.fromkeys([*found, *(text for text in more if text)]))


def _is_stand_in(event: Event) -> bool:
    return isinstance(event, PatientRegistered) and MISSING in event.identity_flags


Mapper = Callable[[Json, Desk], None]
MAPPERS: dict[str, Mapper] = {}


def maps(*kinds: str) -> Callable[[Mapper], Mapper]:
    """Register the mapper of these resource types."""

    def register(mapper: Mapper) -> Mapper:
        for kind in kinds:
            MAPPERS[kind] = mapper
        return mapper

    return register


def _contained(resource: Json, address: str) -> Json | None:
    if not address.startswith("#"):
        return None
    return next(
        (one for one in parts(resource.get("contained")) if words(one.get("id")) == address[1:]),
        None,
    )


def _modifiers(value: Json) -> Iterable[str]:
    for key, item in value.items():
        if key == "modifierExtension":
            for one in parts(item):
                name = words(one.get("url")).rpartition("/")[2]
                yield f"modifierExtension {name}: {extension_value(one)}".rstrip(": ")
        elif type(item) is dict:
            yield from _modifiers(item)
        elif type(item) is list:
            for one in item:
                if type(one) is dict:
                    yield from _modifiers(one)
