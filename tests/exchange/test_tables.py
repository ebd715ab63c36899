"""Tables: the traps of real CSV files and workbooks, and our own template."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from kit.core.clock import local_instant
from kit.core.quantity import Quantity
from kit.exchange.flat.cells import clock_times, decimal, iso_date, moment
from kit.exchange.flat.reader import _csv, clean
from kit.exchange.flat.template_row import columns_of, plain, template_table
from kit.ward.administration import AdministrationRecorded
from kit.ward.allergy import AllergyRecorded, NoKnownAllergy
from kit.ward.patient import PatientRegistered
from kit.ward.prescription_event import OrderStatus, PrescriptionRecorded
from kit.ward.snapshot import SnapshotImported
from kit.ward.stay import StayOpened
from kit.ward.vitals import VitalsRecorded
from tests.exchange.imports import Imported, run

cells = st.text(st.characters(exclude_characters="\x00\r", codec="utf-8"), max_size=12).filter(
    lambda cell: "\n" not in cell or not set(cell) & set(";,\t|")
)


@given(
    st.lists(st.lists(cells, min_size=3, max_size=3), max_size=6),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_row_written_by_the_book_is_read_back(rows: list[list[str]], mark: str, end: str) -> None:
    """Whatever its cells hold: quotes, the divider itself, several lines."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator=end)
    writer.writerow(["aa", "bb", "cc"])
    writer.writerows(rows)
    found = list(_csv(text.getvalue(), "t", "t.csv"))
    wanted = [row for row in rows if any(clean(cell) for cell in row)]
    assert [one.refusal for one in found] == [None] * len(wanted)
    read = [[one.cells.get(name, "") for name in ("aa", "bb", "cc")] for one in found]
    assert read == [[clean(cell) for cell in row] for row in wanted]


@given(st.text(max_size=300))
def test_any_text_is_read_to_its_end(text: str) -> None:
    """Each line is a row, part of one, or refused; never a fault."""
    for row in _csv(text, "t", "t.csv"):
        assert row.cells or row.refusal


@given(st.text(max_size=20))
def test_any_cell_is_read_or_refused(text: str) -> None:
    """Dates, numbers and hours never raise."""
    for read in (moment, iso_date, decimal, clock_times):
        read(text)


def test_a_stray_quote_costs_its_line() -> None:
    """It does not swallow the patients after it."""
    found = list(_csv('ipp;nom\n1;A\n2;"B\n3;C\n4;D\n', "t", "t.csv"))
    assert [one.cells.get("ipp") for one in found] == ["1", None, "3", "4"]
    assert found[1].refusal is not None
    assert found[1].position == "row:3"


def test_a_stray_quote_that_closes_later_costs_its_line() -> None:
    """A row seen inside a quoted cell is a row."""
    found = list(_csv('ipp;nom;lit\n1;A;a\n2;"B;b\n3;C;c\n4;D";d\n5;E;e\n', "t", "t.csv"))
    assert {one.cells.get("ipp") for one in found} >= {"1", "3", "5"}
    assert found[1].refusal is not None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("22/11/2026 04:05", local_instant(2026, 11, 22, 4, 5)),
        ("2026-11-22T04:05:00", local_instant(2026, 11, 22, 4, 5)),
        ("2/3/2026 8h", local_instant(2026, 3, 2, 8)),
        ("22/11/2026 8h05", local_instant(2026, 11, 22, 8, 5)),
        ("2024-03", local_instant(2024, 3, 1, 12)),
        ("31/02/2026", None),
        ("22/11/26", None),
        ("demain", None),
    ],
)
def test_moments_are_hospital_time_or_not_read(text: str, wanted: int | None) -> None:
    """A two-digit year is not guessed."""
    assert moment(text) == wanted


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> None:
    (folder / name).write_bytes(text.encode(encoding))


def prescribed(folder: Path, header: str, row: str) -> Imported:
    write(folder, "patients.csv", "ipp;nom\n007;LEFÈBVRE\n")
    write(folder, "prescriptions.csv", f"ipp;{header}\n007;{row}\n")
    return run(folder)


