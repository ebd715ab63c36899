"""Pages of a PDF as pictures for the screen: what is shown is what is printed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2

from kit.core.errors import BadInput

POINTS_PER_INCH = 72


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as fault:
        raise BadInput("PAP-031", reason=str(fault)) from None
    try:
        yield document
    finally:
        document.close()


def page_count(pdf: bytes) -> int:
    """How many pages; BadInput PAP-031 when this is no PDF."""
    with _opened(pdf) as document:
        return len(document)


def page_png(pdf: bytes, page: int, *, dpi: int = 100) -> bytes:
    """One page (from 0) as PNG bytes, grey scale, at `dpi`; BadInput PAP-031 when there is none."""
    with _opened(pdf) as document:
        return _png(document, page, dpi)


def pages_png(pdf: bytes, *, dpi: int = 100) -> Iterator[bytes]:
    """All pages as PNG bytes, one at a time."""
    with _opened(pdf) as document:
        for page in range(len(document)):
            yield _png(document, page, dpi)


def _png(document: pypdfium2.PdfDocument, page: int, dpi: int) -> bytes:
    if not 0 <= page < len(document):
        raise BadInput("PAP-031", reason=f"page {page + 1}/{len(document)}")
    sheet = document[page]
    bitmap = sheet.render(scale=dpi / POINTS_PER_INCH, grayscale=True)
    out = io.BytesIO()
    bitmap.to_pil().save(out, format="PNG", compress_level=1)
    bitmap.close()
    sheet.close()
    return out.getvalue()
