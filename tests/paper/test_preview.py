"""The preview shows the pages that will be printed."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from kit.core.errors import BadInput
from kit.paper.pack import render_patient
from kit.paper.preview import page_count, page_png, pages_png
from tests.paper.sample import Allotter, patient, ward_pack


def test_a_preview_is_the_printed_page() -> None:
    """The picture of a page carries that page's own number."""
    rendered = render_patient(ward_pack(0), patient(1), Allotter())
    pictures = list(pages_png(rendered.pdf, dpi=150))
    assert len(pictures) == page_count(rendered.pdf) == rendered.pages
    ids = [page_id for sheet in rendered.sheets for page_id in sheet.page_ids]
    for picture, page_id in zip(pictures, ids, strict=True):
        read = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
        assert page_id in {found.text for found in read}


def test_one_page_is_drawn_at_the_size_asked() -> None:
    """A landscape sheet at 100 dpi is 1169 × 827 pixels."""
    rendered = render_patient(ward_pack(0), patient(1), Allotter(), forms=("MEDA",))
    image = Image.open(io.BytesIO(page_png(rendered.pdf, 0)))
    assert abs(image.width - 1169) <= 1
    assert abs(image.height - 827) <= 1


@pytest.mark.parametrize("page", [-1, 99])
def test_a_page_that_is_not_there_is_told(page: int) -> None:
    """No page before the first, none after the last."""
    rendered = render_patient(ward_pack(0), patient(1), Allotter(), forms=("FPAT",))
    with pytest.raises(BadInput) as fault:
        page_png(rendered.pdf, page)
    assert fault.value.code == "PAP-031"


@pytest.mark.parametrize("data", [b"", b"not a pdf", b"%PDF-1.4\n" + b"\x00" * 50])
def test_what_is_no_pdf_is_told(data: bytes) -> None:
    """A damaged file gives a sentence and no crash."""
    with pytest.raises(BadInput):
        page_count(data)
