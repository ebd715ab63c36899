"""Who this patient is, what would harm them, what they take, and how old each datum is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import DAY, HOUR, MINUTE, local_instant
from kit.core.text import choose_language
from kit.gui.tone import Tone
from kit.gui.widgets.ages import AgeLabel, SourceLabel, ago, person_age, source_words
from kit.gui.widgets.banner import AllergyState, BannerFacts, PatientBanner, ins_text
from kit.gui.widgets.cell import ChipText
from kit.gui.widgets.medication import MedicationLine

from .conftest import NOW

Settle = Callable[..., None]
Find = Callable[[QWidget], list[str]]

NOEMIE = BannerFacts(
    patient="p1",
    birth_name="Lefebvre",
    given_names="Noémie",
    used_name="MARTIN",
    birth_date="1942-03-03",
    sex="female",
    ipp="8001234567",
    ins="242037511600123",
    identity="qualified",
    bed="204-1",
    allergy_state=AllergyState.KNOWN,
    allergies=("Pénicilline (choc)", "Iode"),
    source="DPI 21/11 22:40",
)


def _texts(root: QWidget) -> str:
    shown = [label.text() for label in root.findChildren(QLabel) if not label.isHidden()]
    return " | ".join(text for text in shown if text)


def _banner(qtbot: QtBot, settle: Settle, **changes: Any) -> PatientBanner:
    fields = {name: getattr(NOEMIE, name) for name in BannerFacts.__dataclass_fields__}
    banner = PatientBanner()
    qtbot.addWidget(banner)
    banner.show_patient(BannerFacts(**{**fields, **changes}), NOW)
    settle(banner, 1366, banner.heightForWidth(1366))
    return banner


# -- the banner ------------------------------------------------------------------------------


def test_the_banner_shows_the_birth_name_first_and_who_this_is(
    qtbot: QtBot, settle: Settle
) -> None:
    shown = _texts(_banner(qtbot, settle))
    assert shown.index("LEFEBVRE, Noémie") < shown.index("MARTIN")
    for text in ("03/03/1942 (84\u00a0ans)", "Féminin", "8001234567", "204-1", "Nom utilisé"):
        assert text.replace("\u00a0", " ") in shown.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("identity", "has_ins", "words"),
    [
        ("qualified", True, ""),
        ("validated", False, "Identité validée"),
        ("retrieved", False, "Identité récupérée"),
        ("provisional", False, "Identité provisoire"),
        ("anything else", False, "Identité provisoire"),
    ],
)
def test_the_ins_is_shown_only_for_a_qualified_identity(
    qtbot: QtBot, settle: Settle, identity: str, has_ins: bool, words: str
) -> None:
    """RNIV: a number that has not been qualified must not travel."""
    banner = _banner(qtbot, settle, identity=identity)
    spoken = banner.accessibleName()
    assert (ins_text(NOEMIE.ins) in _texts(banner)) is has_ins
    assert (ins_text(NOEMIE.ins) in spoken) is has_ins
    assert words in spoken


@pytest.mark.parametrize(
    ("state", "names", "words"),
    [
        (AllergyState.KNOWN, ("Iode",), "Allergies connues"),
        (AllergyState.NONE_KNOWN, (), "Aucune allergie connue"),
        (AllergyState.NOT_RECORDED, (), "non recueillies"),
        (AllergyState.UNAVAILABLE, (), "indisponibles"),
        (AllergyState.KNOWN, (), "indisponibles"),
    ],
)
def test_allergies_are_always_said_in_one_of_four_states(
    qtbot: QtBot, settle: Settle, state: AllergyState, names: tuple[str, ...], words: str
) -> None:
    """PAB-0064; known allergies whose list was lost are not shown as an empty list."""
    banner = _banner(qtbot, settle, allergy_state=state, allergies=names)
    assert words in _texts(banner)
    for name in names:
        assert name in _texts(banner)
        assert name in banner.accessibleName()


@pytest.mark.parametrize("width", [1280, 1366, 1920])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_nothing_in_the_banner_is_cut_whoever_it_is(
    qtbot: QtBot, settle: Settle, clipped: Find, lang: str, width: int
) -> None:
    """The longest names and fifteen allergies: the banner grows instead."""
    choose_language(lang)
    facts = BannerFacts(
        patient="x",
        birth_name="de Saint-Exupéry-Montgolfier de la Rochefoucauld-Doudeauville",
        given_names="Marie-Clémentine Éléonore Wilhelmine",
        used_name="VANDENBROUCKE-DESTOMBES",
        birth_date="2026-11-20",
        homonym=True,
        allergies=tuple(f"Allergène numéro {n} (urticaire géante)" for n in range(15)),
        allergy_state=AllergyState.KNOWN,
        doctor="Dr Anne-Charlotte Rousseau-Lambert",
        source="DPI 21/11 22:40",
    )
    banner = PatientBanner()
    qtbot.addWidget(banner)
    banner.show_patient(facts, NOW)
    settle(banner, width, max(banner.heightForWidth(width), banner.minimumSizeHint().height()))
    assert clipped(banner) == []


def test_an_unknown_patient_has_words_everywhere(qtbot: QtBot, settle: Settle) -> None:
    """Never a question mark, a zero or a blank."""
    banner = PatientBanner()
    qtbot.addWidget(banner)
    banner.show_patient(BannerFacts(patient="x", birth_name="", given_names=""), NOW)
    settle(banner, 1366, 100)
    shown = _texts(banner)
    for words in ("Identité inconnue", "date inconnue", "Sexe inconnu", "aucun", "sans lit"):
        assert words in shown
    assert "?" not in shown


def test_a_deceased_patient_shows_the_date_and_age_at_death(qtbot: QtBot, settle: Settle) -> None:
    """PAB-0055: the age stops, and the ground carries a pattern besides its colour."""
    died = local_instant(2020, 1, 2, 10)
    dead = _banner(qtbot, settle, deceased_at_ms=died)
    alive = _banner(qtbot, settle)
    assert "DÉCÉDÉ(E) le 02/01/2020, à 77 ans" in dead.accessibleName().replace("\u00a0", " ")
    assert "84" not in dead.accessibleName()
    assert len(_colours(dead)) > len(_colours(alive))


def _colours(banner: QWidget) -> set[int]:
    """Colours in the empty lower middle of the banner."""
    image = banner.grab().toImage()
    y = image.height() - 6
    return {image.pixel(x, y) for x in range(image.width() // 2 - 60, image.width() // 2)}


def test_a_homonym_is_a_word_chip_with_its_sentence(qtbot: QtBot, settle: Settle) -> None:
    banner = _banner(qtbot, settle, homonym=True)
    assert "vérifier la date de naissance" in banner.accessibleName()


# -- medication ------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [260, 420, 900])
def test_a_medication_line_is_whole_at_any_width(
    qtbot: QtBot, settle: Settle, clipped: Find, width: int
) -> None:
    """MEDi-008: what is painted is what was ordered, wrapped and never cut."""
    runs = [("amoxicilline", True), (" — CLAMOXYL — 1\u00a0g — poudre — DOSE\u00a0", False)]
    runs += [("1\u00a0g", True), (" — voie intraveineuse — toutes les 8\u00a0h", False)]
    line = MedicationLine()
    qtbot.addWidget(line)
    line.show_line(runs, chips=[ChipText("HAUT RISQUE", Tone.CRITICAL, "◆")], source="DPI 21/11")
    settle(line, width, line.heightForWidth(width))
    assert line.shown_text() == "".join(text for text, _bold in runs)
    assert clipped(line) == []
    assert "HAUT RISQUE" in line.accessibleName()
    assert "DPI 21/11" in line.accessibleName()


def test_angle_brackets_in_a_drug_are_text(qtbot: QtBot) -> None:
    """A name that looks like markup must not vanish from the screen."""
    line = MedicationLine()
    qtbot.addWidget(line)
    line.show_line([("<b>x</b> & y", True)])
    assert "&lt;b&gt;x&lt;/b&gt; &amp; y" in line.findChildren(QLabel)[0].text()


def test_a_stopped_line_is_struck_and_says_who_stopped_it(qtbot: QtBot) -> None:
    line = MedicationLine()
    qtbot.addWidget(line)
    line.show_line([("insuline", True)], stopped="Arrêtée 03:10, Dr Rousseau")
    assert any("<s>" in label.text() for label in line.findChildren(QLabel))
    assert "Arrêtée 03:10, Dr Rousseau" in line.accessibleName()


# -- ages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (0, "à l’instant"),
        (59_000, "à l’instant"),
        (MINUTE, "il y a 1 min"),
        (5 * HOUR + 41 * MINUTE, "il y a 5 h 41"),
        (3 * DAY, "il y a 3 j"),
        (-20 * MINUTE, "dans 20 min"),
    ],
)
def test_an_age_is_said_as_people_say_it(past: int, words: str) -> None:
    assert ago(NOW - past, NOW).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2026, 11, 22), "0 jour"),
        (date(2026, 11, 20), "2 jours"),
        (date(2026, 10, 23), "30 jours"),
        (date(2026, 10, 22), "1 mois"),
        (date(2023, 11, 23), "35 mois"),
        (date(2023, 11, 22), "3 ans"),
        (date(1942, 11, 23), "83 ans"),
        (date(1942, 11, 22), "84 ans"),
        (date(2027, 1, 1), ""),
    ],
)
def test_a_patient_s_age_in_days_months_or_years(born: date, words: str) -> None:
    """A dose by weight for a child of 35 months is not one for 3 years."""
    assert person_age(born, NOW).replace("\u00a0", " ") == words


@given(st.dates(date(1900, 1, 1), date(2026, 11, 22)))
def test_an_age_is_never_missing_for_somebody_who_is_born(born: date) -> None:
    assert person_age(born, NOW)


def test_a_stale_datum_says_so_by_sign_and_words(qtbot: QtBot) -> None:
    label = AgeLabel()
    qtbot.addWidget(label)
    label.show_age(NOW - 5 * HOUR, NOW, "DPI")
    assert (label.text().startswith("◷"), label.property("tone")) == (False, "muted")
    label.tick(NOW + 8 * HOUR)
    assert (label.text().startswith("◷"), label.property("tone")) == (True, "warning")
    label.show_age(None, NOW, "DPI")
    assert "heure inconnue" in label.text()


def test_a_birth_does_not_go_stale(qtbot: QtBot) -> None:
    label = SourceLabel()
    qtbot.addWidget(label)
    label.show_age(NOW - 90 * DAY, NOW, "DPI")
    assert "◷" not in label.text()
    assert "DPI" in source_words("DPI", NOW, NOW)
