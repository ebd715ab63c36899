"""Print jobs: a document asked for, rendered in steps, looked at, then sent or saved.

A sheet's number is given once in a node's life and put on record when the sheet leaves (printer or
file). The PDFs live in memory only. Not for: what the forms look like (`kit.paper`).
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import msgspec

from kit.core.errors import BadInput, Refused
from kit.core.query import Asking
from kit.core.text import language
from kit.node import carried, kit_sheet, printers
from kit.node.desk import KEY_HOLDER, Desk, Who
from kit.node.pack_data import PackReader
from kit.node.work import Slow, Steps
from kit.paper import printer
from kit.paper.delivery import Sheets
from kit.paper.fields import PatientSheet, WardPack
from kit.paper.ledger import IssuedSheet, issued_events, next_number
from kit.paper.pack import PATIENT_FORMS, Rendered, documents_steps, ward_pack_steps
from kit.ward.stay import current_ward

KEPT_JOBS = 4
WARD_PACK = "ward-pack"
PATIENT = "patient"
_ACTIONS = {carried.FORM: carried.ACTION, kit_sheet.FORM: kit_sheet.ACTION}
"""What a sheet of its own kind asks for."""
BLANK = "blank:"


def _action(document: str) -> str:
    """What printing this document asks for."""
    if document.startswith(BLANK):
        return "print_blank"
    return _ACTIONS.get(document, "print_patient")


def _wanted(document: str, pack: WardPack) -> list[tuple[str, PatientSheet | None]]:
    """What a document's name asks for.

    `patient`: the four sheets of each patient; `blank:MEDA`: one numbered blank; else form codes
    with commas, a patient form once per patient.
    """
    if document == PATIENT:
        return [(code, patient) for patient in pack.patients for code in PATIENT_FORMS]
    kind, _, code = document.rpartition(":")
    if kind == "blank":
        return [(code.upper(), None)]
    wanted: list[tuple[str, PatientSheet | None]] = []
    for name in document.upper().split(","):
        if name.strip() in PATIENT_FORMS:
            wanted += [(name.strip(), patient) for patient in pack.patients]
        elif name.strip():
            wanted.append((name.strip(), None))
    return wanted


def free_path(folder: Path, name: str) -> Path:
    """A file that is not there yet, under a name that every file system takes."""
    stem = re.sub(r"[^0-9A-Za-z_-]+", "-", name.removesuffix(".pdf")).strip("-")[:80] or "kit"
    names = itertools.chain([f"{stem}.pdf"], (f"{stem}-{n}.pdf" for n in itertools.count(2)))
    return next(path for one in names if not (path := folder / one).exists())


class Job(msgspec.Struct, frozen=True):
    """A rendered document, waiting to be printed: which, for whom, and its bytes."""

    job: str
    document: str
    ward: str
    rendered: Rendered
    issued: bool = False


class Printing:
    """The print jobs of one node."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.jobs: dict[str, Job] = {}
        self._next = 0
        self._count = 0

    def steps(self, document: str, args: dict[str, Any], who: Who) -> Steps:
        """Render; yields progress, returns what the preview shows (or Refused)."""
        action = _action(document)
        if who is not KEY_HOLDER and (refused := self.desk.permitted(action, who)) is not None:
            return refused
        reader = self._reader(who)
        ward = str(args.get("ward") or "")
        patient = str(args.get("patient") or "")
        if patient and not ward:
            ward = current_ward(self.desk.kit.db, patient)
        chosen = [] if document.startswith(BLANK) else [patient] if patient else None
        pack = reader.ward(ward or self.desk.kit.settings.ward, chosen)
        if document == carried.FORM:
            lines, units = carried.carried(self.desk, args, who)
            pack = carried.laid_into(pack, lines, units)
        if document == kit_sheet.FORM:
            pack = kit_sheet.laid_into(pack, self.desk)
        inner = self._inner(document, pack)
        while True:
            try:
                step = next(inner)
            except StopIteration as end:
                return self._keep(document, pack, end.value)
            yield {"job": document, "done": step.done, "total": step.total}

    def _reader(self, who: Who) -> PackReader:
        asking = Asking(self.desk.now(), who.person, who.role)
        return PackReader(self.desk.kit.db, self.desk.kit.settings, asking)

    def _inner(self, document: str, pack: WardPack) -> Any:
        if document == WARD_PACK:
            return ward_pack_steps(pack, self._allot, language=language())
        return documents_steps(pack, _wanted(document, pack), self._allot, language=language())

    def _allot(self, count: int) -> int:
        bits = int.from_bytes(self.desk.kit.log.device.public[:2], "big") >> 6
        first = max(self._next, next_number(self.desk.kit.db, bits))
        self._next = first + count
        return first

    def _keep(self, document: str, pack: WardPack, rendered: Rendered) -> dict[str, Any]:
        self._count += 1
        job = f"{document}-{self._count}"
        self.jobs[job] = Job(job, document, pack.ward_code, rendered)
        for old in list(self.jobs)[:-KEPT_JOBS]:
            del self.jobs[old]
        return {
            "job": job,
            "document": document,
            "pages": rendered.pages,
            "sheets": len(rendered.sheets),
            "bytes": len(rendered.pdf),
            "patients": len(pack.patients),
            "data_as_of_ms": pack.data_as_of_ms or 0,
            "source_label": pack.source_label,
            "warnings": [{"code": w.code, "args": w.args} for w in rendered.warnings],
        }

    def page(self, job: str, page: int, dpi: int) -> Slow:
        """One page, from 1, as PNG bytes."""
        from kit.paper.preview import page_png

        pdf = self._job(job).rendered.pdf
        return Slow(lambda: page_png(pdf, page - 1, dpi=dpi), lambda png: png)

    def save(self, job: str, path: Path, who: Who) -> dict[str, Any]:
        """Write the PDF to a file, and the numbers to the ledger first."""
        found = self._issue(job, who)
        printer.save_pdf(found.rendered.pdf, path)
        return {"path": str(path), "pages": found.rendered.pages}

    def save_on(self, job: str, folder: Path, name: str, who: Who) -> dict[str, Any] | Refused:
        """Write the PDF into a drive's folder under a name that nothing there has yet.

        Whoever takes it away needs the right to the document at this moment too.
        """
        action = _action(self._job(job).document)
        if who is not KEY_HOLDER and (refused := self.desk.permitted(action, who)) is not None:
            return refused
        path = free_path(folder, name)
        return {**self.save(job, path, who), "path": path.name}

    def send(self, job: str, name: str, copies: int, who: Who, *, confirmed: bool = False) -> Steps:
        """Send the PDF to a printer of this kit, a CUPS queue or an `ipp://` address.

        The printer is asked first, then the ledger is written, then the sheets leave: no number is
        used twice, and none for sheets that a printer without paper never took. confirmed: a person
        has just named this printer as theirs; it is remembered.
        """
        found, kit = self._job(job), self.desk.kit
        one = printers.of_name(kit, name)
        one = yield from printers.ready_steps(one)
        found = self._issue(job, who)
        sheets = Sheets(found.rendered.pdf, f"{found.document} {found.ward}", copies)
        outcome = yield from printers.out_steps(sheets, one)
        if confirmed or any(row.key == one.key for row in printers.remembered(kit)):
            printers.remember(kit, outcome.printer)
        return {
            "printer": one.label, "reference": outcome.job, "pages": found.rendered.pages,
            "done": outcome.done,
        }  # fmt: skip

    def _job(self, job: str) -> Job:
        if job not in self.jobs:
            raise BadInput("PRN-020", job=job)
        return self.jobs[job]

    def _issue(self, job: str, who: Who) -> Job:
        found = self._job(job)
        if found.issued:
            return found
        sheets = [
            IssuedSheet(sheet.number, sheet.form, sheet.patient_id, len(sheet.page_ids))
            for sheet in found.rendered.sheets
        ]
        events = issued_events(found.ward, found.document, sheets)
        self.desk.record([(event, "") for event in events], who)
        self.jobs[job] = msgspec.structs.replace(found, issued=True)
        return found
