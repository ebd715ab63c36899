"""Packs: the documents of one ward or one patient, in order, in one PDF.

Work is cut into small steps so that a caller can do something else between them, show how far it
is, or stop: nothing is allotted and nothing is lost before the last part. The same pack with the
same sheet numbers gives the same bytes. Not for: asking a store, keeping the ledger, printing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace

import msgspec

from kit.core.errors import BadInput
from kit.paper.dictionary import Contents, Context, bed_order
from kit.paper.document import Allot, Document, Sheet, lay_out
from kit.paper.fields import PatientSheet, WardPack
from kit.paper.form import Form
from kit.paper.identity import full_name
from kit.paper.library import Library, house_forms
from kit.paper.press import Press
from kit.paper.words import speaker

PATIENT_FORMS = ("FPAT", "MEDA", "SURV", "TRAN")
WARD_FORMS = ("TELE", "CENS")
COVER = "GARD"


class JobWarning(msgspec.Struct, frozen=True):
    """Something that a person must know about a job: code and arguments, no patient data."""

    code: str
    args: dict[str, str | int]


class Rendered(msgspec.Struct, frozen=True):
    """A finished job."""

    pdf: bytes
    sheets: tuple[Sheet, ...]
    pages: int
    warnings: tuple[JobWarning, ...]


class Step(msgspec.Struct, frozen=True):
    """How far a job is."""

    done: int
    total: int


Steps = Generator[Step, None, Rendered]


@dataclass(slots=True)
class _Job:
    press: Press
    library: Library
    context: Context

    def lay(self, code: str, patient: PatientSheet | None = None, **more: object) -> Document:
        context = replace(self.context, patient=patient, **more)  # type: ignore[arg-type]
        return lay_out(self.press, _form(self.library, code), context)


def _form(library: Library, code: str) -> Form:
    if code not in library:
        raise BadInput("PAP-030", form=code)
    return library[code]


def _job(pack: WardPack, language: str, library: Library | None, recording: bool) -> _Job:
    say = speaker(language)
    press = Press(f"{pack.hospital} — {pack.ward_name}", language=language, recording=recording)
    return _Job(press, library or house_forms(), Context(pack, None, say, language))


def ward_pack_steps(
    pack: WardPack,
    allot: Allot,
    *,
    language: str = "fr",
    library: Library | None = None,
    recording: bool = False,
) -> Steps:
    """The ward pack in steps; stop asking for steps to give up. Numbers are allotted at the end."""
    job = _job(pack, language, library, recording)
    patients = sorted(pack.patients, key=bed_order)
    blanks = [code for code, count in pack.blanks for _ in range(count)]
    laid = len(WARD_FORMS) + len(patients) * len(PATIENT_FORMS) + len(blanks) + 1
    total = 2 * laid
    done = 0
    documents: list[Document] = []
    of_patient: list[tuple[PatientSheet, list[Document]]] = []
    for code in WARD_FORMS:
        documents.append(job.lay(code))
        done += 1
        yield Step(done, total)
    for patient in patients:
        own = []
        for code in PATIENT_FORMS:
            own.append(job.lay(code, patient))
            done += 1
            yield Step(done, total)
        of_patient.append((patient, own))
        documents.extend(own)
    for code in blanks:
        documents.append(job.lay(code))
        done += 1
        yield Step(done, total)
    contents = tuple(_contents(job, of_patient, documents, blanks))
    documents.insert(0, job.lay(COVER, contents=contents))
    return (yield from _numbered(job, documents, allot, total))


def _numbered(job: _Job, documents: list[Document], allot: Allot, total: int) -> Steps:
    """Numbers for all documents at once, then their pages one document at a time."""
    number = allot(sum(document.sheets for document in documents))
    sheets: list[Sheet] = []
    pages = 0
    for place, document in enumerate(documents, 1):
        sheets.extend(document.number(number, pages))
        number += document.sheets
        pages += len(document.plates)
        yield Step(total - len(documents) + place, total)
    missing = sorted(job.press.gate.missing)
    warnings = [JobWarning("glyph", {"count": len(missing), "characters": _named(missing)})]
    return Rendered(job.press.finish(), tuple(sheets), pages, tuple(warnings) if missing else ())


def _named(chars: list[str]) -> str:
    return " ".join(f"U+{ord(char):04X}" for char in chars)


def _contents(
    job: _Job,
    of_patient: list[tuple[PatientSheet, list[Document]]],
    documents: list[Document],
    blanks: list[str],
) -> Iterator[Contents]:
    _ = job.context.say
    for code, document in zip(WARD_FORMS, documents, strict=False):
        title = document.frame.setting.label(document.frame.setting.form.title)
        yield Contents("", title, code, len(document.plates))
    for patient, own in of_patient:
        forms = " · ".join(
            f"{code}\u00a0{len(document.plates)}"
            for code, document in zip(PATIENT_FORMS, own, strict=True)
        )
        pages = sum(len(document.plates) for document in own)
        yield Contents(patient.bed or _("no bed"), full_name(patient), forms, pages)
    for code in dict.fromkeys(blanks):
        count = blanks.count(code)
        pages = sum(
            len(d.plates)
            for d in documents
            if d.frame.setting.blank and d.frame.setting.form.id == code
        )
        title = _("Numbered blanks: {n} × {form}").format(n=count, form=code)
        yield Contents("", title, code, pages)


def documents_steps(
    pack: WardPack,
    wanted: list[tuple[str, PatientSheet | None]],
    allot: Allot,
    *,
    language: str = "fr",
    library: Library | None = None,
    recording: bool = False,
) -> Steps:
    """Chosen documents in steps: (form code, patient), None for ward sheets and blanks."""
    job = _job(pack, language, library, recording)
    total = 2 * len(wanted)
    documents = []
    for done, (code, patient) in enumerate(wanted, 1):
        documents.append(job.lay(code, patient))
        yield Step(done, total)
    return (yield from _numbered(job, documents, allot, total))


def render_ward_pack(
    pack: WardPack,
    allot: Allot,
    *,
    language: str = "fr",
    library: Library | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rendered:
    """The whole ward pack at once: GARD, TELE, CENS, per patient by bed, numbered blanks."""
    return finish(ward_pack_steps(pack, allot, language=language, library=library), progress)


def render_patient(
    pack: WardPack,
    patient: PatientSheet,
    allot: Allot,
    *,
    forms: tuple[str, ...] = PATIENT_FORMS,
    language: str = "fr",
    library: Library | None = None,
) -> Rendered:
    """One patient's sheets. `pack` gives ward, kit and moment; its patients are not printed."""
    wanted: list[tuple[str, PatientSheet | None]] = [(code, patient) for code in forms]
    return finish(documents_steps(pack, wanted, allot, language=language, library=library))


def render_form(
    pack: WardPack,
    code: str,
    allot: Allot,
    *,
    copies: int = 1,
    language: str = "fr",
    library: Library | None = None,
) -> Rendered:
    """A ward sheet, or `copies` numbered blanks of a patient form."""
    wanted: list[tuple[str, PatientSheet | None]] = [(code, None)] * copies
    return finish(documents_steps(pack, wanted, allot, language=language, library=library))


def finish(steps: Steps, progress: Callable[[int, int], None] | None = None) -> Rendered:
    """Run all steps of a job; what `progress` raises ends it."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            rendered: Rendered = end.value
            return rendered
        if progress is not None:
            progress(step.done, step.total)
