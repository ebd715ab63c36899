"""The three questions of the door on a stick: what time it is, which keyboard, whether to go out.

Not for: acting on the answers (`medium_door`).
"""

from __future__ import annotations

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from kit.core.clock import DAY, Precision, date_text, hhmm, parse_instant
from kit.core.text import translator
from kit.gui.medium import LAYOUTS, Medium, day_and_time, layout_name
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text

_ = translator("gui_stick")

FURTHEST_DAYS = 20 * 365
"""A date further than this after the system was built is a slip of the finger."""


def typed_moment(date: str, time: str, medium: Medium) -> tuple[int | None, str]:
    """(UTC ms, "") of a typed date and time, or (None, why not in words)."""
    read = parse_instant(f"{date.strip()} {time.strip()}")
    if read is None or read[1] is not Precision.EXACT:
        return None, _("Type the date as 28/11/2026 and the time as 18:04.")
    earliest = medium.clock.build_ms
    if read[0] < earliest:
        said = _("This kit was made on {date}; it cannot be earlier. Look at the year.")
        return None, said.format(date=date_text(earliest))
    if earliest and read[0] > earliest + FURTHEST_DAYS * DAY:
        return None, _("This is more than twenty years ahead. Look at the year.")
    return read[0], ""


class TimeDialog(ConfirmDialog):
    """Date and time from a watch; a senseless clock leaves its fields empty."""

    def __init__(self, medium: Medium, now_ms: int, parent: QWidget | None = None) -> None:
        self._medium = medium
        right = medium.clock.ok
        title = _("Correct date and time") if right else _("This computer's clock is wrong")
        super().__init__(
            title,
            _time_words(now_ms, right=right),
            _("Set"),
            cancel="" if right else _("Go on without"),
            parent=parent,
        )
        self.date, self.time = QLineEdit(), QLineEdit()
        if right:
            self.date.setText(date_text(now_ms))
            self.time.setText(hhmm(now_ms))
        row = QHBoxLayout()
        row.setSpacing(Space.L)
        fields = ((self.date, _("Date"), "28/11/2026"), (self.time, _("Time (24 h)"), "18:04"))
        for edit, label, hint in fields:
            edit.setAccessibleName(label)
            edit.setPlaceholderText(hint)
            edit.textChanged.connect(lambda _text: self._judge())
            edit.returnPressed.connect(self._enter)
            name = Text(label, wrap=False)
            name.setBuddy(edit)
            box = QVBoxLayout()
            box.setSpacing(Space.XS)
            box.addWidget(name)
            box.addWidget(edit)
            row.addLayout(box)
        self.body.addLayout(row)
        self._words = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.body.addWidget(self._words)
        said = _("The computer's own clock is not touched: only the kit's, until it is off.")
        self.body.addWidget(Text(said, size=Size.SMALL, tone=Tone.MUTED))
        self.verb.setAutoDefault(True)
        self.cancel.setAutoDefault(True)
        self.setFocusProxy(self.date)
        self._judge()

    def at_ms(self) -> int | None:
        """What was typed, or None while it is no possible moment."""
        return typed_moment(self.date.text(), self.time.text(), self._medium)[0]

    def _judge(self) -> None:
        at, why = typed_moment(self.date.text(), self.time.text(), self._medium)
        self.verb.setEnabled(at is not None)
        self._words.setText(day_and_time(at) if at is not None else why)
        self._words.set_tone(Tone.MUTED)

    def _enter(self) -> None:
        if self.verb.isEnabled():
            self.decide(yes=True)
        else:
            self.focusNextChild()


class LayoutDialog(ConfirmDialog):
    """Five keyboards; the session starts again with the chosen one."""

    def __init__(self, now: str, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Which keyboard?"),
            _(
                "Look at the first row of letters: AZERTY, QWERTZ or QWERTY. The screen goes black"
                " for two seconds; words that are half typed must be typed again."
            ),
            _("Use this keyboard"),
            parent=parent,
        )
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QRadioButton] = {}
        for layout in LAYOUTS:
            button = self.buttons[layout] = QRadioButton(layout_name(layout))
            button.setAccessibleName(button.text())
            button.setChecked(layout == now)
            self._group.addButton(button)
            self.body.addWidget(button)
        self.setFocusProxy(self.buttons.get(now) or self.buttons[LAYOUTS[0]])
        self._group.buttonClicked.connect(lambda _button: self._judge(now))
        self._judge(now)

    def chosen(self) -> str:
        """The keyboard that has the mark."""
        return next((name for name, button in self.buttons.items() if button.isChecked()), "")

    def _judge(self, now: str) -> None:
        self.verb.setEnabled(self.chosen() not in ("", now))


def power_dialog(medium: Medium, parent: QWidget | None = None) -> ConfirmDialog:
    """What is lost by switching off, and when the stick may be pulled."""
    made = ConfirmDialog(
        _("Switch off?"),
        _memory_words() if medium.in_memory else _off_words(),
        _("Switch off"),
        grave=medium.in_memory,
        cancel=_("Stay on"),
        parent=parent,
    )
    for button in (made.verb, made.cancel):
        button.setAutoDefault(True)
    made.setFocusProxy(made.cancel)
    return made


def _off_words() -> str:
    return _(
        "Nothing is lost: what was signed is recorded on the stick, and unfinished entries stay as"
        " drafts. Other kits do not reach this one until it is on again. Wait for the black"
        " screen: then the stick may be pulled out."
    )


def _memory_words() -> str:
    return _(
        "Everything written here is lost, except what was printed and what other kits have:"
        " nothing is kept on this stick. Look at “To send” first: it must say “nothing”."
    )


def _time_words(now_ms: int, *, right: bool) -> str:
    if right:
        return _("Compare with a watch or a telephone. Times of doses follow this clock.")
    said = _(
        "It says {time}; its battery is probably dead. Without the right time, ages and late doses"
        " are shown wrongly. Read the time from a watch or a telephone."
    )
    return said.format(time=day_and_time(now_ms))
