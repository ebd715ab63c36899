"""A pack is in order, complete, numbered once, and can be given up half way."""

from __future__ import annotations

import msgspec
import pytest

from kit.core.errors import BadInput
from kit.paper.fields import Line
from kit.paper.pack import render_form, render_ward_pack, ward_pack_steps
from kit.paper.page_id import parse_symbol
from tests.paper.reading import flat, page_texts
from tests.paper.sample import Allotter, at, drug, patient, ward_pack


def test_the_pack_is_in_the_order_of_the_round() -> None:
    """Cover, telephones, census, then bed by bed the four sheets, then the blanks."""
    rendered = render_ward_pack(ward_pack(5), Allotter())
    forms = [sheet.form for sheet in rendered.sheets]
    blanks = ["MEDA"] * 4 + ["SURV"] * 4 + ["TRAN"] * 4
    assert forms == ["GARD", "TELE", "CENS", *["FPAT", "MEDA", "SURV", "TRAN"] * 5, *blanks]
    beds = {person.patient_id: person.bed for person in ward_pack(5).patients}
    order = [beds[sheet.patient_id] for sheet in rendered.sheets if sheet.patient_id]
    assert order == sorted(order)


def test_beds_are_counted_as_people_count() -> None:
    """Bed 2 comes before bed 10, and who has no bed comes last."""
    people = tuple(
        msgspec.structs.replace(patient(n), bed=bed)
        for n, bed in enumerate(("10", "2", "", "USIC 1"))
    )
    pack = msgspec.structs.replace(ward_pack(0), patients=people, blanks=())
    sheets = render_ward_pack(pack, Allotter()).sheets
    order = [sheet.patient_id for sheet in sheets if sheet.form == "FPAT"]
    assert order == ["p0001", "p0000", "p0003", "p0002"]


def test_every_page_of_the_file_belongs_to_one_sheet() -> None:
    """No page without a number, no number twice, and the page map is the file's."""
    rendered = render_ward_pack(ward_pack(4), Allotter())
    pages = page_texts(rendered.pdf)
    assert len(pages) == rendered.pages == sum(len(s.page_ids) for s in rendered.sheets)
    ids = [page_id for sheet in rendered.sheets for page_id in sheet.page_ids]
    assert len(set(ids)) == len(ids)
    for sheet in rendered.sheets:
        for page, page_id in enumerate(sheet.page_ids):
            assert parse_symbol(page_id).human in flat(pages[sheet.first_page + page])


def test_the_cover_lists_every_patient_with_their_pages() -> None:
    """A missing page can be told from the cover."""
    rendered = render_ward_pack(ward_pack(6), Allotter())
    pages = page_texts(rendered.pdf)
    cover = flat(" ".join(pages[: rendered.sheets[1].first_page]))
    assert "données" in cover.lower()
    assert "âge 32 min" in cover
    for person in ward_pack(6).patients:
        own = [sheet for sheet in rendered.sheets if sheet.patient_id == person.patient_id]
        count = sum(len(sheet.page_ids) for sheet in own)
        forms = " · ".join(f"{sheet.form} {len(sheet.page_ids)}" for sheet in own)
        assert f"{forms} {count}" in cover
        assert person.given_name in cover


def test_steps_say_how_far_the_job_is() -> None:
    """Progress rises to the end, one document at a time."""
    seen: list[tuple[int, int]] = []
    render_ward_pack(ward_pack(3), Allotter(), progress=lambda *step: seen.append(step))
    totals = {total for _, total in seen}
    assert len(totals) == 1
    done = [done for done, _ in seen]
    assert done == sorted(set(done))
    assert done[-1] == totals.pop()


def test_a_job_given_up_uses_no_number() -> None:
    """Stopping half way leaves no hole in the ledger."""
    allot = Allotter()
    before = allot.next
    steps = ward_pack_steps(ward_pack(3), allot)
    for _ in range(8):
        next(steps)
    steps.close()
    assert allot.next == before


def test_numbers_are_asked_for_once() -> None:
    """One range for the whole pack, as many numbers as sheets."""
    asked: list[int] = []

    def allot(count: int) -> int:
        asked.append(count)
        return 1000

    rendered = render_ward_pack(ward_pack(2), allot)
    assert asked == [len(rendered.sheets)]
    assert [sheet.number for sheet in rendered.sheets] == list(range(1000, 1000 + asked[0]))


def test_the_medication_line_is_printed_verbatim() -> None:
    """Paper adds nothing inside the line and changes no character of it."""
    runs = drug("méTHOtrexate", "2,5 mg", "voie orale", "le mardi seulement", "arrêt le 01/12")
    person = msgspec.structs.replace(patient(1), prescriptions=(Line(runs, slots=(at(1),)),))
    pack = msgspec.structs.replace(ward_pack(0), patients=(person,), blanks=())
    rendered = render_ward_pack(pack, Allotter())
    text = flat(" ".join(page_texts(rendered.pdf)))
    assert text.count(flat("".join(run for run, _ in runs))) == 2


def test_an_unknown_form_is_refused() -> None:
    """A wrong code from the command line is told by its name."""
    with pytest.raises(BadInput) as fault:
        render_form(ward_pack(0), "XXXX", Allotter())
    assert fault.value.code == "PAP-030"
