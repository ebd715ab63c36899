"""Two parts of “The stick”: this stick's state and reading it whole, and reading another one whole.

Not for: comparing anything (the keeper does, with the signed list of parts).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kit.core.text import plural_translator, translator
from kit.gui.medium import FOUND_ALTERED, Medium
from kit.gui.screen import Context
from kit.gui.shared.courier_rows import size_text
from kit.gui.shared.exchange_side import Card
from kit.gui.shared.stick_drives import DrivesList
from kit.gui.shared.stick_job import JobPanel
from kit.gui.shared.stick_rows import (
    ALTERED,
    Checked,
    PartRow,
    check_title,
    check_words,
    checked_of,
    group_name,
    groups_of,
    medium_facts,
    stage_words,
    state_words,
    why_text,
)
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.labels import Text

_ = translator("gui_stick")
ngettext = plural_translator("gui_stick")

WIDE_PX = 800
NAME_PX = 180
MOST_STRANGE = 6


class StickPart(QWidget):
    """One part of the screen: a column of fixed width in the middle."""

    def __init__(self, title: str, about: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context: Context | None = None
        self.job = JobPanel()
        self.column = QVBoxLayout()
        self.column.setSpacing(Space.M)
        self.column.addWidget(Text(title, size=Size.HEADING))
        self.column.addWidget(Text(about, tone=Tone.MUTED))
        middle = QWidget()
        middle.setLayout(self.column)
        middle.setFixedWidth(WIDE_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(middle)
        row.addStretch(1)

    def load(self, context: Context) -> None:
        """For this person, from now on."""
        self.context = context
        self.job.load(context)

    def verb_row(self, *buttons: QWidget) -> None:
        """The verb, at the right."""
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addStretch(1)
        for button in buttons:
            row.addWidget(button)
        self.column.addLayout(row)

    def focus_first(self) -> None:
        """Where work starts."""


class ThisStick(StickPart):
    """What is known of the stick that runs, and reading it whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            _("This stick"),
            _("What this kit runs from. The system is read-only; only the encrypted data changes."),
            parent,
        )
        self._facts = Card(_("State"))
        self.verify = action_button(_("Check the whole stick"), self.begin, "primary")
        self.column.addWidget(self._facts)
        about = _(
            "Reads every byte of the system and compares it with what was signed: 2 to 10 minutes."
            " The kit can be used meanwhile. Once a month is enough."
        )
        self.column.addWidget(Text(about))
        self.verb_row(self.verify)
        self.column.addWidget(self.job)
        self.column.addStretch(1)
        self.job.changed.connect(lambda: self.verify.setEnabled(not self.job.running))

    def show_medium(self, medium: Medium) -> None:
        """The stick as it is now."""
        self._facts.say([_facts_grid(medium)], "warning" if medium.altered else "card")

    def begin(self) -> None:
        """Read it whole."""
        self.job.start("verify_medium", {}, _("Reading the whole stick"), self.checked)

    def checked(self, answer: Any) -> None:
        """What was found."""
        checked = checked_of(answer)
        show_checked(self.job, checked)
        if checked.state == ALTERED and self.context is not None:
            # It stands on every screen from now on, as what the system meets by itself does.
            self.context.port.state.emit({FOUND_ALTERED: True})

    def focus_first(self) -> None:
        """The verb, or the way to stop."""
        (self.job.stop if self.job.running else self.verify).setFocus()


class DrivePart(StickPart):
    """Work on a drive that was chosen in the list; `verb` begins it."""

    def lay_out(self, verb: QPushButton, begin: Callable[[], None], *below: QWidget) -> None:
        """The list, what is said below it, its verbs, the work."""
        self.drives = DrivesList()
        self.column.addWidget(self.drives)
        for one in below:
            self.column.addWidget(one)
        self.verb_row(self.drives.again, verb)
        self.column.addWidget(self.job)
        self.column.addStretch(1)
        self.drives.opened.connect(begin)
        self.drives.chosen.connect(self.ready)
        self.drives.refused.connect(self.job.refuse)
        self.job.changed.connect(self.ready)
        self.ready()

    def ready(self) -> None:
        """What may be begun now."""
        self.drives.setEnabled(not self.job.running)

    def load(self, context: Context) -> None:
        super().load(context)
        if not self.job.running:
            self.drives.load(context.port)

    def focus_first(self) -> None:
        if self.job.running:
            self.job.stop.setFocus()
        else:
            self.drives.focus_first()


class OtherStick(DrivePart):
    """Reading another kit's stick whole, before anybody types their words on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Check another stick"),
            _(
                "Plug the other kit's stick into this computer. It is only read. A stick that lay"
                " about, or came back by post, is checked here before its words are typed again."
            ),
            parent,
        )
        self.verify = action_button(_("Check this one"), self.begin, "primary")
        self.lay_out(self.verify, self.begin)

    def begin(self) -> None:
        """Read the chosen stick whole."""
        row = self.drives.current()
        if row is not None:
            args = {"device": row.device}
            self.job.start("verify_stick", args, _("Reading the other stick"), self.checked)

    def checked(self, answer: Any) -> None:
        """What was found."""
        show_checked(self.job, checked_of(answer))

    def ready(self) -> None:
        super().ready()
        self.verify.setEnabled(self.drives.current() is not None and not self.job.running)


def show_checked(job: JobPanel, checked: Checked) -> None:
    """The table of parts, under what it comes to."""
    parts: list[QWidget] = [Text(check_words(checked))]
    if stage := stage_words(checked):
        parts.append(Text(stage, bold=True))
    if checked.version:
        parts.append(Text(_("Version {version}").format(version=checked.version)))
    if checked.parts:
        parts.append(_parts_grid(checked.parts))
    surface = {ALTERED: "critical"}.get(checked.state, "card")
    job.say(check_title(checked), parts, surface)


def _facts_grid(medium: Medium) -> QWidget:
    return _grid([(name, value, tone, "") for name, value, tone in medium_facts(medium)])


def _parts_grid(parts: tuple[PartRow, ...]) -> QWidget:
    rows = []
    for group in groups_of(parts):
        word, tone = state_words(group.state)
        said = "\n".join((word, *(why_text(part) for part in group.strange[:MOST_STRANGE])))
        more = len(group.strange) - MOST_STRANGE
        if more > 0:
            said += "\n" + ngettext("and {count} more", "and {count} more", more).format(count=more)
        size = size_text(group.bytes) if group.bytes else ""
        rows.append((group_name(group.name), said, tone, size))
    return _grid(rows)


def _grid(rows: list[tuple[str, str, Tone, str]]) -> QWidget:
    """Name, value, amount, line by line."""
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, Space.XS, 0, 0)
    grid.setHorizontalSpacing(Space.L)
    grid.setVerticalSpacing(Space.XS)
    grid.setColumnMinimumWidth(0, NAME_PX)
    grid.setColumnStretch(1, 1)
    for place, (name, value, tone, amount) in enumerate(rows):
        shown = Text(value, tone=tone, bold=tone in (Tone.WARNING, Tone.CRITICAL))
        shown.setAccessibleName(f"{name}: {value}")
        grid.addWidget(Text(name, tone=Tone.MUTED, wrap=False), place, 0)
        grid.addWidget(shown, place, 1)
        if amount:
            grid.addWidget(Text(amount, tone=Tone.MUTED, wrap=False), place, 2)
    return holder
