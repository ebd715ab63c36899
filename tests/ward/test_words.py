"""Words and sentences: every code has one in French and in English, and none ever fails."""

from __future__ import annotations

import ast
import re
import string
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kit.people.person
import kit.ward
from kit.core.clock import Precision
from kit.core.command import SENTENCES
from kit.core.text import choose_language
from kit.people.permission import PROFESSIONS
from kit.ward import words
from kit.ward.administration_event import OmissionReason
from kit.ward.alert import AlertKind
from kit.ward.allergy import AllergyState, Certainty
from kit.ward.clinical_table import clinical_table
from kit.ward.correction import StrikeReason
from kit.ward.news2 import news2
from kit.ward.patient import IdentityStatus
from kit.ward.prescription_event import OrderStatus
from kit.ward.round import SlotStatus
from kit.ward.sentences import text_of
from tests.arch.source import ROOT
from tests.ward.harness import DAY, HOUR, at

CODES: dict[str, list[str]] = {
    "omission_word": list(OmissionReason), "strike_word": list(StrikeReason),
    "slot_word": list(SlotStatus), "order_status_word": list(OrderStatus),
    "identity_word": list(IdentityStatus), "allergy_state_word": list(AllergyState),
    "certainty_word": list(Certainty), "alert_word": list(AlertKind),
    "profession_word": list(PROFESSIONS), "consciousness_word": list("ACVPU"),
    "sex_word": ["F", "M", "I", ""],
    "vital_word": [field["code"] for field in clinical_table("vitals")["field"]],
    "band_word": ["fresh", "ageing", "old", "stale", "unknown", "kit"],
    "response_word": ["low", "medium_single", "medium", "high"],
}  # fmt: skip
PAIRS = [(name, code) for name, codes in CODES.items() for code in codes]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("name", "code"), PAIRS)
def test_every_code_has_a_word(language: str, name: str, code: str) -> None:
    """A code is never what a carer reads."""
    choose_language(language)
    word = getattr(words, name)(str(code))
    assert word
    assert word != code or word in {"confirmed", "suspected", "refuted", "partial", "suspended",
                                    "planned", "late", "given", "stopped", "fasting", "vomited",
                                    "temp", "pain", "weight", "height"}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), PAIRS)
def test_every_word_is_translated(name: str, code: str) -> None:
    """The French word is not the English one left over."""
    french = getattr(words, name)(str(code))
    choose_language("en")
    english = getattr(words, name)(str(code))
    same = {"SpO₂", "communication", "Transfusion", "Implant"}
    assert french != english or french in same


@pytest.mark.parametrize("precision", list(Precision))
def test_an_exact_time_needs_no_word_and_every_other_has_one(precision: Precision) -> None:
    assert bool(words.precision_word(precision)) is (precision is not Precision.EXACT)


def test_each_fate_of_a_dose_has_a_sign_of_its_own() -> None:
    """Shape and word, never colour alone (interface.md §6.4)."""
    signs = [words.slot_symbol(status) for status in SlotStatus]
    assert len(set(signs)) == len(signs)
    assert [words.slot_symbol(status) for status in
            ("planned", "given", "partial", "omitted", "suspended", "late", "conflict")
            ] == list("○●◐✕‖!?")  # fmt: skip
    assert words.slot_symbol("a status to come") == words.slot_symbol("to_check")


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        ("2026-11-22", "0 jour"), ("2026-11-21", "1 jour"), ("2026-10-23", "30 jours"),
        ("2026-10-22", "1 mois"), ("2023-11-23", "35 mois"), ("2023-11-22", "3 ans"),
        ("1942-03-03", "84 ans"), ("1942", "environ 84 ans"), ("1942-03", "environ 84 ans"),
        ("", ""), ("2027-01-01", ""), ("2999", ""), ("inconnue", ""), ("2024-02-29", "32 mois"),
    ],
)  # fmt: skip
def test_an_age_is_in_days_then_months_then_years(born: str, shown: str) -> None:
    """interface.md §10."""
    assert words.age_text(born, at(10)).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("born", "shown"),
    [("1942-03-03", "03/03/1942"), ("1942-03", "03/1942"), ("1942", "1942"),
     ("", "date de naissance inconnue"), ("vers 1942", "vers 1942")],
)  # fmt: skip
def test_a_date_of_birth_is_read_the_french_way(born: str, shown: str) -> None:
    assert words.birth_text(born) == shown


@pytest.mark.parametrize(
    ("label", "age", "shown"),
    [
        ("DPI", 5 * HOUR, "DPI 05:00 (il y a 5 h)"),
        ("DPI", 3 * DAY, "DPI 19/11 10:00 (il y a 3 j)"),
        ("DPI", None, "DPI, heure inconnue"),
        ("", None, "saisi dans le kit"),
    ],
)
def test_a_source_says_its_name_its_time_and_its_age(
    label: str, age: int | None, shown: str
) -> None:
    text = words.source_text(label, at(10) - age if age is not None else 0, at(10))
    assert text.replace("\u00a0", " ") == shown


