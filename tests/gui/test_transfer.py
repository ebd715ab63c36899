"""Transfer on a real node: choose, look, confirm, see what became of it; and receive a patient."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kit.core.clock import MINUTE
from kit.gui.ward import transfer_rows
from kit.gui.ward.board import BoardScreen
from kit.gui.ward.patient import PatientScreen
from kit.gui.ward.transfer_rows import KitRow, RecordRow, WardChoice
from kit.gui.window import MainWindow
from kit.node.settings import kept
from kit.store.vault import Signer
from kit.sync.certificate import make_certificate
from kit.sync.fleet import DeviceEnrolled
from kit.sync.founding import by_root
from kit.sync.sealing import exchange_public
from kit.sync.transfer import RecordReceived, RecordSent, RecordWelcomed
from kit.ward.place import Bed, WardDescribed
from kit.ward.stay import StayMoved

from .ward_fixtures import turn
from .ward_kit import NOW, WARD, WardKit, dialog_of, open_window, sheet_of, texts_of


def _of_one_ward(kit: WardKit) -> DeviceEnrolled:
    """A kit that founded its fleet serves every ward; this one serves its own."""
    store = kit.node.desk.kit
    mine = store.membership
    seed = kept(store.db, "root_seed")
    assert seed is not None
    enrolled = DeviceEnrolled(
        device=mine.device, label="Kit Cardiologie", role="steering", wards=(WARD,),
        exchange=mine.exchange, certificate=mine.certificate, edition=1,
    )  # fmt: skip
    return by_root(enrolled, seed, store.settings.world)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[WardKit]:
    """The ward's kit in a fleet that has a kit of URG, and a ward NEPH without one."""
    made = WardKit(tmp_path / "kit")
    signer = Signer(bytes(range(32)))
    made.append(
        _of_one_ward(made),
        DeviceEnrolled(
            device=signer.public,
            label="Urgences 1",
            role="ward",
            wards=("URG",),
            exchange=exchange_public(signer.derived(b"kit exchange")),
            certificate=make_certificate(signer.derived(b"kit tls")),
        ),
        WardDescribed(ward="URG", name="Urgences", beds=(Bed("U1"),)),
        WardDescribed(ward="NEPH", name="Néphrologie"),
    )
    made.node.desk.kit.membership.settle(made.now)
    yield made
    made.close()


@pytest.fixture
def window(kit: WardKit, qtbot: QtBot, qapp: QApplication) -> MainWindow:
    made = open_window(kit, qtbot)
    turn(qapp)
    return made


def _sheet(window: MainWindow, qapp: QApplication, patient: str = "p3") -> Any:
    """The sheet, opened with one key from the chart."""
    window.go("ward.patient", patient)
    turn(qapp)
    chart = window.screen_now()
    assert isinstance(chart, PatientScreen)
    chart.bar.setFocus()
    QTest.keyClick(chart.bar, Qt.Key.Key_D)
    turn(qapp)
    return sheet_of(window)


def _press(root: QWidget, text: str) -> None:
    next(b for b in root.findChildren(QPushButton) if b.isVisible() and b.text() == text).click()


def test_a_patient_is_sent_with_what_travels_in_sight(
    window: MainWindow, kit: WardKit, qapp: QApplication
) -> None:
    """One key, a ward, a look at allergies and doses that are due, a named question."""
    sheet = _sheet(window, qapp)
    assert not sheet.verb.isEnabled()
    listed = [sheet.wards.item(i).text() for i in range(sheet.wards.count())]
    assert any("Urgences (URG)\n○ Urgences 1" in text for text in listed)
    sheet.wards.choose("URG")
    turn(qapp)
    shown = texts_of(sheet.travels)
    for words in ("saisies : tout ce que ce kit", "Allergies : Pénicilline", "insuline glargine",
                  "prescription", "Aucun kit de ce service n’est connecté"):  # fmt: skip
        assert words in shown
    sheet.told.setText("Mme Roy, IDE")
    sheet.submit()
    turn(qapp)
    question = dialog_of(window)
    assert "LEFEBVRE, Noémie" in question.accessibleName()
    assert "03/03/1942" in question.accessibleName()
    question.verb.click()
    turn(qapp)
    said = texts_of(sheet.after)
    assert "En transit vers le service Urgences" in said
    assert "pas encore reçu" in said
    assert "ses prises se suivent ici" in said
    assert "Mme Roy" in said
    assert kit.node.desk.kit.db.row("select ward, bed from stay where patient='p3'") == ("URG", "")
    assert not [row for row in kit.ask("ward.board", ward=WARD) if row["patient"] == "p3"]
    parcel = kit.ask("record.list", patient="p3")[0]["parcel"]
    kit.append(RecordReceived(parcel=parcel, ward="URG"))
    turn(qapp)
    assert "reçu par Kit Cardiologie" in texts_of(sheet.after), "said as soon as it is known"


def test_the_safe_way_out_sends_nothing(
    window: MainWindow, kit: WardKit, qapp: QApplication
) -> None:
    sheet = _sheet(window, qapp)
    sheet.wards.choose("URG")
    turn(qapp)
    sheet.submit()
    turn(qapp)
    dialog_of(window).cancel.click()
    turn(qapp)
    assert kit.ask("record.list") == []
    assert sheet.verb.isEnabled()


def test_a_ward_without_a_kit_is_refused_before_anything_is_sent(
    window: MainWindow, kit: WardKit, qapp: QApplication
) -> None:
    """In the sheet, with the way out: paper. Another ward may still be chosen."""
    sheet = _sheet(window, qapp)
    sheet.wards.choose("NEPH")
    turn(qapp)
    assert "pas de kit qui pourrait lire" in texts_of(sheet.note)
    assert not sheet.verb.isEnabled()
    sheet.wards.choose("URG")
    turn(qapp)
    assert not sheet.note.isVisible()
    assert sheet.verb.isEnabled()


