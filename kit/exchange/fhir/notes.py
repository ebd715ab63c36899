"""Texts that came with the extract: notes and documents; what is no text is named, not shown.

A text longer than an event may carry is cut into numbered parts, never shortened. Not for: notes
written here (`kit.ward.note`).
"""

from __future__ import annotations

import binascii
import html
import re
from base64 import b64decode

from kit.exchange.decode import decode_text
from kit.exchange.fhir.elements import (
    Json,
    codings,
    concept,
    concepts,
    joined,
    notes,
    part,
    parts,
    words,
)
from kit.exchange.fhir.mapping import Desk, maps
from kit.ward.note import NoteKind, NoteWritten

PART = 20_000
_WARD_NOTES = ("34746-8", "11506-3", "34117-2", "28570-0", "75492-9", "51848-0")
_MARKUP = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)[^>]*>", re.IGNORECASE)


def plain(markup: str) -> str:
    """The words of an XHTML narrative, a line per block."""
    text = html.unescape(_MARKUP.sub("", _BREAK.sub("\n", markup)))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def attachment(item: Json) -> tuple[str, bool]:
    """(text, whether it is the content itself) of an Attachment; else what it is."""
    kind = words(item.get("contentType")).lower()
    data = words(item.get("data"))
    if data and (kind.startswith("text/") or not kind):
        try:
            text = decode_text(b64decode(data, validate=True))[0]
        except (binascii.Error, ValueError):
            return _about(item, kind), False
        return (plain(text) if "html" in kind else text), True
    return _about(item, kind), False


def _about(item: Json, kind: str) -> str:
    size = words(item.get("size"))
    return joined(
        f"[{kind or '?'}]",
        words(item.get("title")),
        f"{size} octets" if size else "",
        words(item.get("url")),
    )


class Written:
    """A note in the making: what to say of it."""

    __slots__ = ("at", "by", "kind", "text", "title")

    def __init__(self, title: str, text: str, at: int, by: str, kind: str) -> None:
        self.title, self.text, self.at, self.by, self.kind = title, text, at, by, kind


def emit(desk: Desk, patient: str, note: Written) -> None:
    """Write a note unless it is empty."""
    if not note.text and not note.title:
        return
    pieces = [note.text[i : i + PART] for i in range(0, len(note.text), PART)] or [""]
    for place, piece in enumerate(pieces):
        shown = f"{note.title} ({place + 1}/{len(pieces)})" if len(pieces) > 1 else note.title
        desk.emit(
            NoteWritten(
                patient=patient,
                at=note.at,
                kind=note.kind,
                target=shown,
                data=piece,
                by=note.by,
                src=desk.src,
            ),
            patient,
        )


@maps("DocumentReference")
def document(resource: Json, desk: Desk) -> None:
    """A document's text, or its title with a word on what it is."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    if status == "entered-in-error":
        desk.withdraw()
        return
    texts = []
    for item in parts(resource.get("content")):
        text, whole = attachment(part(item.get("attachment")))
        texts.append(text)
        if not whole:
            desk.demote("content.attachment.data")
    codes = [code for _system, code in codings(resource.get("type"))]
    doubts = desk.doubts(resource, status if status != "current" else "", _draft(resource))
    title = joined(*doubts, concept(resource.get("type")), _summary(resource, texts))
    by = ", ".join(filter(None, (desk.said(one) for one in parts(resource.get("author")))))
    kind = NoteKind.TEXT if any(code in _WARD_NOTES for code in codes) else NoteKind.DOCUMENT
    at = desk.at(
        resource.get("date"), part(part(resource.get("context")).get("period")).get("start")
    )
    emit(desk, patient, Written(title, "\n\n".join(texts), at, by, kind))


def _draft(resource: Json) -> str:
    status = words(resource.get("docStatus"))
    return status if status not in ("final", "amended", "") else ""


def _summary(resource: Json, texts: list[str]) -> str:
    said = words(resource.get("description"))
    return "" if any(said in text for text in texts) else said


@maps("ClinicalImpression")
def impression(resource: Json, desk: Desk) -> None:
    """An assessment, in its own words."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    if status == "entered-in-error":
        desk.withdraw()
        return
    found = [
        concept(part(one).get("itemCodeableConcept")) or desk.said(part(one).get("itemReference"))
        for one in parts(resource.get("finding"))
    ]
    text = joined(
        words(resource.get("description")),
        words(resource.get("summary")),
        ", ".join(filter(None, found)),
        notes(resource.get("note")),
        mark="\n",
    )
    at = desk.at(resource.get("effectiveDateTime"), resource.get("date"))
    title = joined(
        *desk.doubts(resource, status if status != "completed" else ""),
        concept(resource.get("code")),
    )
    emit(
        desk, patient, Written(title, text, at, desk.said(resource.get("assessor")), NoteKind.TEXT)
    )


@maps("Composition")
def composition(resource: Json, desk: Desk) -> None:
    """A structured document: its sections' narratives, with their titles."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    if status == "entered-in-error":
        desk.withdraw()
        return
    title = joined(
        *desk.doubts(resource, status if status != "final" else ""),
        words(resource.get("title")) or concept(resource.get("type")),
    )
    text = "\n\n".join(_sections(parts(resource.get("section")), 0))
    by = desk.said(resource.get("author"))
    emit(desk, patient, Written(title, text, desk.at(resource.get("date")), by, NoteKind.DOCUMENT))


def _sections(sections: list[Json], depth: int) -> list[str]:
    found = []
    for one in sections:
        head = words(one.get("title")) or concept(one.get("code"))
        text = plain(words(part(one.get("text")).get("div")))
        found.append(joined(head, text, concept(one.get("emptyReason")), mark="\n"))
        if depth < 8:
            found += _sections(parts(one.get("section")), depth + 1)
    return [text for text in found if text]


@maps("DiagnosticReport")
def report(resource: Json, desk: Desk) -> None:
    """A report's conclusion and text; its results are resources of their own."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    if status in ("entered-in-error", "cancelled"):
        desk.withdraw()
        return
    texts = [words(resource.get("conclusion")), concepts(resource.get("conclusionCode"))]
    for item in parts(resource.get("presentedForm")):
        text, whole = attachment(item)
        texts.append(text)
        if not whole:
            desk.demote("presentedForm.data")
    said = joined(*texts, mark="\n")
    if not said:
        return
    doubts = desk.doubts(
        resource, status if status not in ("final", "amended", "corrected") else ""
    )
    at = desk.at(
        resource.get("effectiveDateTime"),
        part(resource.get("effectivePeriod")).get("start"),
        resource.get("issued"),
    )
    title = joined(*doubts, concept(resource.get("code")), concepts(resource.get("category")))
    by = desk.said(resource.get("resultsInterpreter")) or desk.said(resource.get("performer"))
    emit(desk, patient, Written(title, said, at, by, NoteKind.DOCUMENT))


@maps("Communication")
def communication(resource: Json, desk: Desk) -> None:
    """A message about a patient, where it says something."""
    patient = desk.patient(resource)
    status = words(resource.get("status"))
    if status in ("entered-in-error", "not-done"):
        desk.withdraw()
        return
    said = [words(one.get("contentString")) for one in parts(resource.get("payload"))]
    text = joined(*said, notes(resource.get("note")), mark="\n")
    title = joined(
        *desk.doubts(resource, status if status != "completed" else ""),
        concept(resource.get("topic")),
        concepts(resource.get("category")),
    )
    if text:
        at = desk.at(resource.get("sent"), resource.get("received"))
        emit(
            desk,
            patient,
            Written(title, text, at, desk.said(resource.get("sender")), NoteKind.TEXT),
        )
