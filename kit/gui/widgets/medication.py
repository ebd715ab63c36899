"""One medication line on screen: the runs of the one formatter, wrapping, never cut (MEDi-008).

Not for: composing the line (the ward's formatter does, for screen and paper alike).
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.cell import ChipText
from kit.gui.widgets.chip import Chip
from kit.gui.widgets.flow import FlowLayout
from kit.gui.widgets.labels import Runs, Text

_ = translator("gui")


class MedicationLine(QWidget):
    """The line in 12 pt, chips such as HIGH RISK before it, source and age beneath."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs: tuple[tuple[str, bool], ...] = ()
        self._chips_box = QWidget()
        self._chips = FlowLayout(self._chips_box)
        self._line = Runs(Size.MEDICATION)
        self._source = Text(size=Size.SMALL, tone=Tone.MUTED)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, Space.XS, 0, Space.XS)
        layout.setSpacing(Space.XS)
        for part in (self._chips_box, self._line, self._source):
            layout.addWidget(part)
        self._chips_box.hide()
        self._source.hide()

    def show_line(
        self,
        runs: Sequence[tuple[str, bool]],
        *,
        chips: Sequence[ChipText] = (),
        source: str = "",
        stopped: str = "",
    ) -> None:
        """Show the runs; `stopped` (who, when, why) strikes the line and stands beneath it."""
        self.runs = tuple(runs)
        self._line.show_runs(self.runs, struck=bool(stopped))
        self._chips.clear()
        for chip in chips:
            self._chips.addWidget(Chip(chip))
        self._chips_box.setVisible(bool(chips))
        beneath = " — ".join(part for part in (stopped, source) if part)
        self._source.setText(beneath)
        self._source.setVisible(bool(beneath))
        spoken = [chip.text for chip in chips]
        spoken += ["".join(text for text, _bold in self.runs), beneath]
        self.setAccessibleName(". ".join(part for part in spoken if part))

    def shown_text(self) -> str:
        """The medication text as painted, for the test that compares it with the order."""
        return self._line.accessibleName()

    def set_wide(self, *, wide: bool) -> None:
        """Larger type at the bedside."""
        theme.dress(self._line, scale="heading" if wide else "medication", weight="normal")
