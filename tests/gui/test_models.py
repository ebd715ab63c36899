"""Lists keep a person's place: what is selected stays selected, whatever news arrives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from kit.gui.models import BLOCK, BLOCKS_KEPT, Column, DiffModel, PagedModel
from kit.gui.widgets.cell import Cell, ChipText, Run, text_cell


@dataclass(frozen=True)
class Bed:
    key: str
    name: str


COLUMNS = [
    Column[Bed](lambda: "Lit", lambda row: text_cell(row.key)),
    Column[Bed](lambda: "Nom", lambda row: text_cell(row.name)),
]
FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def _model() -> DiffModel[Bed]:
    return DiffModel(COLUMNS, lambda row: row.key)


def _shown(model: DiffModel[Bed]) -> list[tuple[str, str]]:
    return [
        (model.index(place, 0).data(), model.index(place, 1).data())
        for place in range(model.rowCount())
    ]


beds = st.lists(
    st.builds(Bed, st.sampled_from("ABCDEFGH"), st.sampled_from(["x", "y"])),
    unique_by=lambda bed: bed.key,
)


@given(beds, beds)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_change_the_list_is_the_new_one_and_rows_keep_their_identity(
    qapp: QApplication, before: list[Bed], after: list[Bed]
) -> None:
    """Qt's own checker watches every signal; a selected patient is still the same patient."""
    model = _model()
    QAbstractItemModelTester(model, FATAL, model)
    model.show(before)
    held = {bed.key: QPersistentModelIndex(model.index(i, 0)) for i, bed in enumerate(before)}
    model.show(after)
    assert _shown(model) == [(bed.key, bed.name) for bed in after]
    for bed in after:
        if bed.key in held:
            assert held[bed.key].data() == bed.key
    for key in {bed.key for bed in before} - {bed.key for bed in after}:
        assert not held[key].isValid()


def test_the_same_rows_again_change_nothing(qapp: QApplication) -> None:
    """A sync that brings no news repaints nothing and moves nothing."""
    model = _model()
    rows = [Bed("A", "x"), Bed("B", "y")]
    model.show(rows)
    signals: list[str] = []
    model.dataChanged.connect(lambda *_any: signals.append("data"))
    model.rowsInserted.connect(lambda *_any: signals.append("in"))
    model.rowsRemoved.connect(lambda *_any: signals.append("out"))
    model.modelReset.connect(lambda: signals.append("reset"))
    model.show(list(rows))
    assert signals == []


def test_selection_survives_a_patient_admitted_above(qapp: QApplication) -> None:
    """The row that Enter would open is not another patient a second later."""
    model = _model()
    model.show([Bed("A", "x"), Bed("B", "y")])
    selection = QItemSelectionModel(model)
    selection.setCurrentIndex(model.index(1, 0), QItemSelectionModel.SelectionFlag.Select)
    model.show([Bed("0", "new"), Bed("A", "x"), Bed("B", "z")])
    assert selection.currentIndex().data() == "B"
    assert selection.currentIndex().row() == 2


def test_two_rows_with_one_key_are_refused(qapp: QApplication) -> None:
    """A patient shown twice is a fault, not a list."""
    with pytest.raises(ValueError, match="one key"):
        _model().show([Bed("A", "x"), Bed("A", "y")])


def test_more_rows_than_the_limit_are_refused_and_never_cut(qapp: QApplication) -> None:
    """A list that silently stops at 500 hides the 501st patient."""
    with pytest.raises(ValueError, match="too many"):
        _model().show([Bed(str(place), "x") for place in range(501)])


def test_headings_and_cells_have_plain_text_for_screen_readers(qapp: QApplication) -> None:
    cell = Cell(((Run("EN RETARD", bold=True), Run(" 32 min")),), (ChipText("BMR", symbol="◆"),))
    model = DiffModel([Column[Bed](lambda: "Prise", lambda _row: cell)], lambda row: row.key)
    model.show([Bed("A", "x")])
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Prise"
    read = model.data(model.index(0, 0), int(Qt.ItemDataRole.AccessibleTextRole))
    assert read == "EN RETARD 32 min, ◆ BMR"


class Questions:
    """A node that answers when told to."""

    def __init__(self, total: int, label: str = "p") -> None:
        self.total = total
        self.label = label
        self.asked: list[tuple[int, Callable[[int, Sequence[Bed]], None]]] = []

    def fetch(self, offset: int, limit: int, then: Callable[[int, Sequence[Bed]], None]) -> None:
        assert limit == BLOCK
        self.asked.append((offset, then))

    def answer(self) -> None:
        waiting, self.asked = self.asked, []
        for offset, then in waiting:
            end = min(offset + BLOCK, self.total)
            then(self.total, [Bed(f"{self.label}{n}", "x") for n in range(offset, end)])


def _paged() -> PagedModel[Bed]:
    model: PagedModel[Bed] = PagedModel(COLUMNS)
    QAbstractItemModelTester(model, FATAL, model)
    return model


def test_rows_come_when_they_are_looked_at(qapp: QApplication) -> None:
    """200,000 identities cost one block at first, and one more where a person scrolls."""
    model: PagedModel[Bed] = PagedModel(COLUMNS)  # unwatched: the checker reads every row
    node = Questions(200_000)
    model.question(node.fetch)
    node.answer()
    assert model.rowCount() == 200_000
    assert model.index(7, 0).data() == "p7"
    far = model.index(150_003, 0)
    assert far.data() == ""
    qapp.processEvents()
    assert [offset for offset, _then in node.asked] == [150_000]
    node.answer()
    assert far.data() == "p150003"


def test_an_answer_to_an_older_question_is_dropped(qapp: QApplication) -> None:
    """Typing fast never shows the patients of the letters before."""
    model, slow, fast = _paged(), Questions(300, "slow"), Questions(1, "fast")
    model.question(slow.fetch)
    model.question(fast.fetch)
    fast.answer()
    slow.answer()
    assert model.rowCount() == 1
    assert model.index(0, 0).data() == "fast0"


def test_news_refreshes_in_place(qapp: QApplication) -> None:
    """The old rows stay readable until the new ones are there; there is no reset."""
    model, node = _paged(), Questions(5)
    model.question(node.fetch)
    node.answer()
    resets: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    node.total, node.label = 7, "q"
    model.refresh()
    assert model.index(0, 0).data() == "p0"
    node.answer()
    assert (model.rowCount(), model.index(6, 0).data(), resets) == (7, "q6", [])
    node.total = 2
    model.refresh()
    node.answer()
    assert model.rowCount() == 2


def test_forgotten_blocks_are_asked_again(qapp: QApplication) -> None:
    """Memory stays bounded however long somebody scrolls."""
    model: PagedModel[Bed] = PagedModel(COLUMNS)  # unwatched: the checker looks at row 0 each time
    node = Questions(BLOCK * (BLOCKS_KEPT + 3))
    model.question(node.fetch)
    node.answer()
    for block in range(1, BLOCKS_KEPT + 2):
        model.index(block * BLOCK, 0).data()
        qapp.processEvents()
        node.answer()
    assert len(model._blocks) == BLOCKS_KEPT
    assert model.index(0, 0).data() == ""
    qapp.processEvents()
    node.answer()
    assert model.index(0, 0).data() == "p0"


def test_an_index_of_nothing_has_no_data(qapp: QApplication) -> None:
    assert _model().data(QModelIndex()) is None
