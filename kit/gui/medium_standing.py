"""What stands beneath the mode bar for as long as it is true: the stick is not to be trusted.

It cannot be closed: it goes when it is over. Not for: troubles that a person reads once (`app`).
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.medium import Medium
from kit.gui.theme import Space
from kit.gui.widgets.iconic import Sign
from kit.gui.widgets.labels import Text

_ = translator("gui_stick")


class StandingBand(QWidget):
    """One line over the whole width; it wraps rather than lose a word."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._sign = Sign()
        self._words = Text(bold=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.XS, Space.L, Space.XS)
        row.setSpacing(Space.S)
        row.addWidget(self._sign)
        row.addWidget(self._words, 1)

    def show_medium(self, medium: Medium) -> None:
        """Say what is wrong with it, or nothing."""
        said, grave = standing_words(medium)
        if said and said != self._words.text():
            tone = "critical" if grave else "warning"
            theme.dress(self, surface=f"band-{tone}")
            self._sign.show_icon("octagon-alert" if grave else "triangle-alert", tone)
            self._words.setText(said)
            self.setAccessibleName(said)
        self.setVisible(bool(said))


def standing_words(medium: Medium) -> tuple[str, bool]:
    """(the sentence, whether entries can be lost by it); ("", False) where all is well."""
    if medium.in_memory:
        said = _(
            "Nothing is kept on this stick: what is written goes when the computer is off. Print,"
            " and let other kits have the entries."
        )
        return said, True
    if medium.altered:
        said = _(
            "This stick is altered: prepare another stick. The kit goes on; entries stay here."
        )
        return said, False
    return "", False
