"""The symbols that are printed are read again at the resolutions that hospitals scan at."""

from __future__ import annotations

import pypdfium2
import pytest

from kit.core.errors import BadInput
from kit.paper.library import house_forms
from kit.paper.pack import Rendered, render_form, render_patient
from kit.paper.page_id import parse_symbol
from kit.paper.symbols import page_symbol, square_matrix
from tests.paper.reading import symbols
from tests.paper.sample import Allotter, patient, ward_pack


def printed(code: str) -> Rendered:
    """One form, filled."""
    if house_forms()[code].scope == "ward":
        return render_form(ward_pack(3), code, Allotter())
    return render_patient(ward_pack(0), patient(1), Allotter(), forms=(code,))


@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("code", sorted(house_forms()))
def test_every_page_is_known_by_both_its_symbols(code: str, dpi: int) -> None:
    """Top right and bottom left carry the page's number; one of them is enough."""
    rendered = printed(code)
    sheet = rendered.sheets[0]
    for page, page_id in enumerate(sheet.page_ids):
        read = [found.text for found in symbols(rendered.pdf, page, dpi)]
        assert read.count(page_id) == 2
        assert parse_symbol(page_id).sheet == sheet.number
        assert parse_symbol(page_id).page == page + 1


def test_a_sheet_for_machine_reading_has_its_four_corners() -> None:
    """Two small symbols name their corner and the end of the sheet number."""
    rendered = printed("MEDA")
    read = {found.text for found in symbols(rendered.pdf, 0, 200)}
    tail = rendered.sheets[0].label.replace("-", "")[-4:]
    assert {"TL" + tail, "BR" + tail} <= read


def test_an_exercise_page_says_so_to_the_scanner() -> None:
    """The outlined word across the page disturbs no symbol."""
    rendered = render_patient(ward_pack(0, "EXERCICE:7"), patient(1), Allotter(), forms=("MEDA",))
    read = [found.text for found in symbols(rendered.pdf, 0, 200)]
    page_id = rendered.sheets[0].page_ids[0]
    assert page_id.startswith("CKX")
    assert read.count(page_id) == 2


def test_a_text_too_long_for_its_symbol_is_refused() -> None:
    """The symbol's size is part of the layout and never changes."""
    with pytest.raises(BadInput):
        page_symbol("CK1" + "A" * 40)
    with pytest.raises(BadInput):
        square_matrix("A" * 40, 12)


def test_bubbles_are_on_paper_where_the_map_says() -> None:
    """A reader that trusts the map finds an empty ring of ink at every place."""
    rendered = printed("MEDA")
    document = pypdfium2.PdfDocument(rendered.pdf)
    pages = [page.render(scale=300 / 72, grayscale=True).to_pil() for page in document]
    document.close()
    for mark in rendered.sheets[0].marks:
        image = pages[mark.page - 1]
        x, y = (round(mm / 25.4 * 300) for mm in (mark.x_mm, mark.y_mm))
        inner = image.crop((x - 12, y - 12, x + 12, y + 12))
        assert min(inner.tobytes()) > 200, mark.label
        ring = image.crop((x - 21, y - 2, x - 16, y + 2))
        assert min(ring.tobytes()) < 128, mark.label