def test_a_score_is_said_with_its_response_and_what_is_missing() -> None:
    whole = {"rr": "25", "spo2": "98", "oxygen": "1", "sbp": "120", "hr": "115", "acvpu": "A",
             "temp": "37"}  # fmt: skip
    plain = words.news2_word(news2(whole, 1)).replace("\u00a0", " ")
    assert plain == "NEWS2 7 : appel d’urgence"
    some = words.news2_word(news2({k: v for k, v in whole.items() if k != "temp"}, 1))
    assert some.replace("\u00a0", " ").startswith("NEWS2 au moins 7 (manquent : température)")
    assert words.news2_word(news2({}, 1)) == "NEWS2 non calculé"


# ------------------------------------------------------------------------------- sentences

kit.ward.open_rooms()


def names_in(text: str) -> set[str]:
    """The placeholders of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def calls() -> list[tuple[str, str, set[str]]]:
    """(file, constant, argument names) of every place that makes a refusal or a notice."""
    found = []
    for folder in (kit.ward, kit.people):
        for path in sorted(Path(str(folder.__file__)).parent.glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                made = node.func
                if isinstance(made, ast.Attribute) and made.attr == "notice":
                    made = made.value
                name = made.id if isinstance(made, ast.Name) else getattr(made, "attr", "")
                if name.isupper():
                    args = {word.arg for word in node.keywords if word.arg}
                    found.append((path.stem, name, args))
    return found


def test_every_refusal_gives_its_sentence_what_it_asks_for() -> None:
    """A gap in a sentence is a gap in what a carer is told."""
    import importlib

    for module, name, args in calls():
        room = "kit.people" if module in {"person", "permission", "second"} else "kit.ward"
        kind = getattr(importlib.import_module(f"{room}.{module}"), name, None)
        if kind is not None and hasattr(kind, "sentence"):
            assert names_in(kind.sentence) <= args, (module, name)


def sentences_of(*rooms: str) -> list[str]:
    """The codes that these packages declare; other rooms have catalogues of their own."""
    declared = re.compile(r'sentence\(\s*"([^"]+)"')
    texts = [path.read_text("utf-8") for room in rooms for path in (ROOT / room).rglob("*.py")]
    return sorted({code for text in texts for code in declared.findall(text)} & set(SENTENCES))


CLINICAL = sentences_of("kit/ward", "kit/people")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", CLINICAL)
def test_every_sentence_is_whole_in_both_languages(language: str, code: str) -> None:
    """No code, no brace, one or more sentences that end."""
    choose_language(language)
    args: dict[str, Any] = dict.fromkeys(names_in(SENTENCES[code].sentence), "7")
    text = text_of(code, args)
    assert text.endswith(".")
    assert not set(text) & set("{}")
    assert text[0] == text[0].upper()


@pytest.mark.parametrize("code", CLINICAL)
def test_every_sentence_is_in_french(code: str) -> None:
    french = text_of(code, {})
    choose_language("en")
    assert french != text_of(code, {})


def test_codes_inside_a_sentence_become_words() -> None:
    said = text_of("vitals.implausible", {"fields": "rr, sbp", "codes": ["rr", "sbp"]})
    assert said.startswith("Fréquence respiratoire, pression artérielle systolique")
    assert "suspendue" in text_of("administration.not_in_force", {"status": "suspended"})
    assert "IDE (infirmier)" in text_of("person.no_profession", {"list": "IDE, MED"})


def test_an_unknown_code_still_says_what_it_means() -> None:
    assert "Rien n’a été enregistré" in text_of("a.code.to.come", {"x": 1})


@given(
    st.sampled_from(CLINICAL),
    st.dictionaries(
        st.sampled_from(("fields", "codes", "status", "list", "by", "count", "time")),
        st.one_of(st.none(), st.integers(), st.text(max_size=9), st.lists(st.text(max_size=4))),
    ),
)
def test_whatever_the_arguments_a_sentence_comes_out(code: str, args: dict[str, Any]) -> None:
    """A broken argument must not hide the refusal."""
    assert text_of(code, args)


# ------------------------------------------------------------------ rule 18: who may interrupt

ALLOWED = {
    "administration.wrong_patient", "administration.already_given", "administration.recent_dose",
    "administration.interval", "administration.max_24h", "entry.other_patient",
}  # fmt: skip


@pytest.mark.req("WARD-18")
def test_only_what_the_rule_names_may_interrupt() -> None:
    """ward.md §6 rule 18: double dose, wrong patient; everything else is told beside the field."""
    assert {code for code, kind in SENTENCES.items() if kind.interrupts} == ALLOWED


def test_enums_are_spelled_as_they_are_stored() -> None:
    """Stored values are for ever: a renamed member would make old events unreadable."""
    kinds: list[type[StrEnum]] = [OmissionReason, StrikeReason, OrderStatus, IdentityStatus]
    assert all(member.value == member.name.lower() for kind in kinds for member in kind)
