"""A targeted note: target, data, action, result; targets offered from the ward's list.

Not for: documents that came with the extract (they are read, not written).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QWidget

from kit.core.clock import moment_text
from kit.core.errors import Refused
from kit.core.text import language, translator
from kit.gui.screen import Context
from kit.gui.theme import Size
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import Command, EntrySheet
from kit.gui.ward.sheet_vitals import declared_at
from kit.gui.widgets.labels import Text
from kit.gui.widgets.times import TimeField
from kit.ward.note import NoteRow

_ = translator("gui_entry")

PARTS = ("data", "action", "result")
MOST_LINES = 12


@cache
def target_table() -> dict[str, Any]:
    """`data/targets.toml`: targets to choose from, abbreviations to spell out."""
    text = (resources.files("kit.gui") / "data" / "targets.toml").read_text("utf-8")
    return tomllib.loads(text)


def targets() -> list[str]:
    """The targets in the person's language."""
    return [str(row[language()]) for row in target_table()["target"]]


def misread(text: str) -> list[str]:
    """Abbreviations in a text that were ever misread, with what to write: `µg → microgrammes`."""
    found = []
    for row in target_table()["abbreviation"]:
        pattern = rf"(?<![\w/]){re.escape(row['short'])}(?![\w/])"
        if re.search(pattern, text):
            found.append(f"{row['short']} → {row[language()]}")
    return found


class Lines(QPlainTextEdit):
    """A few lines; Tab goes on to the next field."""

    def __init__(self, name: str, hint: str, rows: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._least = rows
        self.textChanged.connect(self._fit)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As many lines as there are, so that nothing written is out of sight."""
        lines = max(self._least, min(MOST_LINES, round(self.document().size().height()) + 1))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 16)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        signs = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if signs and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # Ctrl+Enter signs the sheet, it is no line break
            return
        super().keyPressEvent(event)


class NoteSheet(EntrySheet):
    """Target first, then the three parts; Ctrl+Enter signs."""

    def __init__(
        self, context: Context, patient: str, entry: NoteRow | None = None, target: str = ""
    ) -> None:
        title = _("Correct a note") if entry else _("Targeted note")
        super().__init__(context, patient, "note", title)
        self.target = QComboBox()
        self.target.setEditable(True)
        self.target.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.target.setAccessibleName(_("Target"))
        self.target.addItems(targets())
        self.target.setEditText(target)
        line = self.target.lineEdit()
        if line is not None:
            line.setAccessibleName(_("Target"))
            line.setPlaceholderText(_("Choose a target or type one"))
        self.parts = {
            "data": Lines(_("Data"), _("What is seen, measured, said"), 3),
            "action": Lines(_("Action"), _("What is done, who is called"), 3),
            "result": Lines(_("Result"), _("What came of it (may follow later)"), 2),
        }
        self.time = TimeField(_("When"), context.now_ms())
        self._short = Text(size=Size.SMALL, tone=Tone.WARNING)
        self._short.hide()
        self._arrange()
        if entry is not None:
            self._prefill(entry)
        self._listen()

    def _arrange(self) -> None:
        fields = [
            (_("Target"), self.target),
            *((part.accessibleName(), part) for part in self.parts.values()),
        ]
        for name, field in fields:
            label = Text(name, bold=True)
            label.setBuddy(field)
            self.body.addWidget(label)
            self.body.addWidget(field)
        self.body.addWidget(self._short)
        self.body.addWidget(self.time)
        self.body.setSpacing(4)

    def _listen(self) -> None:
        self.target.editTextChanged.connect(lambda _text: self._edited())
        for part in self.parts.values():
            part.textChanged.connect(self._edited)
        self.time.changed.connect(self.touched)

    def focus_first(self) -> None:
        """The target, or where the target is given already, the data."""
        if self.correction is not None:
            self.correction.reason.list.setFocus()
        elif self.target.currentText():
            self.parts["data"].setFocus()
        else:
            self.target.setFocus()

    def _edited(self) -> None:
        found = misread(" ".join(part.toPlainText() for part in self.parts.values()))
        self._short.setText(_("Spell out: {list}").format(list=", ".join(found)) if found else "")
        self._short.setVisible(bool(found))
        self.touched()

    def _prefill(self, row: NoteRow) -> None:
        now = self.context.now_ms()
        shown = " ".join(
            part for part in (row.target, "—", row.data, row.action, row.result) if part
        )
        self.correct(
            row.entry,
            shown,
            _("{moment}, {name}").format(moment=moment_text(row.at, now), name=row.actor_name),
        )
        self.restore(
            {"target": row.target, "data": row.data, "action": row.action, "result": row.result}
        )
        self.time.edit.setText(moment_text(row.at, now))

    def draft(self) -> dict[str, Any]:
        """What is typed."""
        made: dict[str, Any] = {name: part.toPlainText() for name, part in self.parts.items()}
        made |= {"target": self.target.currentText(), "time": self.time.edit.text()}
        return made | (self.correction.reason.draft() if self.correction else {})

    def restore(self, draft: dict[str, Any]) -> None:
        """Put it back."""
        self.target.setEditText(str(draft.get("target") or ""))
        for name, part in self.parts.items():
            part.setPlainText(str(draft.get(name) or ""))
        if draft.get("time"):
            self.time.edit.setText(str(draft["time"]))
        if self.correction is not None and "reason" in draft:
            self.correction.reason.restore(draft)

    def command(self) -> Command | None:
        """`note.write`."""
        correcting = self.correction_args()
        at = declared_at(self.time, self.context.now_ms())
        if correcting is None or at is None:
            if at is None:
                self.time.setFocus()
            return None
        texts = {name: part.toPlainText() for name, part in self.parts.items()}
        args = {"patient": self.patient, "target": self.target.currentText(), "at": at, **texts}
        return "note.write", args | correcting

    def refused_at(self, refused: Refused) -> QWidget | None:
        """An empty note lacks its target or its text."""
        if refused.code == "act.in_future":
            return self.time
        return self.parts["data"] if self.target.currentText().strip() else self.target

    def done_text(self) -> str:
        """Named by its target."""
        return _("Note recorded: {target}").format(target=self.target.currentText().strip())
