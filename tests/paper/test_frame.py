"""The safety frame stands on every page of every form, and no form can take it away."""

from __future__ import annotations

import msgspec
import pytest

from kit.core.errors import KitError
from kit.paper.fields import Allergy, AllergyState, PatientSheet
from kit.paper.identity import allergy_runs
from kit.paper.library import compile_form, house_forms
from kit.paper.pack import documents_steps, finish, render_form, render_patient, render_ward_pack
from kit.paper.words import speaker
from tests.paper.reading import flat, page_texts
from tests.paper.sample import Allotter, at, extreme_patient, patient, ward_pack

NAMED = PatientSheet(
    patient_id="secret-internal-id",
    birth_name="Lefèbvre-d’Ормa",
    given_name="Jeanne",
    used_name="Martin",
    birth_date="1944-03-12",
    sex="F",
    ipp="80012345",
    iep="26004567",
    bed="412-P",
    identity_status="qualified",
    homonym=True,
)


def text_of(person: PatientSheet, world: str = "REEL") -> list[str]:
    """Pages of all sheets of one patient, spaces evened."""
    pack = ward_pack(0, world)
    return [flat(page) for page in page_texts(render_patient(pack, person, Allotter()).pdf)]


def test_every_page_says_who_it_is_about() -> None:
    """A page that was torn from its sheet still has its patient, bed, status and dates."""
    for page in text_of(NAMED):
        for words in (
            "LEFÈBVRE-D’ОРМA, Jeanne",
            "Nom utilisé : MARTIN",
            "12/03/1944 (82 ans)",
            "féminin",
            "80012345",
            "26004567",
            "412-P",
            "Identité qualifiée",
            "HOMONYME DANS LE SERVICE",
            "Vérifier le bracelet",
            "VALABLE JUSQU’AU 23/11/2026 04:30",
            "données du 22/11/2026 03:58, âge 32 min",
            "Kit Cardio 1",
        ):
            assert words in page
        assert "secret-internal-id" not in page


def test_continuation_pages_repeat_the_frame() -> None:
    """Every one of the many pages of an extreme sheet carries name, number and validity."""
    rendered = render_patient(ward_pack(0), extreme_patient(), Allotter(), forms=("TRAN",))
    pages = [flat(page) for page in page_texts(rendered.pdf)]
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert "Marie-Antoinette-Joséphine-Bérengère" in page
        assert f"p{number}/{len(pages)}" in page
        assert "VALABLE JUSQU’AU" in page
        assert ("(suite)" in page) == (number > 1)


def test_the_four_states_of_allergy_have_four_texts() -> None:
    """Not knowing never looks like "none"."""
    states: tuple[AllergyState, ...] = ("known", "none", "not_asked", "unavailable")
    said = {}
    for state in states:
        person = msgspec.structs.replace(
            NAMED,
            allergy_state=state,
            allergies=(Allergy("Latex", "urticaire"),) if state == "known" else (),
            allergy_declared_by="C. Dubois",
            allergy_declared_ms=at(-24),
        )
        said[state] = flat("".join(text for text, _ in allergy_runs(person, speaker("fr"))))
        for page in text_of(person):
            assert said[state] in page
    assert said["known"] == "Latex (urticaire)"
    assert said["none"] == "Aucune allergie connue (déclaré par C. Dubois le 21/11/2026 04:30)"
    assert said["not_asked"].startswith("Allergies non recueillies")
    assert said["unavailable"].startswith("Allergies indisponibles dans l’extrait")


def test_known_without_a_substance_is_not_none() -> None:
    """A broken extract that says "allergic" and not to what stays alarming."""
    person = msgspec.structs.replace(NAMED, allergy_state="known")
    assert "Allergie connue, substance non transmise" in text_of(person)[0]
    person = msgspec.structs.replace(person, allergies=(Allergy(" ", "œdème"),))
    assert "substance non transmise (œdème)" in text_of(person)[0]


def test_many_allergies_are_announced_and_all_listed() -> None:
    """What the box cannot hold opens the first page, and every page says how many there are."""
    pages = text_of(extreme_patient())
    assert all("30 ALLERGIES CONNUES" in page for page in pages)
    rendered = render_patient(ward_pack(0), extreme_patient(), Allotter(), forms=("MEDA",))
    first = flat(page_texts(rendered.pdf)[0])
    assert all(f"Substance numéro {n} " in first for n in range(30))


