"""Beside the table of kits: what has not left, the chosen kit, the ways, what was set aside.

Not for: the words (`exchange_rows`), nor acting on any of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from kit.core.clock import moment_text
from kit.core.text import plural_translator, translator
from kit.gui import theme
from kit.gui.shared.exchange_rows import (
    CONNECTED,
    PENDING,
    REACHABLE,
    PeerRow,
    Reach,
    key_lines,
    ladder,
    name_of,
    outbox_text,
    place_text,
    rung_word,
    set_aside,
    state_word,
    trouble_text,
)
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.facts import OUTBOX_OLD_MS
from kit.gui.widgets.labels import Text

_ = translator("gui_exchange")
ngettext = plural_translator("gui_exchange")

SIDE_PX = 344


class Card(QWidget):
    """A framed block with a heading; its lines are said again as a whole."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.dress(self, surface="card")
        self._title = Text(title, bold=True)
        self.lines = QVBoxLayout()
        self.lines.setSpacing(Space.XS)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.XS)
        column.addWidget(self._title)
        column.addLayout(self.lines)

    def say(self, parts: Sequence[QWidget], surface: str = "card") -> None:
        """Show these lines instead of those before."""
        while (item := self.lines.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for part in parts:
            self.lines.addWidget(part)
            part.show()  # in the same picture as the old lines go
        if self.property("surface") != surface:
            theme.dress(self, surface=surface)

    def head(self, title: str) -> None:
        """Another heading."""
        self._title.setText(title)


class ExchangeSide(QScrollArea):
    """The four cards, in the order of what to do first; scrolls where the window is low."""

    sign = Signal()  # a second key is to be given, or a second word against a kit

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(SIDE_PX)
        self.outbox, self.chosen = Card(_("To hand over")), Card(_("This kit"))
        self.ways, self.aside = Card(_("How kits reach each other")), Card(_("Set aside"))
        self._said: dict[str, object] = {}
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, Space.S, 0)
        column.setSpacing(Space.M)
        for card in (self.outbox, self.aside, self.chosen, self.ways):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(holder)
        self.chosen.hide()
        self.aside.hide()

    def show_reach(self, reach: Reach, now_ms: int) -> None:
        """What has not left, and what was not simply taken."""
        said = outbox_text(reach, now_ms)
        since = reach.unsent_since_ms
        late = bool(reach.unsent and since and now_ms - since > OUTBOX_OLD_MS)
        if self._news("outbox", (said, reach.peers == 0, late)):
            self.outbox.say(_outbox_lines(reach, said, late=late), "warning" if late else "card")
        lines = set_aside(reach)
        if self._news("aside", lines):
            self.aside.say([pair_lines(*line) for line in lines])
            self.aside.setVisible(bool(lines))

    def show_ways(self, rows: Sequence[PeerRow]) -> None:
        """Each rung in one sentence, and how many kits are reached by it now."""
        used: dict[str, int] = {}
        for row in rows:
            if row.state in (CONNECTED, REACHABLE) and row.rung:
                used[row.rung] = used.get(row.rung, 0) + 1
        if self._news("ways", used):
            self.ways.say([_way(used.get(rung, 0), *words) for rung, *words in ladder()])

    def show_chosen(self, row: PeerRow | None, now_ms: int) -> None:
        """Everything known of the kit under the cursor."""
        said = (row, now_ms // 60_000)
        if not self._news("chosen", said):
            return
        self.chosen.setVisible(row is not None)
        if row is not None:
            self.chosen.head(name_of(row))
            parts: list[QWidget] = [
                Text(line, size=Size.SMALL) for line in chosen_lines(row, now_ms)
            ]
            parts += [Text(said, size=Size.SMALL, tone=tone) for said, tone in key_lines(row)]
            if row.state == PENDING:
                parts.append(action_button(_("Co-sign…"), self.sign.emit))
            self.chosen.say(parts)

    def _news(self, what: str, said: object) -> bool:
        """Whether this differs from what stands there; the cards are built again only then."""
        if self._said.get(what, self) == said:
            return False
        self._said[what] = said
        return True


def chosen_lines(row: PeerRow, now_ms: int) -> list[str]:
    """What the table has no room for: wards, way, address, version, when it was heard last."""
    way = " · ".join(part for part in (state_word(row.state), rung_word(row)) if part)
    lines = [place_text(row), way]
    if row.address:
        lines.append(_("Address {address}").format(address=row.address))
    if row.seen_ms:
        lines.append(_("Heard last: {moment}").format(moment=moment_text(row.seen_ms, now_ms)))
    if row.version:
        lines.append(_("Version {version}").format(version=row.version))
    lines.append(_("Number {number}").format(number=row.device[:16]))
    lines.append(trouble_text(row))
    return [line for line in lines if line]


def _outbox_lines(reach: Reach, said: str, *, late: bool) -> list[QWidget]:
    lines: list[QWidget] = [Text(said, bold=bool(reach.unsent), tone=_tone(late=late))]
    if not reach.unsent:
        return lines
    lines.append(
        Text(_("They are safe here; another kit does not have them yet."), size=Size.SMALL)
    )
    if reach.peers == 0:
        todo = _(
            "To hand them over: a network cable to another kit, a hotspot,"
            " or the USB stick (Ctrl+E)."
        )
    else:
        todo = _("They leave by themselves; nothing to do.")
    lines.append(Text(todo, size=Size.SMALL))
    return lines


def _tone(*, late: bool) -> Tone:
    return Tone.WARNING if late else Tone.NORMAL


def pair_lines(first: str, second: str) -> QWidget:
    """Two lines that belong together: a count, and what it means."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(Text(first))
    column.addWidget(Text(second, size=Size.SMALL, tone=Tone.MUTED))
    return box


def _way(count: int, name: str, sentence: str) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 2, 0, 2)
    column.setSpacing(0)
    head = QHBoxLayout()
    head.setSpacing(Space.S)
    head.addWidget(Text(name), 1)
    if count:
        said = ngettext("● {count} kit", "● {count} kits", count).format(count=count)
        head.addWidget(Text(said, size=Size.SMALL, bold=True, wrap=False))
    column.addLayout(head)
    column.addWidget(Text(sentence, size=Size.SMALL, tone=Tone.MUTED))
    return box
