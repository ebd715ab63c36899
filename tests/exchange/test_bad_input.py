"""I7: damaged files never stop an import; what was not read is named with its place and reason."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from kit.core.errors import BadInput
from kit.core.text import choose_language
from kit.exchange.decode import Unreadable, decode_text, read_json
from kit.exchange.intake import open_intake
from kit.exchange.reasons import codes, position_text, sentence
from kit.ward.allergy import AllergyRecorded
from kit.ward.patient import PatientRegistered
from tests.exchange.imports import allergy, bundle, patient, run
from tests.real_data import real_data

SAMPLES = (
    ("fhir-hospital-clinosim", "bulk/MedicationRequest.ndjson", 12),
    ("fhir-hospital-clinosim", "bulk/AllergyIntolerance.ndjson", 26),
    ("fhir-hospital-clinosim", "csv/vital_signs.csv", 40),
    ("fhir-fr-eprescription", "Bundle-TradPN13FHIR-Presc-Paracetamol.json", 0),
    ("fhir-r4-official-examples", "Patient-example.json", 0),
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One byte changed, a stretch doubled, or the end cut off."""
    at = chance.randrange(len(data))
    kind = chance.randrange(4)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + data[at : at + 40] + data[at:]
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


@pytest.mark.req("I7")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample[1])
def test_two_hundred_damaged_copies_are_all_read_to_their_end(
    sample: tuple[str, str, int], tmp_path: Path
) -> None:
    """Never a fault; the account still adds up; a refusal has file, place, reason."""
    folder, name, lines = sample
    data = (real_data(folder) / name).read_bytes()
    if lines:
        data = b"\n".join(data.splitlines()[:lines]) + b"\n"
    chance = random.Random(20261122)
    path = tmp_path / Path(name).name
    refused = 0
    for _turn in range(200):
        path.write_bytes(mutated(data, chance))
        out = run(path)
        for unit in out.units:
            account = unit.account
            assert (
                account.leaves == account.mapped + account.kept + account.ignored + account.unmapped
            )
        for one in out.refused:
            assert one.file == path.name
            assert one.position
            assert sentence(one.code, one.args)
        refused += bool(out.refused)
    assert refused > 20


def test_one_bad_line_costs_one_line(tmp_path: Path) -> None:
    """The lines around it are read; it is named."""
    good = [json.dumps(patient(id=f"p{n}", identifier=[])) for n in range(3)]
    path = tmp_path / "Patient.ndjson"
    path.write_text("\n".join([good[0], good[1][:40], good[2]]))
    out = run(path)
    assert len(out.of(PatientRegistered)) == 2
    assert [(one.position, one.code) for one in out.refused] == [("line:2", "intake.truncated")]


def test_a_bundle_cut_off_keeps_what_stands_before(tmp_path: Path) -> None:
    """Whole resources are read, the broken one is named, and the file is called incomplete."""
    path = bundle(tmp_path, patient(), allergy(), allergy(id="a2"))
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"Pulse") if b"Pulse" in data else len(data) - 60])
    out = run(path)
    assert len(out.of(PatientRegistered)) == 1
    assert len(out.of(AllergyRecorded)) == 1
    assert set(out.reasons()) == {"intake.broken_entry", "intake.broken_bundle"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{" * 5000, "intake.not_json"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "intake.too_deep"),
        (b'{"resourceType":"Patient","id":"\x00"}', "intake.nul_byte"),
        (b'{"resourceType":"Patient","id":', "intake.truncated"),
        (b"[1, 2]", "intake.no_resource"),
        (b'{"some":"thing"}', "intake.no_resource"),
        (b"not json at all", "intake.not_json"),
        (b"", "intake.empty"),
        (b"\x1f\x8b\x08\x00cut", "intake.bad_archive"),
        (b'{"resourceType":"Patient","id":"p","name":[{"given":{"a":[[]]},"family":["x"]}]}', None),
    ],
)
def test_each_kind_of_damage_has_its_own_reason(
    tmp_path: Path, data: bytes, code: str | None
) -> None:
    """And never a fault."""
    path = tmp_path / "extract.json"
    path.write_bytes(data)
    reasons = run(path).reasons()
    assert reasons == ([code] if code else [])


