"""Every character that goes in comes out on paper, whatever a name or an order holds."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache
from importlib import resources

import pytest
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kit.paper.fields import Allergy, Line, Note, PatientSheet
from kit.paper.pack import render_patient
from tests.paper.reading import letters, page_texts
from tests.paper.sample import Allotter, at, ward_pack

AWKWARD = (
    "éàçœŒÉłŁŻşİıđØßÆñữỗ≤≥µ→°²½−–—·…’«»☐⚠◆αβ日本語한글😀🩺שלוםعربي\u0301\u200b\u00ad\u2028[]()\\/%"
)
TEXT = st.text(st.one_of(st.sampled_from(AWKWARD), st.characters(exclude_categories=["Cs"])))
# Letters that no form uses, so that each can be counted.
WORDS = st.lists(st.text("ĀăĄąĆćŘřŵŽ-", min_size=1, max_size=90), max_size=120).map(" ".join)


@cache
def embedded() -> frozenset[int]:
    """Characters that both weights of one of the two families have, as another reader sees them."""
    folder = resources.files("kit.assets.fonts")
    held: set[int] = set()
    for pair in (("KitSans-Regular", "KitSans-Bold"), ("DejaVuSans", "DejaVuSans-Bold")):
        maps = []
        for name in pair:
            with (folder / f"{name}.ttf").open("rb") as file:
                maps.append(set(TTFont(file).getBestCmap()))
        held |= maps[0] & maps[1]
    return frozenset(held)


def expected(text: str) -> Counter[str]:
    """Characters that must be found: themselves, or their number where no font has them."""
    wanted: Counter[str] = Counter()
    for char in unicodedata.normalize("NFC", text):
        if char.isspace():
            continue
        shown = ord(char) in embedded() and ord(char) <= 0xFFFF
        if shown and unicodedata.category(char) not in {"Cc", "Cf", "Cn", "Co"}:
            wanted[char] += 1
        elif ord(char) not in embedded():
            wanted.update(f"[U+{ord(char):04X}]")
    return wanted


def folded(counts: Counter[str]) -> Counter[str]:
    """Readers name twins by one code (µ and μ, Ω and Ω): compare them as one."""
    result: Counter[str] = Counter()
    for char, count in counts.items():
        for plain in unicodedata.normalize("NFKC", char):
            result[plain] += count
    return result


def missing(texts: list[str], pdf: bytes, form: bytes) -> Counter[str]:
    """What went in and did not come out, of the characters that the form itself does not use."""
    own = folded(letters("".join(page_texts(form))))
    found = folded(letters("".join(page_texts(pdf))))
    wanted: Counter[str] = Counter()
    for text in texts:
        wanted += expected(text)
    lost = folded(wanted) - found
    return Counter({char: count for char, count in lost.items() if char not in own})


def awkward(name: str, reason: str, order: str, note: str) -> PatientSheet:
    """A patient whose every free text is given."""
    return PatientSheet(
        patient_id="x",
        birth_name="Nom",
        given_name=name,
        reason=reason,
        allergy_state="known",
        allergies=(Allergy(reason, order),),
        prescriptions=(Line(((order, True), (" — ", False), (note, False)), slots=(at(1),)),),
        notes=(Note(at(-1), name, reason, note, order),),
    )


@given(TEXT, TEXT, TEXT, WORDS)
@example("Łódź", "😀 日本", "שלום עולם", "Ř" * 300)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_character_is_lost(name: str, reason: str, order: str, note: str) -> None:
    """Names, reasons, orders and notes are all on the sheets, at least as a visible number."""
    rendered = render_patient(ward_pack(0), awkward(name, reason, order, note), Allotter())
    form = render_patient(ward_pack(0), awkward("", "", "", ""), Allotter())
    # Each text stands on the chart, on the plan and in the notes at least this often.
    texts = [name, reason, reason, reason, order, order, order, note, note, note]
    assert not missing(texts, rendered.pdf, form.pdf)


@given(st.lists(st.text("ĀăĄąĆćŘřŵŽ", min_size=1, max_size=400), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_long_words_lose_no_letter(words: list[str]) -> None:
    """A word wider than its column goes on in the next line, in order."""
    text = " ".join(words)
    pdfs = []
    for said in (text, ""):
        note = Note(at(0), data=said)
        patient = PatientSheet(patient_id="x", birth_name="N", given_name="P", notes=(note,))
        rendered = render_patient(ward_pack(0), patient, Allotter(), forms=("TRAN",))
        pdfs.append(rendered.pdf)
    assert not missing([text], *pdfs)


def test_a_character_that_no_font_has_is_shown_and_told() -> None:
    """It stands on paper as its number, and the job says so without saying whose it was."""
    patient = PatientSheet(patient_id="x", birth_name="日本", given_name="Ada")
    rendered = render_patient(ward_pack(0), patient, Allotter(), forms=("FPAT",))
    assert "[U+65E5][U+672C]" in page_texts(rendered.pdf)[0]
    assert [warning.code for warning in rendered.warnings] == ["glyph"]
    assert rendered.warnings[0].args == {"count": 2, "characters": "U+65E5 U+672C"}


def test_an_ordinary_pack_has_no_warning() -> None:
    """French and neighbouring names need no replacement."""
    patients = ward_pack(10).patients
    for patient in patients[:4]:
        assert not render_patient(ward_pack(0), patient, Allotter()).warnings


def test_a_broken_word_shows_that_it_was_broken() -> None:
    """The mark of the break stands at the end of the line."""
    note = Note(at(0), data="paracétamolparacétamolparacétamolparacétamol")
    patient = PatientSheet(patient_id="x", birth_name="N", given_name="P", notes=(note,))
    rendered = render_patient(ward_pack(0), patient, Allotter(), forms=("TRAN",))
    assert "↵" in page_texts(rendered.pdf)[0]


@pytest.mark.parametrize("dose", ["1\u202f000\u00a0mg", "1 000 mg", "1000 mg"])
def test_a_number_stays_with_its_unit(dose: str) -> None:
    """The line never turns inside a dose, even where it came with plain spaces."""
    for padding in range(0, 40, 3):
        line = Line((("x " * padding, False), (dose, True)), slots=(at(1),))
        patient = PatientSheet(
            patient_id="x", birth_name="N", given_name="P", prescriptions=(line,)
        )
        rendered = render_patient(ward_pack(0), patient, Allotter(), forms=("MEDA",))
        rows = [" ".join(row.split()) for row in page_texts(rendered.pdf)[0].splitlines()]
        assert any(" ".join(dose.split()) in row for row in rows)
