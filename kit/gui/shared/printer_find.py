"""Looking for a printer: what is found fills the list, or an address is typed; then a yes.

The node looks only while this is shown. The printer that answers says its name and place, and a
person says that it is the right one: a sheet that comes out in another ward is read there. Not for:
printing on it.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import theme
from kit.gui.faults import explain_refusal
from kit.gui.models import Column, DiffModel
from kit.gui.port import NodePort
from kit.gui.shared.printer_rows import PrinterRow, kind_words, lines_of, place_words, printers_of
from kit.gui.states import State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.cell import text_cell
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import LoadingBar, StatePanel
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_entry")

JOB = "printers"
HEAD_PX = 36
SHOWN = 4
SECOND_LINE_PX = 16


class PrinterFinder(QWidget):
    """List, address, the question; `verb` and `back` are whose buttons its host shows."""

    kept = Signal(dict)
    left = Signal()
    """Given up from the list."""

    def __init__(self, verb: QPushButton, back: QPushButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._port: NodePort | None = None
        self._verb, self._back = verb, back
        self._stage = "list"  # list, asking, question, keeping
        self._searching = False
        self._turn = 0
        self._met: dict[str, Any] = {}
        self._blind = False
        self.table = RowsTable(_("Printers that were found"))
        self.model: DiffModel[PrinterRow] = DiffModel(
            [Column(lambda: _("Found"), lambda row: text_cell(*lines_of(row)), 240, 1)],
            lambda row: f"{row.kind} {row.label} {row.addresses}",
            self,
        )
        self.table.setModel(self.model)
        self.said = Text(tone=Tone.MUTED)
        self.bar = LoadingBar()
        self.again = action_button(_("Look again"), self.search, "quiet")
        self.address = QLineEdit()
        self.address.setPlaceholderText(_("e.g. 10.12.4.30, or ipp://10.12.4.30/ipp/print"))
        self.question = QWidget()
        self.note = StatePanel(flat=True)
        self._lay_out()
        self.table.opened.connect(lambda _row: self.press())
        self.table.selectionModel().currentRowChanged.connect(lambda *_any: self._show())
        self.address.textChanged.connect(lambda _text: self._show())
        self.address.returnPressed.connect(self.press)

    def _lay_out(self) -> None:
        label = Text(_("Or its address, as on the printer's own label or menu"))
        label.setBuddy(self.address)
        self.address.setAccessibleName(label.text())
        row = QHBoxLayout()
        row.addWidget(self.said, 1)
        row.addWidget(self.again)
        self._list = QWidget()
        inner = QVBoxLayout(self._list)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(Space.S)
        inner.addWidget(self.table)
        inner.addLayout(row)
        inner.addWidget(label)
        inner.addWidget(self.address)
        self._name = Text(size=Size.HEADING)
        self._place, self._model = Text(bold=True), Text()
        self._sure = Text(
            _(
                "Is this the printer beside you? Read its name on the machine. Sheets with"
                " patients' names will come out there."
            ),
            tone=Tone.WARNING,
        )
        asked = QVBoxLayout(self.question)
        asked.setContentsMargins(0, 0, 0, 0)
        asked.setSpacing(Space.S)
        for text in (self._name, self._place, self._model, self._sure):
            asked.addWidget(text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        for part in (self.note, self._list, self.bar, self.question):
            column.addWidget(part)
        self.note.hide()
        self.question.hide()

    # -- looking -------------------------------------------------------------------------------

    def load(self, port: NodePort) -> None:
        """Begin to look."""
        if self._port is None:
            port.progress.connect(self._on_progress)
        self._port = port
        self._stage = "list"
        self.search()

    def search(self) -> None:
        """Look again, from the beginning."""
        if self._port is None:
            return
        self._searching = True
        turn = self._turn = self._turn + 1
        self._show()
        self._port.call(
            "print.find", {}, lambda answer: self._over(turn, answer),
            lambda _no: self._over(turn, {}),
        )  # fmt: skip

    def _over(self, turn: int, answer: Any) -> None:
        if turn == self._turn:
            self._searching = False
            if isinstance(answer, dict) and "printers" in answer:
                self.show_found(answer)
            self._show()

    def _on_progress(self, said: dict[str, Any]) -> None:
        if said.get("job") != JOB:
            return
        if "printers" in said and self._stage == "list":
            self.show_found(said)
        elif self._stage == "asking" and said.get("step") == "queue":
            self.said.setText(_("The printer is being set up on this kit…"))

    def show_found(self, answer: dict[str, Any]) -> None:
        """These have been found until now; the one that is marked stays marked."""
        marked = self._current()
        self.model.show(printers_of(answer))
        if marked is None and self.model.rowCount() and not self.address.text().strip():
            self.table.selectRow(0)
        self._blind = bool(answer.get("blind"))
        self._show()

    def stop(self) -> None:
        """Look no longer."""
        self._turn += 1
        self._searching = False
        if self._port is not None:
            self._port.call("cancel", {"job": JOB})

    # -- choosing ------------------------------------------------------------------------------

    def _current(self) -> PrinterRow | None:
        row = self.table.current_row()
        return row if isinstance(row, PrinterRow) else None

    def press(self) -> None:
        """The verb: ask the printer, or keep it."""
        if not self._verb.isEnabled() or self._port is None:
            return
        self.note.hide()
        if self._stage == "question":
            self._enter("keeping")
            chosen = {"chosen": self._met.get("chosen")}
            self._port.call("print.keep", chosen, self._on_kept, self._refused)
            return
        typed, row = self.address.text().strip(), self._current()
        args: dict[str, Any] = {"kind": "typed", "address": typed}
        if not typed and row is not None:
            args = {"kind": row.kind, "addresses": list(row.addresses)}
        self._turn += 1
        self._searching = False
        turn = self._turn
        self._enter("asking")
        self._port.call(
            "print.choose", args,
            lambda answer: self._on_met(answer) if turn == self._turn else None,
            lambda refused: self._refused(refused) if turn == self._turn else None,
        )  # fmt: skip

    def give_up(self) -> None:
        """Back, one step; from the list, out."""
        if self._stage == "list":
            self.stop()
            self.left.emit()
            return
        if self._stage == "asking":
            self.stop()
        self._enter("list")
        self.focus_first()

    def _on_met(self, answer: Any) -> None:
        if isinstance(answer, dict):
            self.show_question(answer)

    def show_question(self, answer: dict[str, Any]) -> None:
        """The printer has said who it is: name, place and model, and a yes is asked for."""
        self._met = answer
        row = printers_of([answer])[0]
        self._name.setText(row.label)
        self._place.setText(place_words(row))
        self._model.setText(" · ".join(filter(None, (row.model, kind_words(row.kind)))))
        trouble = answer.get("trouble")
        if isinstance(trouble, dict) and trouble:
            self.note.show_state(
                State.REFUSED,
                explain_refusal(Refused(str(trouble.get("code")), dict(trouble.get("args") or {}))),
            )
            self.note.show()
        self._enter("question")

    def _on_kept(self, answer: Any) -> None:
        self._enter("list")
        self.kept.emit(dict(answer or {}))

    def _refused(self, refused: Refused) -> None:
        self._enter("list")
        if refused.code != "work.cancelled":
            self.note.show_state(State.REFUSED, explain_refusal(refused))
            self.note.show()
        self.focus_first()

    # -- showing -------------------------------------------------------------------------------

    def _enter(self, stage: str) -> None:
        self._stage = stage
        self._show()
        if stage == "question":
            self._verb.setFocus()

    def _show(self) -> None:
        stage, rows = self._stage, self.model.rowCount()
        asked = stage in ("question", "keeping")
        self._list.setVisible(not asked)
        self.question.setVisible(asked)
        self.table.setVisible(bool(rows) and not asked)
        height = theme.density().row_px + SECOND_LINE_PX
        self.table.setFixedHeight(HEAD_PX + height * min(max(rows, 1), SHOWN) + Space.S)
        self.said.setText(self._words(rows))
        self.again.setVisible(stage == "list" and not self._searching)
        busy = stage in ("asking", "keeping") or self._searching
        (self.bar.start if busy else self.bar.stop)()
        for part in (self.table, self.address):
            part.setEnabled(stage == "list")
        chosen = bool(self.address.text().strip()) or self._current() is not None
        words = _("Yes, this printer") if asked else _("Use this printer")
        self._verb.setText(words)
        self._verb.setAccessibleName(words)
        self._verb.setEnabled(stage == "question" or (stage == "list" and chosen))
        back = {"list": _("Cancel"), "asking": _("Stop")}.get(stage, _("No, another one"))
        self._back.setText(back)
        self._back.setAccessibleName(back)

    def _words(self, rows: int) -> str:
        if self._stage == "asking":
            return _("Asking the printer…")
        if self._searching:
            return _("Looking on USB and on the network…")
        if rows:
            return ""
        if self._blind:
            return _(
                "Nothing on USB, and this kit does not listen for printers on the network. Type the"
                " address, or save the PDF on a stick."
            )
        return _(
            "No printer was found. Is it switched on, and plugged into this kit or the network?"
            " Wait a minute, then look again; or type its address."
        )

    def focus_first(self) -> None:
        """The list, or the address while nothing is found."""
        (self.table if self.model.rowCount() else self.address).setFocus()


class PrinterDialog(ConfirmDialog):
    """The finder as a question over a screen; `kept` tells the row of the printer."""

    def __init__(self, port: NodePort) -> None:
        super().__init__(
            _("Which printer?"),
            _("Printers on USB and on the network show up here by themselves."),
            _("Use this printer"),
        )
        self.finder = PrinterFinder(self.verb, self.cancel)
        self.body.addWidget(self.finder)
        self.row: dict[str, Any] = {}
        for button in (self.verb, self.cancel):
            button.setAutoDefault(True)
        self.finder.kept.connect(self._kept)
        self.finder.left.connect(lambda: ConfirmDialog.decide(self, yes=False))
        self.finder.load(port)

    def decide(self, *, yes: bool) -> None:
        """The buttons and Esc mean what the finder's stage says."""
        (self.finder.press if yes else self.finder.give_up)()

    def _kept(self, row: dict[str, Any]) -> None:
        self.row = row
        self.finder.stop()
        super().decide(yes=True)
