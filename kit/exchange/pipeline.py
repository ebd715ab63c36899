"""The course of an import: survey, opening, units in small batches, what closes it.

A generator: each step costs a few milliseconds, because it runs in the node's own loop beside a
person's key presses. Whatever is killed between two batches is taken up again from the start, and
nothing is made twice: units by their digest, events by theirs. Not for: storing (`ledger`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256

import msgspec

from kit.core.event import Event, event_type
from kit.core.ids import derived_id
from kit.exchange.accounting import Accountant
from kit.exchange.fhir.mapping import Desk
from kit.exchange.source import Found, Source
from kit.exchange.unit import Account, Batch, Opening, RefusedUnit, Unit
from kit.ward.administration import AdministrationRecorded
from kit.ward.allergy import AllergyRecorded
from kit.ward.patient import PatientRegistered
from kit.ward.place import WardDescribed
from kit.ward.prescription_event import PrescriptionRecorded
from kit.ward.result import ResultReceived
from kit.ward.snapshot import SnapshotImported
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded

BATCH_UNITS = 32
BATCH_BYTES = 48_000
SURVEY_BYTES = 256_000
SURVEY_UNITS = 60
EVENT_LIMIT = 56_000
SURELY_SMALL = 12_000
"""No unit of so few bytes makes an event near the limit: its text is repeated twice at the most."""
# Who lies where, and in which extract they were last seen, is said anew by each extract.
RENEWED = (PatientRegistered, StayOpened, WardDescribed, SnapshotImported)
SHAPE_FAULTS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
COUNTED = ("patients", "allergies", "prescriptions", "administrations", "observations")
_encode = msgspec.msgpack.Encoder().encode
Known = Callable[[bytes], bool]


def snapshot_id(digest: int) -> str:
    """The id of an extract: the same for the same units, whatever their order and files."""
    return derived_id("snapshot", f"{digest:064x}")


def event_key(event: Event) -> bytes:
    """What tells whether an event was made before; its source counts only for what is renewed."""
    plain = event if isinstance(event, RENEWED) else msgspec.structs.replace(event, src="")
    return sha256(event_type(event).name.encode() + b"\0" + _encode(plain)).digest()


class Course:
    """One import in progress."""

    def __init__(
        self, source: Source, known: Known, now_ms: int, label: str, path_name: str
    ) -> None:
        self.source, self.known, self.now = source, known, now_ms
        self.label, self.path_name = label, path_name
        self.accountant = Accountant()
        self.done = 0
        self.snapshot = ""
        self._patients: set[str] = set()
        self._seen_keys: set[bytes] = set()
        self._clear()

    def _clear(self) -> None:
        self._units: list[Unit] = []
        self._outcomes: list[tuple[Event, str]] = []
        self._refused: list[RefusedUnit] = []
        self._keys: list[bytes] = []
        self._counts: Counter[str] = Counter()
        self._bytes = 0

    def run(self, total_bytes: int) -> Iterator[Batch]:
        """Every batch of the import, empty ones for progress among them."""
        yield from self._survey()
        self.snapshot = snapshot_id(self.source.digest)
        desk = self.source.start(self.snapshot, self.now)
        yield self._open(desk, total_bytes)
        for found in self.source.units():
            self._take(found, desk)
            if len(self._units) + len(self._refused) >= BATCH_UNITS or self._bytes >= BATCH_BYTES:
                yield self._batch()
        yield self._batch()
        yield from self._close(desk)

    def _survey(self) -> Iterator[Batch]:
        read = steps = 0
        for step in self.source.survey():
            read += abs(step)
            steps += 1
            if read >= SURVEY_BYTES or steps >= SURVEY_UNITS:
                read = steps = 0
                yield Batch()

    def _open(self, desk: Desk, total_bytes: int) -> Batch:
        source = self.source
        desk.turn("", b"", "", modified=False)
        desk.emit(
            SnapshotImported(
                snapshot=self.snapshot,
                label=self.label,
                extracted_at=source.extracted_at,
                blocks=source.blocks,
            )
        )
        for event in source.opening_events(desk):
            desk.emit(event)
        self._keep(desk.events, known=False)
        opening = Opening(
            self.label,
            self.path_name,
            source.kind,
            self.snapshot,
            source.extracted_at,
            self.now,
            total_bytes,
            source.blocks,
        )
        return self._batch(opening)

    def _take(self, found: Found, desk: Desk) -> None:
        self.done += abs(found.size)
        self._bytes += len(found.raw)
        if not found.raw:
            if found.refusal is not None:
                self._refused.append(found.refusal)
            return
        digest = sha256(found.raw).digest()
        known = self.known(digest)
        value = found.value if found.value is not None else {"": None}
        desk.turn(found.file, digest, found.own, modified=b"modifierExtension" in found.raw)
        if found.value is not None:
            self._map(found, desk, known)
        if found.refusal is not None:
            self._refused.append(found.refusal)
        shape = self.accountant.shape(
            found.kind if found.value is not None else "?", value, tuple(desk.demoted)
        )
        self.accountant.meet(shape, found.file, found.position)
        self._units.append(
            Unit(
                digest, found.file, found.position, found.kind, found.raw, shape.account, not known
            )
        )

    def _map(self, found: Found, desk: Desk, known: bool) -> None:
        """Events of one unit: all of them, or none where its shape is not what its type says."""
        try:
            self.source.map(found, desk)
            if len(found.raw) > SURELY_SMALL:
                self._check_size(desk)
        except SHAPE_FAULTS:
            desk.drop()
            args = {"kind": found.kind}
            refusal = RefusedUnit(found.file, found.position, "intake.odd_shape", args)
            self._refused.append(refusal)
        if any(isinstance(event, PrescriptionRecorded) for event, _ward in desk.events):
            self._counts["prescriptions"] += 1
        self._keep(desk.events, known=known)

    @staticmethod
    def _check_size(desk: Desk) -> None:
        for event, _ward in desk.events:
            if len(_encode(event)) > EVENT_LIMIT:
                raise ValueError(EVENT_LIMIT)

    def _keep(self, events: list[tuple[Event, str]], *, known: bool) -> None:
        for event, ward in events:
            self._count(event)
            if known and not isinstance(event, RENEWED):
                continue
            key = event_key(event)
            if key in self._seen_keys or self.known(key):
                continue
            self._seen_keys.add(key)
            self._keys.append(key)
            self._outcomes.append((event, ward))

    def _count(self, event: Event) -> None:
        if isinstance(event, PatientRegistered):
            if event.patient not in self._patients:
                self._patients.add(event.patient)
                self._counts["patients"] += 1
        elif isinstance(event, AllergyRecorded):
            self._counts["allergies"] += 1
        elif isinstance(event, AdministrationRecorded):
            self._counts["administrations"] += 1
        elif isinstance(event, ResultReceived):
            self._counts["observations"] += 1
        elif isinstance(event, VitalsRecorded):
            self._counts["observations"] += len(event.values)

    def _batch(self, opening: Opening | None = None) -> Batch:
        batch = Batch(
            tuple(self._units),
            tuple(self._outcomes),
            tuple(self._refused),
            self.accountant.take(),
            tuple(self._keys),
            dict(self._counts),
            opening,
            self.done,
        )
        self._clear()
        return batch

    def _close(self, desk: Desk) -> Iterator[Batch]:
        """The sets of vitals, each whole now that every measure has been read."""
        desk.turn("", b"", "", modified=False)
        for event in self.source.closing_events(desk):
            desk.events = []
            desk.emit(event, getattr(event, "patient", ""))
            self._keep(desk.events, known=False)
            if len(self._outcomes) >= BATCH_UNITS:
                yield self._batch()
        yield self._batch()


def totals(batches: list[Batch]) -> Account:
    """The account of several batches together."""
    total = Account()
    for batch in batches:
        for unit in batch.units:
            total = total.plus(unit.account)
    return total