@pytest.mark.parametrize(
    ("header", "row", "doubt"),
    [
        ("medicament;dose;unite;horaires", "bisoprolol;2,5;mg;08h", False),
        ("medicament;dose;unite;horaires", "bisoprolol;1.000;mg;08h", True),
        ("medicament;dose;unite;horaires", "bisoprolol;2,5;mg;matin", True),
        ("medicament;dose;unite;jours", "bisoprolol;2,5;mg;lundi xyz", True),
        ("medicament;statut", "bisoprolol;bizarre", True),
        ("medicament;si_besoin", "bisoprolol;peut-être", True),
        ("medicament;debut", "bisoprolol;31/02/2026", True),
        ("medicament;toutes_les_heures", "bisoprolol;six", True),
    ],
)
def test_a_line_that_is_not_plain_is_to_check(
    tmp_path: Path, header: str, row: str, doubt: bool
) -> None:
    """Its words stay, what was not read is said on the line and in the report."""
    out = prescribed(tmp_path, header, row)
    found = out.one(PrescriptionRecorded)
    assert found.status == (OrderStatus.TO_CHECK if doubt else OrderStatus.ACTIVE)
    assert bool(found.not_understood) is doubt
    assert ("intake.cell_kept" in out.reasons()) is doubt
    assert "bisoprolol" in found.text


def test_decimal_comma_and_times(tmp_path: Path) -> None:
    """As a French pharmacist types them."""
    out = prescribed(tmp_path, "medicament;dose;unite;horaires", "bisoprolol;2,5;mg;20h, 8h00")
    found = out.one(PrescriptionRecorded)
    assert found.dose == Quantity("2.5", "mg")
    assert found.timing is not None
    assert found.timing.times == ("08:00", "20:00")


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", ";"), ("utf-8-sig", ","), ("cp1252", ";"), ("utf-16", "\t")]
)
def test_headers_have_synonyms_and_files_have_encodings(
    tmp_path: Path, encoding: str, mark: str
) -> None:
    """`Nom de naissance`, `NOM_NAISSANCE`, accents, no-break spaces: one column."""
    header = ["Numéro patient", "Nom de Naissance ", "Prénom", "Date\u00a0de naissance", "SEXE"]
    rows = [header, ["000123", "LEFÈBVRE", "Noémie", "03/03/1942", "Féminin"]]
    write(tmp_path, "Patients.csv", "\r\n".join(mark.join(row) for row in rows), encoding)
    found = run(tmp_path).one(PatientRegistered)
    assert (found.ipp, found.birth_family, found.birth_given) == ("000123", "LEFÈBVRE", "Noémie")
    assert (found.birth_date, found.sex) == ("1942-03-03", "F")


def test_an_unknown_column_is_an_unmapped_leaf(tmp_path: Path) -> None:
    """Red where it stands beside an allergy."""
    write(tmp_path, "allergies.csv", "ipp;allergie;couleur\n1;Latex;bleu\n")
    out = run(tmp_path)
    leaves = [
        leaf for batch in out.batches for leaf in batch.leaves if leaf.path.endswith("couleur")
    ]
    assert [(str(leaf.fate), leaf.danger) for leaf in leaves] == [("unmapped", True)]


def test_a_number_that_a_spreadsheet_destroyed_is_not_a_number(tmp_path: Path) -> None:
    """`2,79035E+14` is said, and never taken for a matricule or a patient."""
    write(tmp_path, "patients.csv", "ipp;nom;ins\n1;A;2,79035E+14\n1,23457E+11;B;\n")
    out = run(tmp_path)
    assert [(one.ipp, one.ins) for one in out.of(PatientRegistered)] == [("1", "")]
    assert set(out.reasons()) == {"intake.number_lost", "intake.row_no_patient"}


def test_leading_zeros_stay(tmp_path: Path) -> None:
    """An IPP is text; a birth place and a telephone number get back the zero Excel ate."""
    write(tmp_path, "patients.csv", "ipp;nom;cog;telephone\n000123;A;1006;476000001\n")
    found = run(tmp_path).one(PatientRegistered)
    assert (found.ipp, found.birth_place, found.phone) == ("000123", "01006", "0476000001")