def test_what_was_chosen_outlives_the_sheet(window: MainWindow, qapp: QApplication) -> None:
    """A draft, as on every sheet."""
    sheet = _sheet(window, qapp)
    sheet.wards.choose("URG")
    sheet.told.setText("Mme Roy")
    sheet.close_sheet()
    turn(qapp)
    again = _sheet(window, qapp)
    turn(qapp)
    assert (again.wards.value(), again.told.text()) == ("URG", "Mme Roy")
    assert again.verb.isEnabled()


def _announce(kit: WardKit) -> None:
    """What a parcel from URG lays down here."""
    kit.append(
        StayMoved(stay="p5-s", patient="p5", ward="URG", at=NOW - 9 * MINUTE),
        StayMoved(stay="p5-s", patient="p5", ward=WARD, at=NOW - 2 * MINUTE),
        RecordSent(parcel="aa", patient="p5", ward=WARD, source="URG", entries=9, told="C. Dubois"),
    )


def test_a_record_that_came_is_announced_and_the_patient_is_given_a_bed(
    window: MainWindow, kit: WardKit, qapp: QApplication
) -> None:
    """Above the board, until somebody says that the patient is there."""
    _announce(kit)
    turn(qapp)
    board = window.screen_now()
    assert isinstance(board, BoardScreen)
    card = board.notices.transfers
    said = texts_of(card)
    assert "Dossier reçu du service Urgences : OKONKWO, Jean-Baptiste Emmanuel" in said
    assert "sans lit" in said
    _press(card, "Patient arrivé…")
    turn(qapp)
    sheet = sheet_of(window)
    free = [sheet.beds.item(i).text() for i in range(sheet.beds.count())]
    assert "Lit 201, chambre 201" not in free, "taken"
    sheet.beds.choose("205")
    sheet.submit()
    turn(qapp)
    assert kit.node.desk.kit.db.row("select bed from stay where patient='p5'") == ("205",)
    assert kit.ask("record.list", open=True) == []
    assert not card.isVisible()
    assert sheet_of(window) is None


def test_no_bed_is_an_answer_too(window: MainWindow, kit: WardKit, qapp: QApplication) -> None:
    """On a stretcher in the corridor: the other ward is told all the same."""
    _announce(kit)
    turn(qapp)
    board = window.screen_now()
    assert isinstance(board, BoardScreen)
    _press(board.notices.transfers, "Patient arrivé…")
    turn(qapp)
    sheet = sheet_of(window)
    assert not sheet.verb.isEnabled()
    sheet.beds.choose("-")
    sheet.submit()
    turn(qapp)
    assert kit.ask("record.list", patient="p5")[0]["arrived"]


def test_the_notice_opens_the_patient(window: MainWindow, kit: WardKit, qapp: QApplication) -> None:
    _announce(kit)
    turn(qapp)
    board = window.screen_now()
    assert isinstance(board, BoardScreen)
    _press(board.notices.transfers, "Ouvrir le dossier")
    turn(qapp)
    chart = window.screen_now()
    assert isinstance(chart, PatientScreen)
    assert chart.patient == "p5"
    assert "Dossier reçu du service Urgences" in texts_of(chart.notices.transfers)


def test_the_chart_says_where_the_patient_went(
    window: MainWindow, kit: WardKit, qapp: QApplication
) -> None:
    """Confirmed by the ward that received."""
    kit.append(
        RecordSent(parcel="bb", patient="p2", ward="URG", source=WARD, entries=3),
        RecordReceived(parcel="bb", ward="URG"), RecordWelcomed(parcel="bb", ward="URG"),
    )  # fmt: skip
    window.go("ward.patient", "p2")
    turn(qapp)
    chart = window.screen_now()
    assert isinstance(chart, PatientScreen)
    assert "est arrivé dans le service Urgences" in texts_of(chart.notices.transfers)


# -- words ----------------------------------------------------------------------------------------


def test_the_kit_that_is_reached_stands_first_with_its_state() -> None:
    """A ward with many kits says the best two and counts the others."""
    kits = [KitRow("A", "known", NOW - 12 * MINUTE), KitRow("B", "connected"), KitRow("C"),
            KitRow("D")]  # fmt: skip
    said = transfer_rows.ward_lines(WardChoice("URG", "Urgences", tuple(kits)), NOW)
    first, second, third, last = said.replace("\u00a0", " ").split("\n")
    assert first == "Urgences (URG)"
    assert second.startswith("● B · en liaison")
    assert third == "○ A · hors de portée · vu il y a 12 min"
    assert last == "et 2 autres kits"


@pytest.mark.parametrize("arrived", [0, NOW])
@pytest.mark.parametrize("received", [(), (transfer_rows.Receipt("URG 1", NOW),)])
def test_who_it_is_is_never_said_by_name_alone(
    arrived: int, received: tuple[transfer_rows.Receipt, ...]
) -> None:
    """Two traits in every sentence about a transfer."""
    row = RecordRow(
        "aa", "p1", "URG", "Urgences", "Cardiologie", NOW, family="Roux", given="Ève",
        birth_date="1950-02-01", received=received, arrived=arrived,
    )  # fmt: skip
    for said in (transfer_rows.incoming(row, NOW), transfer_rows.outgoing(row, NOW)):
        assert "ROUX, Ève" in said.happened
        assert "01/02/1950" in said.happened
