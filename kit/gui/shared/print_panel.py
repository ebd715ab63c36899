"""The right side of the print screen: what is ready, how old it is, and the ways out.

Not for: preparing, printing or saving (`printing` asks the node).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from kit.core.clock import HOUR, moment_text
from kit.core.text import plural_translator, translator
from kit.gui import theme
from kit.gui.shared.print_documents import minutes_for, valid_hours
from kit.gui.shared.printer_rows import PrinterRow, lines_of, printers_of
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.ages import STALE_AFTER_MS, ago
from kit.gui.widgets.labels import Text, rule

_ = translator("gui_entry")
ngettext = plural_translator("gui_entry")

WIDTH_PX = 300
MOST_COPIES = 20


class PrinterPanel(QWidget):
    """Facts of the document, printer and copies, and the file for where there is no printer."""

    printed = Signal()
    saved = Signal()
    search = Signal()
    """Another printer is wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(self, surface="sheet")
        self.setFixedWidth(WIDTH_PX)
        self.title = Text(size=Size.HEADING)
        self.facts = Text()
        self.age = Text(tone=Tone.MUTED)
        self.valid = Text(bold=True)
        self.warning = Text(tone=Tone.WARNING)
        self.printer = QComboBox()
        self.printer.setAccessibleName(_("Printer"))
        self._no_printer = Text(tone=Tone.WARNING)
        self._rows: list[PrinterRow] = []
        self.where = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.find_button = action_button(_("Find a printer…"), self.search.emit)
        self.copies = QSpinBox()
        self.copies.setRange(1, MOST_COPIES)
        self.copies.setAccessibleName(_("Copies"))
        self.print_button = action_button(_("Print"), self.printed.emit, "primary")
        self.path = QLineEdit()
        self.path.setAccessibleName(_("File to save the PDF in"))
        self.save_button = action_button(_("Save the PDF"), self.saved.emit)
        self.browse = action_button(_("Other place…"), self._browse, "quiet")
        self._where = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.last = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.path.textChanged.connect(self._where.setText)
        self.printer.currentIndexChanged.connect(lambda _place: self._show_where())
        self._lay_out()

    def _lay_out(self) -> None:
        copies = QWidget()
        row = QHBoxLayout(copies)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Text(_("Copies")), 1)
        row.addWidget(self.copies)
        parts: tuple[QWidget, ...] = (
            self.title, self.facts, self.age, self.valid, self.warning, rule(),
            Text(_("Printer"), bold=True), self.printer, self.where, self._no_printer,
            self.find_button, copies, self.print_button, rule(),
            Text(_("Without a printer"), bold=True), self.path, self._where, self.browse,
            self.save_button,
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.S)
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        column.addWidget(self.last)

    @property
    def has_printer(self) -> bool:
        """Whether there is a printer to choose."""
        return self.printer.count() > 0

    def way_out(self) -> QWidget:
        """The button that Enter should press: print, or find a printer where there is none."""
        return self.print_button if self.has_printer else self.find_button

    def show_printers(self, rows: Sequence[dict[str, Any]]) -> None:
        """Printers that were chosen here, and queues of this computer; the usual one first."""
        self._rows = printers_of(rows)
        self.printer.clear()
        for row in self._rows:
            words = row.words
            if not row.accepting:
                words = _("{name} (paused)").format(name=words)
            self.printer.addItem(words, row.name)
        none = not self.has_printer
        self._no_printer.setText(
            _("No printer is set up yet. Find one, or save the PDF on a stick instead.")
        )
        self._no_printer.setVisible(none)
        self.printer.setVisible(not none)
        theme.dress(self.find_button, kind="primary" if none else "")
        self._show_where()

    def row(self) -> PrinterRow | None:
        """The printer that is chosen."""
        name = self.printer.currentData()
        return next((row for row in self._rows if row.name == name), None)

    def _show_where(self) -> None:
        row = self.row()
        self.where.setVisible(row is not None)
        if row is not None:
            self.where.setText(lines_of(row)[1])

    def on_stick(self, yes: bool) -> None:
        """On a kit's stick a drive is chosen when saving; there is no folder to name."""
        for part in (self.path, self._where, self.browse):
            part.setVisible(not yes)
        words = _("Save the PDF on a stick…") if yes else _("Save the PDF")
        self.save_button.setText(words)
        self.save_button.setAccessibleName(words)

    def allow(self, *, ready: bool) -> None:
        """Whether there is a document to send out."""
        self.print_button.setEnabled(ready and self.has_printer)
        fields: tuple[QWidget, ...] = (
            self.save_button, self.path, self.browse, self.copies, self.printer,
        )  # fmt: skip
        for part in fields:
            part.setEnabled(ready)

    def show_hint(self, words: str) -> None:
        """Nothing is ready: say what to do."""
        self.facts.setText(words)
        for part in (self.age, self.valid, self.warning):
            part.hide()

    def show_job(self, job: dict[str, Any], now: int) -> None:
        """How much paper and time, how old the data, until when the paper holds."""
        pages, sheets = int(job["pages"]), int(job["sheets"])
        minutes = minutes_for(pages)
        parts = [
            ngettext("{n} page", "{n} pages", pages).format(n=pages),
            ngettext("{n} numbered sheet", "{n} numbered sheets", sheets).format(n=sheets),
            ngettext("about {n} minute", "about {n} minutes", minutes).format(n=minutes),
        ]
        self.facts.setText(", ".join(parts))
        self._say_age(int(job.get("data_as_of_ms") or 0), str(job.get("source_label") or ""), now)
        document = str(job["document"])
        hours = 0 if document.startswith("blank:") else valid_hours(document)
        until = moment_text(now + hours * HOUR, now)
        self.valid.setText(_("Valid until {moment}").format(moment=until))
        self.valid.setVisible(bool(hours))
        lost = any(one.get("code") == "glyph" for one in job.get("warnings") or [])
        said = _("Some letters are not in the printing font; they are marked on paper.")
        self.warning.setText(said)
        self.warning.setVisible(lost)

    def _say_age(self, as_of: int, source: str, now: int) -> None:
        words = _("Data {source}, {age}").format(source=source, age=ago(as_of, now))
        self.age.setText(f"◷ {words}" if as_of else "")
        old = bool(as_of) and now - as_of > STALE_AFTER_MS
        self.age.set_tone(Tone.WARNING if old else Tone.MUTED)
        self.age.setVisible(bool(as_of))

    def _browse(self) -> None:
        title = _("File to save the PDF in")
        ask: Callable[..., tuple[str, str]] = QFileDialog.getSaveFileName
        chosen, _kind = ask(self, title, self.path.text(), "PDF (*.pdf)")
        if chosen:
            self.path.setText(chosen)
