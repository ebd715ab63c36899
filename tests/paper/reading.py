"""Reads a printed PDF back, independently of the code that drew it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pypdfium2
import zxingcpp

from kit.paper.dictionary import Context
from kit.paper.document import Document, lay_out
from kit.paper.fields import PatientSheet, WardPack
from kit.paper.library import house_forms
from kit.paper.press import Press
from kit.paper.words import speaker


def page_texts(pdf: bytes) -> list[str]:
    """The text of every page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def flat(text: str) -> str:
    """Text on one line, every kind of space a plain one."""
    return " ".join(text.split())


def letters(text: str) -> Counter[str]:
    """How often each character that leaves ink occurs; a hyphen at a line's end counts as one."""
    return Counter(text.replace("\x02", "-").replace("\ufffe", "-").translate(_SPACES))


_SPACES = {ord(space): None for space in " \n\r\t\u00a0\u202f"}


def symbols(pdf: bytes, page: int, dpi: int) -> list[Any]:
    """What a reader finds on one page scanned at this resolution."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[page].render(scale=dpi / 72, grayscale=True).to_pil()
        return list(zxingcpp.read_barcodes(image))
    finally:
        document.close()


def drawn(code: str, pack: WardPack, patient: PatientSheet | None) -> Document:
    """One document with every box recorded, numbered from 1."""
    context = Context(pack, patient, speaker("fr"), "fr")
    document = lay_out(Press("proof", recording=True), house_forms()[code], context)
    document.number(1, 0)
    return document
