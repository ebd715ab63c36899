"""The USB courier: choose the stick, carry out or bring back, watch it, read what became of it.

Not for: what is on the stick or whom to trust (the node). A stick that is pulled too early loses
nothing: entries stay here, and a half-written bundle is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import theme
from kit.gui.faults import explain_refusal
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context
from kit.gui.shared.courier_rows import (
    OUT,
    InResult,
    OutResult,
    PlaceRow,
    in_lines,
    out_lines,
    place_lines,
    progress_text,
)
from kit.gui.shared.exchange_rows import RefusedCount, refused_line
from kit.gui.shared.exchange_side import Card, pair_lines
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import rows_of
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.cell import text_cell
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_exchange")

JOB = "bundle"
WIDE_PX = 760
HEAD_PX = 36
SHOWN = 4


class CourierPage(QWidget):
    """One page for both ways; Enter on a stick starts, Esc leaves or stops."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context: Context | None = None
        self.way = OUT
        self.running = False
        self._listening = False
        self.places = RowsTable(_("Sticks that are plugged in"))
        self.model: DiffModel[PlaceRow] = DiffModel(
            [Column(lambda: _("Plugged in"), lambda row: text_cell(*place_lines(row)), 240, 1)],
            lambda row: row.path,
            self,
        )
        self.places.setModel(self.model)
        self.path = QLineEdit()
        self.path.setAccessibleName(_("Folder of the stick"))
        self.path.setPlaceholderText(_("Folder, e.g. where the stick is mounted"))
        self.folder = action_button(_("Folder…"), self._choose_folder)
        self.again = action_button(_("Look again"), self._ask_places)
        self.again.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.start = action_button("", self.begin, "primary")
        self.stop = action_button(_("Stop"), self._cancel)
        self.back = action_button(_("Back to the kits"), self.leave)
        self.progress = QProgressBar()
        self.note, self.result = StatePanel(flat=True), Card("")
        self._title, self._why, self._words = Text(size=Size.HEADING), Text(), Text(wrap=False)
        self._lay_out()
        self._bind()

    def _lay_out(self) -> None:
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(_("Progress"))
        column = QVBoxLayout()
        column.setSpacing(Space.M)
        column.addWidget(self._why)
        column.addWidget(self.places)
        column.addLayout(_row(self.path, self.folder, self.again, stretch=0))
        column.addLayout(_row(self._words, self.progress, self.stop, stretch=1))
        start = QHBoxLayout()
        start.addStretch(1)
        start.addWidget(self.start)
        column.addLayout(start)
        column.addWidget(self.note)
        column.addWidget(self.result)
        column.addStretch(1)
        middle = QWidget()
        middle.setLayout(column)
        middle.setFixedWidth(WIDE_PX)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(middle)
        row.addStretch(1)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.back)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(Space.M)
        whole.addLayout(head)
        whole.addLayout(row, 1)

    def _bind(self) -> None:
        self.places.opened.connect(lambda _row: self.begin())
        self.places.selectionModel().currentRowChanged.connect(lambda *_any: self._chosen())
        self.path.textChanged.connect(lambda _text: self._ready())
        self.path.returnPressed.connect(self.begin)

    # -- what the screen calls ---------------------------------------------------------------

    def load(self, context: Context, way: str) -> None:
        """Open for carrying out or for bringing back; a run that goes on is shown as it is."""
        if not self._listening:
            self._listening = True
            context.port.progress.connect(self.on_progress)
        self.context = context
        if self.running:
            return
        self.way = way
        out = way == OUT
        self._title.setText(_("Carry entries on a stick") if out else _("Bring entries back"))
        verb = _("Carry") if out else _("Bring back")
        self.start.setText(verb)
        self.start.setAccessibleName(verb)
        self.result.hide()
        self.note.hide()
        self.run(running=False)
        self._ask_places()

    def focus_first(self) -> None:
        """The list of sticks, or the folder where none is plugged in."""
        (self.places if self.model.rowCount() else self.path).setFocus()

    def leave(self) -> None:
        """Esc: stop what runs; with nothing running, back to the kits."""
        if self.running:
            self._cancel()
        else:
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    # -- where -------------------------------------------------------------------------------

    def _ask_places(self) -> None:
        if self.context is None:
            return
        port = self.context.port
        none = lambda _refused: self.show_places([])  # noqa: E731 - a folder may be chosen
        if not port.on_stick:
            port.call("bundle.places", {}, self.show_places, none, again=True)
            return
        from kit.gui.shared.stick_rows import bundle_places

        show = lambda answer: self.show_places(bundle_places(answer))  # noqa: E731 - one answer
        port.call("medium.drives", {}, show, none, again=True)

    def show_places(self, answer: Any) -> None:
        """These sticks are plugged in."""
        rows = rows_of(answer, PlaceRow)
        self.model.show(rows)
        self.places.setVisible(bool(rows))
        row_px = theme.density().row_px
        self.places.setFixedHeight(HEAD_PX + row_px * min(len(rows), SHOWN) + Space.S)
        if rows and not self.places.currentIndex().isValid():
            self.places.selectRow(0)
        why = _out_words() if self.way == OUT else _in_words()
        on_stick = self.context is not None and self.context.port.on_stick
        self._why.setText(why if rows else f"{why} {_no_drive() if on_stick else _no_stick()}")
        for part in (self.path, self.folder):  # a kit on a stick has no folders of its own to give
            part.setVisible(not on_stick)
        self._ready()
        if self.isVisible():
            self.focus_first()

    def _chosen(self) -> None:
        row = self._place()
        if row is not None:
            self.path.setText(row.path)

    def _place(self) -> PlaceRow | None:
        row = self.places.current_row()
        return row if isinstance(row, PlaceRow) else None

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _("Folder of the stick"), self.path.text())
        if chosen:
            self.path.setText(chosen)
            self.start.setFocus()

    def _ready(self) -> None:
        self.start.setEnabled(bool(self.path.text().strip()) and not self.running)

    # -- carrying ----------------------------------------------------------------------------

    def begin(self) -> None:
        """Write to, or read from, the chosen folder."""
        path = self.path.text().strip()
        if not path or self.context is None or self.running:
            return
        self.note.hide()
        self.result.hide()
        self.run(running=True)
        done = self.carried if self.way == OUT else self.brought
        place = self._place()
        where = place.named() if place is not None and place.path == path else {"path": path}
        self.context.port.call(f"bundle.{self.way}", where, done, self._refused)

    def run(self, *, running: bool) -> None:
        """Something is being carried, or nothing is."""
        self.running = running
        self.progress.setRange(0, 0)
        self._words.setText(_("Writing…") if self.way == OUT else _("Reading…"))
        for part in (self.progress, self._words, self.stop):
            part.setVisible(running)
        for choice in (self.path, self.folder, self.again, self.places):
            choice.setEnabled(not running)
        self.start.setVisible(not running)
        self._ready()
        if running:
            self.stop.setFocus()

    def on_progress(self, said: dict[str, Any]) -> None:
        """How far it is."""
        total = int(said.get("total") or 0)
        if self.running and total and said.get("job") in (JOB, None):
            self.progress.setRange(0, 100)
            self.progress.setValue(min(100, int(said.get("done") or 0) * 100 // total))
            self._words.setText(progress_text(said))

    def _cancel(self) -> None:
        if self.context is not None:
            self.context.port.call("cancel", {"job": JOB})

    def carried(self, answer: Any) -> None:
        """It is on the stick."""
        result = msgspec.convert(answer or {}, OutResult)
        lines = [result.text] if result.text else out_lines(result)
        title = _("✓ Written; the stick may be pulled out")
        self._end(title if result.ejected else _still_in(), [*lines, _carry_on()])

    def brought(self, answer: Any) -> None:
        """It has been read."""
        result = msgspec.convert(answer or {}, InResult)
        lines = [result.text] if result.text else in_lines(result)
        title = _("✓ Read; the stick may be pulled out")
        self._end(title if result.ejected else _still_in(), lines, result.refused)

    def _end(self, title: str, lines: Sequence[str], refused: Sequence[RefusedCount] = ()) -> None:
        self.run(running=False)
        self.result.head(title)
        parts: list[QWidget] = [Text(line) for line in lines]
        if refused:
            parts.append(Text(_("Not taken:"), bold=True, tone=Tone.WARNING))
            parts += [pair_lines(*refused_line(one)) for one in refused if one.count]
        self.result.say(parts, "warning" if refused else "card")
        self.result.show()
        self.back.setFocus()
        if self.context is not None:
            self.context.shell.announce(" ".join((title, *lines)))

    def _refused(self, refused: Refused) -> None:
        self.run(running=False)
        said = explain_refusal(refused)
        kept = _("Nothing is lost: every entry is still in this kit.")
        said = Explained(said.happened, said.means or kept, said.todo, said.code)
        self.note.show_state(State.REFUSED, said)
        self.note.show()
        self.focus_first()


def _out_words() -> str:
    return _(
        "Every entry that the kits visited by this stick still lack, encrypted: a stick that is"
        " lost tells nobody anything."
    )


def _in_words() -> str:
    return _("What another kit has put on the stick; it may be read twice without harm.")


def _no_stick() -> str:
    return _("No stick is plugged in: plug one in and look again, or choose a folder.")


def _no_drive() -> str:
    return _("No stick is plugged in: plug one in, wait three seconds, then look again.")


def _still_in() -> str:
    return _("✓ Done, but the stick is still in use: switch the kit off before pulling it out")


def _carry_on() -> str:
    return _("On the other kit: F9, “Bring back”. Then bring the stick here again.")


def _row(*parts: QWidget, stretch: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(Space.M)
    for place, part in enumerate(parts):
        row.addWidget(part, 1 if place == stretch else 0, Qt.AlignmentFlag.AlignVCenter)
    return row