def test_a_damaged_letter_is_shown_and_said(tmp_path: Path) -> None:
    """In a file known to be UTF-8, a bad byte costs a letter, not an allergy."""
    lines = [json.dumps(one, ensure_ascii=False).encode() for one in (allergy(), allergy(id="a2"))]
    lines[1] = lines[1].replace("é".encode(), b"\xe9")
    path = tmp_path / "AllergyIntolerance.ndjson"
    path.write_bytes(b"\n".join(lines))
    out = run(path)
    assert {one.substance for one in out.of(AllergyRecorded)} == {"Pénicilline", "P\ufffdnicilline"}
    assert out.reasons() == ["intake.damaged_text"]


def test_a_western_file_is_read_as_such(tmp_path: Path) -> None:
    """No UTF-8 in it at all: Windows-1252."""
    text = json.dumps(allergy(), ensure_ascii=False)
    path = tmp_path / "AllergyIntolerance.ndjson"
    path.write_bytes(text.encode("cp1252"))
    out = run(path)
    assert (out.one(AllergyRecorded).substance, out.reasons()) == ("Pénicilline", [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path, encoding: str) -> None:
    """The resource is read as it is meant."""
    path = tmp_path / "a.json"
    path.write_bytes(json.dumps(allergy(), ensure_ascii=False).encode(encoding))
    assert run(path).one(AllergyRecorded).substance == "Pénicilline"


def test_a_compressed_extract_is_read(tmp_path: Path) -> None:
    """gzip, as bulk servers send it."""
    (tmp_path / "Patient.ndjson.gz").write_bytes(gzip.compress(json.dumps(patient()).encode()))
    assert len(run(tmp_path).of(PatientRegistered)) == 1


def test_what_stands_beside_is_named(tmp_path: Path) -> None:
    """A file that was not read is never passed over in silence."""
    bundle(tmp_path, patient())
    for name in ("scan.pdf", "old.xml", "rows.csv"):
        (tmp_path / name).write_bytes(b"x")
    out = run(tmp_path)
    assert dict(zip([one.file for one in out.refused], out.reasons(), strict=True)) == {
        "old.xml": "intake.xml",
        "rows.csv": "intake.other_format",
        "scan.pdf": "intake.unknown_file",
    }


@pytest.mark.parametrize(
    ("make", "code"), [("nothing", "IMP-010"), ("empty", "IMP-012"), ("odd", "IMP-011")]
)
def test_what_is_no_extract_is_said_so(tmp_path: Path, make: str, code: str) -> None:
    """With a stable code."""
    path = tmp_path / "extract"
    if make != "nothing":
        path.mkdir()
    if make == "odd":
        (path / "photo.png").write_bytes(b"x")
    with pytest.raises(BadInput) as fault:
        open_intake(path)
    assert fault.value.code == code
    assert "extract" in sentence(code, fault.value.args_)


def test_decoding_is_by_rule_and_never_guesses() -> None:
    """Mark, else UTF-8, else Windows-1252, else the five bytes it lacks as Latin-1."""
    assert decode_text("Œuvre".encode()) == ("Œuvre", "utf-8")
    assert decode_text("Œuvre".encode("cp1252")) == ("Œuvre", "windows-1252")
    assert decode_text(b"\x81\xe9") == ("\x81é", "windows-1252")
    with pytest.raises(Unreadable):
        read_json(b"{")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_is_a_sentence_in_three_parts(language: str) -> None:
    """What happened, what it means for the patient, what to do; both languages, none left out."""
    said = {}
    for lang in ("en", language):
        choose_language(lang)
        said[lang] = {code: sentence(code, {}) for code in codes()}
    for code, text in said[language].items():
        assert text.count(" — ") >= 2, code
        assert language == "en" or text != said["en"][code]


def test_places_are_said_in_words() -> None:
    """`line:12` is a line for a person."""
    assert position_text("line:12") == "ligne 12"
    assert position_text("entry:2/entry:5") == "entrée 2, entrée 5"
    assert position_text("file") == "fichier entier"
