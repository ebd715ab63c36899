"""What does not fit goes on: next row, next page under the same header, and else an error."""

from __future__ import annotations

import msgspec
import pytest

from kit.core.clock import HOUR
from kit.core.errors import Misconfigured
from kit.paper.fields import Line, Note, PatientSheet
from kit.paper.pack import render_form, render_patient
from tests.paper.reading import flat, page_texts
from tests.paper.sample import NOW, Allotter, at, drug, patient, ward_pack

PERSON = PatientSheet(patient_id="x", birth_name="Nom", given_name="Prénom", bed="1")


def plan_of(*lines: Line) -> list[str]:
    """Pages of the administration plan."""
    person = msgspec.structs.replace(PERSON, prescriptions=lines)
    rendered = render_patient(ward_pack(0), person, Allotter(), forms=("MEDA",))
    return [flat(page) for page in page_texts(rendered.pdf)]


def test_a_long_plan_repeats_its_header_and_section() -> None:
    """Each page of the plan shows the hours and which kind of drugs it holds."""
    pages = plan_of(*(Line(drug(f"produit{n}", "1 g"), slots=(at(1),)) for n in range(20)))
    assert len(pages) >= 3
    for page in pages:
        assert "04:00 – 08:00" in page
    assert "Traitements à heures fixes (suite)" in pages[1]
    for n in range(20):
        assert sum(f"produit{n} " in page for page in pages) == 1


def test_a_note_longer_than_a_page_goes_on_in_order() -> None:
    """A very long note fills several pages, its words in their order, marked as continued."""
    words = " ".join(f"m{n}" for n in range(3000))
    person = msgspec.structs.replace(PERSON, notes=(Note(at(0), "A", "C", words),))
    rendered = render_patient(ward_pack(0), person, Allotter(), forms=("TRAN",))
    text = flat(" ".join(page_texts(rendered.pdf)))
    found = [int(word[1:]) for word in text.split() if word[:1] == "m" and word[1:].isdigit()]
    assert found == list(range(3000))
    assert text.count("(suite)") >= 2 * (rendered.pages - 1)


def test_a_drug_line_longer_than_a_page_goes_on() -> None:
    """Even an absurd line is printed whole."""
    words = " ".join(f"z{n}" for n in range(1500))
    pages = plan_of(Line(((words, True),), slots=(at(1), at(2))))
    found = [word for word in " ".join(pages).split() if word[:1] == "z" and word[1:].isdigit()]
    assert found == [f"z{n}" for n in range(1500)]


def test_more_than_31_pages_become_several_sheets() -> None:
    """The page number of a sheet has one character, so a long document is divided."""
    person = msgspec.structs.replace(PERSON, notes=(Note(at(0), data="texte long " * 20_000),))
    rendered = render_patient(ward_pack(0), person, Allotter(), forms=("TRAN",))
    assert rendered.pages > 31
    assert len(rendered.sheets) == -(-rendered.pages // 31)
    assert len(rendered.sheets[0].page_ids) == 31
    assert sum(len(sheet.page_ids) for sheet in rendered.sheets) == rendered.pages


def test_a_head_taller_than_the_page_is_an_error() -> None:
    """Nothing is cut off: the job stops and says why."""
    person = msgspec.structs.replace(PERSON, given_name="Prénom " * 400)
    with pytest.raises(Misconfigured) as fault:
        render_patient(ward_pack(0), person, Allotter(), forms=("MEDA",))
    assert fault.value.code == "PAP-021"


def test_every_due_dose_of_the_day_has_its_place() -> None:
    """Each due time of the next 24 h stands on the plan with its own bubbles."""
    slots = tuple(NOW + hour * HOUR for hour in range(23))
    person = msgspec.structs.replace(PERSON, prescriptions=(Line(drug("a", "1 g"), slots=slots),))
    rendered = render_patient(ward_pack(0), person, Allotter(), forms=("MEDA",))
    named = [mark.label.split(":") for mark in rendered.sheets[0].marks]
    due = [int(parts[4]) for parts in named if parts[0] != "new" and parts[5] == "D"]
    assert sorted(due) == sorted(slots)


def test_a_late_dose_is_named_late() -> None:
    """A dose of before the plan begins is not forgotten and not taken for a dose to come."""
    page = plan_of(Line(drug("a", "1 g"), slots=(at(-2), at(-20))))[0]
    assert "RETARD" in page
    assert "02:30" in page
    assert "21/11" in page


def test_a_dose_after_the_plan_is_announced() -> None:
    """The sheet says when the drug is next due though it ends before."""
    page = plan_of(Line(drug("a", "1 g"), slots=(at(30),)))[0]
    assert "Prise suivante : 23/11 10:30" in page


@pytest.mark.parametrize("status", ["suspended", "stopped"])
def test_a_drug_that_is_not_to_be_given_has_no_bubbles(status: str) -> None:
    """A suspended or stopped line stays visible and offers nothing to give."""
    line = Line(
        drug("furosémide", "40 mg"),
        slots=(at(1),),
        status=status,  # type: ignore[arg-type]
        status_text="par Dr V : créatinine",
    )
    person = msgspec.structs.replace(PERSON, prescriptions=(line,))
    rendered = render_patient(ward_pack(0), person, Allotter(), forms=("MEDA",))
    page = flat(page_texts(rendered.pdf)[0])
    assert ("SUSPENDU" if status == "suspended" else "ARRÊTÉ") in page
    assert "par Dr V : créatinine" in page
    assert all(mark.label.startswith("new:") for mark in rendered.sheets[0].marks)


def test_unsent_times_are_said() -> None:
    """A scheduled drug without times is not a drug without doses."""
    assert "Horaires non transmis" in plan_of(Line(drug("a", "1 g")))[0]


def test_a_high_alert_drug_is_marked_once() -> None:
    """The words of the ward's formatter are not printed twice."""
    assert "◆ HAUT RISQUE" in plan_of(Line(drug("a", "1 g"), high_alert=True))[0]
    page = plan_of(Line((("HAUT RISQUE a", True),), high_alert=True))[0]
    assert page.count("HAUT RISQUE") == 1
    assert "double contrôle" in page


def test_a_struck_note_stays_readable_and_says_who_struck_it() -> None:
    """Nothing is deleted, on paper neither."""
    person = patient(0)
    rendered = render_patient(ward_pack(0), person, Allotter(), forms=("TRAN",))
    page = flat(page_texts(rendered.pdf)[0])
    assert "Se lève seul pour aller aux toilettes" in page
    assert "Rayée le 22/11 01:12 par M. Leroy : mauvais patient" in page


def test_an_empty_ward_still_has_a_census_to_fill() -> None:
    """No extract: the sheet says so and has rows to write on."""
    page = flat(page_texts(render_form(ward_pack(0), "CENS", Allotter()).pdf)[0])
    assert "Aucun patient dans l’extrait" in page


def test_the_latest_vitals_are_those_printed() -> None:
    """The grid shows the newest sets, oldest of them first, and says how many there were."""
    rendered = render_patient(ward_pack(0), patient(1), Allotter(), forms=("SURV",))
    page = flat(page_texts(rendered.pdf)[0])
    assert "4 derniers relevés sur 6" in page
    assert "15:30" in page
    assert "11:30" not in page