def test_an_unknown_identity_is_said_in_words() -> None:
    """No date, no number, no bed: words stand there, never an empty place."""
    page = text_of(PatientSheet(patient_id="x", birth_name="X", given_name="Homme"))[0]
    for words in (
        "date inconnue",
        "sans lit",
        "IPP : non renseigné",
        "Statut d’identité non transmis",
    ):
        assert words in page


def test_a_new_print_names_the_sheet_that_it_replaces() -> None:
    """The old plan can be found and struck."""
    person = msgspec.structs.replace(NAMED, replaces={"MEDA": "A7F-3K9Q"})
    rendered = render_patient(ward_pack(0), person, Allotter())
    pages = page_texts(rendered.pdf)
    for sheet in rendered.sheets:
        expected = "remplace A7F-3K9Q" in flat(pages[sheet.first_page])
        assert expected == (sheet.form == "MEDA")


def test_old_data_show_their_age() -> None:
    """Two days old are two days, and no extract is said as such."""
    pack = msgspec.structs.replace(ward_pack(0), data_as_of_ms=at(-50))
    rendered = render_patient(pack, NAMED, Allotter(), forms=("FPAT",))
    assert "âge 2 j 2 h" in flat(page_texts(rendered.pdf)[0])
    pack = msgspec.structs.replace(ward_pack(0), data_as_of_ms=None)
    rendered = render_patient(pack, NAMED, Allotter(), forms=("FPAT",))
    assert "aucune donnée pré-remplie" in flat(page_texts(rendered.pdf)[0])


def test_an_exercise_cannot_be_taken_for_real() -> None:
    """The word stands in the title and across every page, the number is of the other kind."""
    rendered = render_ward_pack(ward_pack(2, "EXERCICE:42"), Allotter())
    for page in page_texts(rendered.pdf):
        assert "EXERCICE — " in flat(page)
        assert page.count("EXERCICE") >= 2
    assert all(page_id.startswith("CKX") for sheet in rendered.sheets for page_id in sheet.page_ids)
    real = render_ward_pack(ward_pack(2), Allotter())
    assert not any("EXERCICE" in page for page in page_texts(real.pdf))


def test_a_blank_asks_for_the_identity_and_never_expires() -> None:
    """A blank has room for the label, boxes for the allergies, a number, and no age of data."""
    rendered = render_form(ward_pack(5), "MEDA", Allotter(), copies=3)
    assert len({sheet.number for sheet in rendered.sheets}) == 3
    for sheet, page in zip(rendered.sheets, page_texts(rendered.pdf), strict=True):
        text = flat(page)
        assert sheet.blank
        assert sheet.valid_until_ms is None
        assert "FEUILLE VIERGE" in text
        assert "Étiquette patient ici" in text
        assert "Non recueillies" in text
        assert "VALABLE" not in text
        assert "aucune donnée pré-remplie" in text


def test_a_form_of_the_hospital_keeps_the_frame() -> None:
    """A form with nothing but one line still has patient, allergies, number and expiry."""
    form = compile_form(
        'id = "MINI"\nversion = 1\npage = "A4P"\nscope = "patient"\nvalid_hours = 12\n'
        'title = { fr = "Mini" }\n[[block]]\nkind = "text"\ntext = { fr = "Une ligne" }\n',
        "mini.toml",
    )
    library = {**house_forms(), "MINI": form}
    steps = documents_steps(ward_pack(0), [("MINI", NAMED)], Allotter(), library=library)
    page = flat(page_texts(finish(steps).pdf)[0])
    for words in ("LEFÈBVRE", "ALLERGIES", "Vérifier le bracelet", "VALABLE JUSQU’AU 22/11/2026"):
        assert words in page


def test_a_name_too_long_for_the_frame_stops_the_job() -> None:
    """The hospital's own name is never cut in silence."""
    pack = msgspec.structs.replace(ward_pack(0), hospital="Centre hospitalier " * 12)
    with pytest.raises(KitError) as fault:
        render_form(pack, "TRAN", Allotter())
    assert fault.value.code == "PAP-023"


def test_english_sheets_are_in_english() -> None:
    """The second language is complete in the frame and in the forms."""
    rendered = render_patient(ward_pack(0), patient(1), Allotter(), language="en")
    text = flat(" ".join(page_texts(rendered.pdf)))
    for words in ("Administration plan", "VALID UNTIL", "Check the wristband", "No known allergy"):
        assert words in text
    for words in ("VALABLE", "Vérifier", "Aucune allergie", "Prescripteur", "avis médical"):
        assert words not in text
