"""Pages of the door on a stick: it is at work, it is going out, its data is damaged.

Not for: asking the node (`medium_door`), nor the words that are typed (`lock_pages`).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import theme
from kit.gui.medium_progress import MediumProgress
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

_ = translator("gui_stick")

REPAIR, WITHOUT, RESTORE = "repair", "without", "restore"


class WaitPage(QWidget):
    """What is being done to the medium; nothing can be asked meanwhile."""

    def __init__(
        self, title: str, about: str, now: Callable[[], int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.progress = MediumProgress(now)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(Text(title, size=Size.HEADING))
        column.addWidget(Text(about, tone=Tone.MUTED))
        column.addSpacing(Space.XS)
        column.addWidget(self.progress)
        column.addStretch(1)
        self.setAccessibleName(f"{title}. {about}")


class DamagedPage(QWidget):
    """The encrypted part cannot simply be opened: three ways out, none of which erases it.

    Two where nothing can be repaired.
    """

    chosen = Signal(str)

    def __init__(self, *, may_repair: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(Text(_("What to do?"), size=Size.HEADING))
        ways = _ways() if may_repair else _ways()[1:]
        for way, verb, about in ways:
            button = self.buttons[way] = QPushButton(verb)
            button.setAccessibleName(verb)
            button.setAccessibleDescription(about)
            button.setAutoDefault(True)
            theme.dress(button, kind="primary" if way == REPAIR else "")
            button.clicked.connect(lambda _on=False, way=way: self.chosen.emit(way))
            column.addSpacing(Space.XS)
            column.addWidget(button)
            column.addWidget(Text(about, size=Size.SMALL, tone=Tone.MUTED))
        column.addStretch(1)
        self.setFocusProxy(self.buttons[ways[0][0]])


class RestorePage(QWidget):
    """How what this kit knew comes back from the other kits; the damaged stick stays as it is."""

    back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(Text(_("Restore from another kit"), size=Size.HEADING))
        for line in _restore_lines():
            column.addWidget(Text(line))
        self.verb = QPushButton(_("Back to the three choices"))
        self.verb.setAccessibleName(self.verb.text())
        self.verb.setAutoDefault(True)
        self.verb.clicked.connect(lambda _on=False: self.back.emit())
        column.addSpacing(Space.XS)
        column.addWidget(self.verb)
        column.addStretch(1)
        self.setFocusProxy(self.verb)


class FarewellPage(QWidget):
    """The computer is going out: when the stick may be pulled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(self, surface="panel")
        column = QVBoxLayout(self)
        column.setSpacing(Space.M)
        column.addStretch(2)
        for part in (
            Text(_("The kit is switching off"), size=Size.NAME, wrap=False),
            Text(_("Wait for the black screen: then the stick may be pulled out."), wrap=False),
        ):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)


def _ways() -> tuple[tuple[str, str, str], ...]:
    return (
        (
            REPAIR,
            _("Repair"),
            _(
                "The kit checks and mends the file system, in 1 to 10 minutes. Entries already"
                " recorded are kept; what was being written when it broke may be missing."
            ),
        ),
        (
            WITHOUT,
            _("Work without"),
            _(
                "The kit works in this computer's memory. Nothing is kept when it is switched"
                " off: print, and join the fleet so that other kits hold the entries."
            ),
        ),
        (
            RESTORE,
            _("Restore from another kit"),
            _("With another stick; this one is put aside as it is, nothing on it is erased."),
        ),
    )


def _restore_lines() -> tuple[str, ...]:
    return (
        _("1. Switch off and put this stick aside, with a label. Nothing on it is erased."),
        _("2. On another kit, “The stick”, “Copy”: prepare a new stick."),
        _("3. Start this computer with it; at the end of the first run tick “Join a fleet now”."),
        _("4. Everything that had left this kit comes back from the other kits."),
        _("What had not left is only on the damaged stick: give it to IT support, do not use it."),
    )
