"""Print jobs: numbers are given once, and put on record when a sheet leaves."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from kit.ward.patient import IdentityStatus, PatientRegistered
from tests.node.kits import HOUR, NOW, ask, call, do, signed_in


def test_the_ward_pack_reaches_a_file_in_two_requests(tmp_path: Path) -> None:
    """Rendered, then saved: a PDF with the patient's sheets, and their numbers in the ledger."""
    node, _phrase = signed_in(tmp_path / "home")
    job = call(node, "print.render", document="ward-pack", args={"ward": "CARD"})
    out = tmp_path / "pack.pdf"
    call(node, "print.save", job=job["job"], path=str(out))
    assert out.read_bytes().startswith(b"%PDF")
    sheets = ask(node, "sheet.list", ward="CARD")
    assert len(sheets) == job["sheets"]
    assert {"FPAT", "MEDA", "SURV", "TRAN"} <= {s["form"] for s in sheets if s["patient"] == "P1"}


def test_no_two_sheets_ever_share_a_number(tmp_path: Path) -> None:
    """A preview that was given up and two prints after it use three ranges."""
    node, _phrase = signed_in(tmp_path / "home")
    for name in ("a", "b", "c"):
        job = call(node, "print.render", document="patient", args={"patient": "P1"})
        if name != "a":
            call(node, "print.save", job=job["job"], path=str(tmp_path / f"{name}.pdf"))
    numbers = [s["number"] for s in ask(node, "sheet.list", ward="CARD")]
    assert len(numbers) == len(set(numbers)) == 8


def test_a_preview_is_a_picture(tmp_path: Path) -> None:
    """A page can be looked at before it is printed."""
    node, _phrase = signed_in(tmp_path / "home")
    job = call(node, "print.render", document="blank:MEDA", args={})
    assert call(node, "print.page", job=job["job"], page=1, dpi=50).startswith(b"\x89PNG")


def test_what_was_struck_is_not_printed_as_a_value(tmp_path: Path) -> None:
    """A struck set of vitals does not reach the sheet; the pack still renders."""
    node, _phrase = signed_in(tmp_path / "home")
    done = do(node, "vitals.record", patient="P1", values={"weight": "26"}, confirmed=["weight"])
    do(node, "entry.strike", entry=done["entries"][0], reason="typing")
    before = node.printing._reader(node.sitting.who).patient("P1")
    assert before is not None
    assert before.weight == ""


def test_a_logistician_may_not_print_patients(tmp_path: Path) -> None:
    """Printing is an action of the table of roles."""
    node, _phrase = signed_in(tmp_path / "home", profession="LOG")
    refused = call(node, "print.render", document="ward-pack", args={})
    assert refused["refused"]["code"] == "permission.denied"


def test_whoever_founds_a_kit_can_try_its_printer(tmp_path: Path) -> None:
    """A blank form holds no patient: a director of the crisis cell prints the test sheet too."""
    node, _phrase = signed_in(tmp_path / "home", profession="DIR")
    job = call(node, "print.render", document="blank:MEDA", args={})
    assert job["patients"] == 0
    out = tmp_path / "test.pdf"
    call(node, "print.save", job=job["job"], path=str(out))
    assert out.read_bytes().startswith(b"%PDF")
    assert "LEFÈVRE" not in "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(out)
    )


def test_every_identity_status_of_the_ward_has_its_words_on_paper(tmp_path: Path) -> None:
    """A retrieved identity is not printed as one whose status nobody sent."""
    node, _phrase = signed_in(tmp_path / "home")
    for status in IdentityStatus:
        event = PatientRegistered(patient="P1", birth_family="LEFÈVRE", identity=status)
        node.desk.record([(event, "CARD")])
        sheet = node.printing._reader(node.sitting.who).patient("P1")
        assert sheet is not None
        assert sheet.identity_status == status


def test_the_kits_of_the_fleet_are_printed_without_a_patient(tmp_path: Path) -> None:
    """Also by a logistician, who prints no patient; long names and no number are printed whole."""
    node, _phrase = signed_in(tmp_path / "home", profession="LOG")
    row = {
        "device": "0b" * 8, "label": "Médecine polyvalente, secteur nord", "role": "ward",
        "wards": ["MEDN", "MEDS"], "state": "known", "address": "192.168.100.200:47443",
        "exchanged_ms": NOW - HOUR, "ahead": 12, "behind": 31,
    }  # fmt: skip
    own = row | {"state": "self", "label": "Cardiologie 1", "ahead": None, "behind": None}
    new = row | {"state": "never", "exchanged_ms": 0, "ahead": None, "behind": None, "address": ""}
    node.desk.kits = lambda: [own, row, new, *([row] * 40)]
    job = call(node, "print.render", document="KITS", args={})
    assert job["warnings"] == []
    assert job["pages"] >= 2
    text = text_of_pdf(node.printing.jobs[job["job"]].rendered.pdf)
    for words in (
        "secteur nord", "12 saisies à recevoir", "31 saisies à remettre", "hors de portée",
        "192.168.100.200:47443", "0B0B 0B0B 0B0B 0B0B", "jamais vu", "ce kit",
    ):  # fmt: skip
        assert words in text
    assert "LEFÈVRE" not in text


def text_of_pdf(pdf: bytes) -> str:
    """What stands on its pages."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[at].get_textpage().get_text_range() for at in range(len(document))]
    return " ".join(" ".join(pages).split()).replace("\u00a0", " ")
