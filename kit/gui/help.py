"""F1: what this screen is for and its keys, on one page beside it.

Not for: manuals (docs/user).
"""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from kit.core.text import translator
from kit.gui import keys
from kit.gui.screen import Screen
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text
from kit.gui.widgets.sheet import Sheet

_ = translator("gui_ward")


class HelpSheet(Sheet):
    """Sentences of the screen, then its keys; the verb only closes it."""

    def __init__(self, screen: Screen, parent: QWidget | None = None) -> None:
        super().__init__(_("Help of this screen"), verb=_("Close"), parent=parent)
        for sentence in screen.help_text().splitlines():
            self.body.addWidget(Text(sentence))
        self.body.addSpacing(Space.S)
        self.body.addWidget(Text(_("Keys"), bold=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        for place, (chord, words) in enumerate(keys.listed(screen.key)):
            grid.addWidget(Text(chord, size=Size.SMALL, bold=True, wrap=False), place, 0)
            grid.addWidget(Text(words, size=Size.SMALL, tone=Tone.MUTED), place, 1)
        self.body.addLayout(grid)

    def submit(self) -> None:
        """There is nothing to sign."""
        self.close_sheet()
