"""Plain text on screen that wraps and is never cut, and the rich text of runs.

Not for: text that is drawn inside list cells (`rows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from kit.gui import theme
from kit.gui.theme import Size
from kit.gui.tone import Tone


class Text(QLabel):
    """A label whose whole text is always visible: it wraps, and asks for the height it needs."""

    def __init__(
        self,
        text: str = "",
        *,
        size: Size = Size.BASE,
        tone: Tone = Tone.NORMAL,
        bold: bool = False,
        wrap: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        weight = "bold" if bold else ""
        theme.dress(self, scale=size.name.lower(), tone=str(tone), weight=weight)

    def set_tone(self, tone: Tone) -> None:
        """Change what the colour says."""
        if self.property("tone") != str(tone):
            theme.dress(self, tone=str(tone))


class Headline(Text):
    """Asks for one line, and wraps where there is less room than that."""

    def sizeHint(self) -> QSize:
        margins = self.contentsMargins()
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2
        height = super().heightForWidth(width)
        return QSize(width + margins.left() + margins.right(), height)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())


class Runs(Text):
    """Text of runs, bold or not: `[("amoxicilline", True), (" — ", False), ...]`."""

    def __init__(self, size: Size = Size.BASE, parent: QWidget | None = None) -> None:
        super().__init__(size=size, parent=parent)
        self.setTextFormat(Qt.TextFormat.RichText)

    def show_runs(self, runs: Sequence[tuple[str, bool]], *, struck: bool = False) -> None:
        """Show the runs in order; `struck` for what was stopped or corrected, still readable."""
        parts = [f"<b>{escape(text)}</b>" if bold else escape(text) for text, bold in runs]
        body = "".join(parts)
        height = round(theme.LINE_HEIGHT * 100)
        inner = f"<s>{body}</s>" if struck else body
        # Rich text would turn the narrow no-break space of `20 000` into one that breaks.
        style = f"line-height:{height}%; white-space:pre-wrap"
        self.setText(f'<div style="{style}">{inner}</div>')
        self.setAccessibleName("".join(text for text, _bold in runs))


def rule(parent: QWidget | None = None) -> QFrame:
    """A horizontal hairline."""
    made = QFrame(parent)
    made.setFixedHeight(1)
    theme.dress(made, surface="rule")
    return made