def test_none_known_must_be_said(tmp_path: Path) -> None:
    """AUCUNE is an answer; an empty cell is a row that cannot be entered."""
    write(tmp_path, "allergies.csv", "ipp;allergie;gravite\n1;AUCUNE;\n2;;grave\n3;Latex;grave\n")
    out = run(tmp_path)
    assert len(out.of(NoKnownAllergy)) == 1
    assert out.one(AllergyRecorded).severity == "severe"
    assert out.reasons() == ["intake.row_cell"]


def test_a_dose_without_a_readable_time_is_refused(tmp_path: Path) -> None:
    """It would count at a wrong hour."""
    write(
        tmp_path,
        "administrations.csv",
        "ipp;medicament;prise_faite;statut\n1;morphine;hier soir;fait\n",
    )
    out = run(tmp_path)
    assert out.of(AdministrationRecorded) == []
    assert out.reasons() == ["intake.row_cell"]


def test_an_unreadable_measure_goes_to_the_note(tmp_path: Path) -> None:
    """The others of its set stay."""
    write(tmp_path, "constantes.csv", "ipp;date_heure;fc;temp\n1;22/11/2026 02:00;78;37.2.1\n")
    found = run(tmp_path).one(VitalsRecorded)
    assert (found.values, "37.2.1" in found.note) == ({"hr": "78"}, True)


def test_a_dose_finds_its_order_and_its_slot(tmp_path: Path) -> None:
    """By the number of the line, at the planned minute."""
    write(tmp_path, "prescriptions.csv", "ipp;prescription_id;medicament\n1;P1;bisoprolol\n")
    rows = "ipp;prescription_id;medicament;prise_prevue;prise_faite;statut\n"
    rows += "1;P1;bisoprolol;21/11/2026 08:00;21/11/2026 08:12;fait\n"
    write(tmp_path, "administrations.csv", rows)
    out = run(tmp_path)
    order = out.one(PrescriptionRecorded).prescription
    found = out.one(AdministrationRecorded)
    assert found.prescription == order
    assert found.slot == f"{order}@{local_instant(2026, 11, 21, 8) // 60_000}"


def day(*parts: int) -> datetime:
    """A workbook's cell: a wall time without a zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def workbook(path: Path, *, mac: bool = False, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("mac", [False, True])
def test_a_workbook_has_one_sheet_per_block(tmp_path: Path, mac: bool) -> None:
    """Numbers as numbers, dates as dates, of either calendar."""
    path = workbook(
        tmp_path / "extrait.xlsx",
        mac=mac,
        Patients=[["IPP", "Nom", "Date de naissance"], [123, "LEFÈBVRE", day(1942, 3, 3)]],
        Séjours=[
            ["ipp", "service", "lit", "date_entree"],
            ["123", "CARD", "101-P", day(2026, 11, 20, 14, 30)],
        ],
    )
    out = run(path)
    person, stay = out.one(PatientRegistered), out.one(StayOpened)
    assert (person.ipp, person.birth_date) == ("123", "1942-03-03")
    assert (stay.patient, stay.bed) == (person.patient, "101-P")
    assert stay.admitted_at == local_instant(2026, 11, 20, 14, 30)


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    """With its own reason."""
    (tmp_path / "extrait.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    assert run(tmp_path).reasons() == ["intake.bad_workbook"]


def test_the_template_that_ships_reads_whole() -> None:
    """Every column known, every block there, nothing refused."""
    folder = Path(str(resources.files("kit.exchange") / "template"))
    out = run(folder)
    assert out.reasons() == []
    assert out.account.unmapped == 0
    assert set(out.one(SnapshotImported).blocks) == {
        what["block"] for what in template_table().values() if what["block"]
    }


def test_no_name_of_a_column_means_two_things() -> None:
    """Within a table every synonym leads to one field."""
    for table, what in template_table().items():
        names = [plain(name) for synonyms in what["column"].values() for name in synonyms]
        assert len(columns_of(table)) == len(set(names)) == len(names), table
