"""The line above the situation table: level, kits in reach, silent wards, beds; each with its word.

Not for: one ward (the table). What is not known is left out, never shown as zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kit.core.clock import span_text
from kit.core.text import translator
from kit.gui import theme
from kit.gui.steering.situation_row import SituationRow, is_silent
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

_ = translator("gui_steering")

IN_REACH = frozenset({"connected", "self"})
MOST_NAMED = 3
NARROW_PX = 1_000
SURFACES = {Tone.WARNING: "warning", Tone.CRITICAL: "critical"}


class Fact(msgspec.Struct, frozen=True):
    """A label and its value; `more` is an aside; `minor` ones go where room is short."""

    label: str
    value: str
    more: str = ""
    tone: Tone = Tone.NORMAL
    minor: bool = False

    def spoken(self) -> str:
        """The fact for a screen reader."""
        return " ".join(part for part in (f"{self.label}:", self.value, self.more) if part)


def facts_of(
    rows: Sequence[SituationRow],
    peers: Sequence[dict[str, Any]] | None,
    status: dict[str, Any],
    now_ms: int,
) -> list[Fact]:
    """What the cell must know before it reads the table."""
    made = [*_crisis(status, now_ms), *_kits(peers), _silent(rows, now_ms)]
    fresh = [row for row in rows if row.at and not is_silent(row, now_ms)]
    made += _sums(fresh, len(rows))
    return made


def _crisis(status: dict[str, Any], now_ms: int) -> list[Fact]:
    level, since = status.get("level"), status.get("crisis_since_ms")
    made = [Fact(_("Level"), str(level), minor=True)] if level else []
    if since:
        made.append(Fact(_("In crisis for"), span_text(now_ms - int(since)), minor=True))
    return made


def _kits(peers: Sequence[dict[str, Any]] | None) -> list[Fact]:
    if not peers:
        return []
    known = [peer for peer in peers if peer.get("state") != "revoked"]
    near = [peer for peer in known if peer.get("state") in IN_REACH]
    said = _("{near} of {all}").format(near=len(near), all=len(known))
    tone = Tone.WARNING if len(near) < len(known) else Tone.NORMAL
    return [Fact(_("Kits in reach"), said, "", tone)]


def _silent(rows: Sequence[SituationRow], now_ms: int) -> Fact:
    mute = [row.ward for row in rows if is_silent(row, now_ms)]  # codes: their line is short
    if not mute:
        return Fact(_("Silent wards"), _("none"))
    named = ", ".join(mute[:MOST_NAMED])
    if len(mute) > MOST_NAMED:
        named = _("{names} and {count} more").format(names=named, count=len(mute) - MOST_NAMED)
    return Fact(_("Silent wards"), str(len(mute)), named, Tone.WARNING)


def _sums(fresh: Sequence[SituationRow], wards: int) -> list[Fact]:
    if not fresh:
        return []
    of = _("{fresh} of {all} wards").format(fresh=len(fresh), all=wards)
    free = sum(row.free or 0 for row in fresh)
    late = sum(row.late or 0 for row in fresh)
    conflicts = sum(row.conflicts or 0 for row in fresh)
    return [
        Fact(_("Free beds"), str(free), of, Tone.NORMAL if free else Tone.WARNING),
        Fact(_("Late doses"), str(late), of, Tone.CRITICAL if late else Tone.NORMAL),
        Fact(_("Conflicts"), str(conflicts), of, Tone.WARNING if conflicts else Tone.NORMAL),
    ]


class FactLine(QWidget):
    """The facts side by side; on the wall, larger; where there is little room, without asides."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: list[Fact] = []
        self._look = (False, False)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(Space.S)

    def show_facts(self, facts: Sequence[Fact], *, wall: bool = False) -> None:
        """Show these; nothing is built again where nothing changed."""
        look = (wall, self.width() < NARROW_PX)
        if list(facts) == self.facts and look == self._look:
            return
        self.facts, self._look = list(facts), look
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        shown = [fact for fact in facts if not (look[1] and fact.minor)]
        for fact in shown:
            aside = "" if look[1] else fact.more
            self._row.addWidget(_box(fact, aside, wall=wall), 3 if aside else 2)
        self.setAccessibleName(". ".join(fact.spoken() for fact in facts))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.facts and (self.width() < NARROW_PX) is not self._look[1]:
            self.show_facts(self.facts, wall=self._look[0])


def _box(fact: Fact, aside: str, *, wall: bool) -> QFrame:
    box = QFrame()
    theme.dress(box, surface=SURFACES.get(fact.tone, "raised"))
    box.setAccessibleName(fact.spoken())
    column = QVBoxLayout(box)
    column.setContentsMargins(Space.M, Space.XS, Space.M, Space.XS)
    column.setSpacing(0)
    muted = Tone.MUTED if fact.tone is Tone.NORMAL else fact.tone
    small = Size.BASE if wall else Size.SMALL
    column.addWidget(Text(fact.label, size=small, tone=muted, wrap=False))
    row = QHBoxLayout()
    row.setSpacing(Space.S)
    size = Size.WALL if wall else Size.NAME
    row.addWidget(Text(fact.value, size=size, tone=fact.tone, wrap=False))
    row.addWidget(Text(aside, size=small, tone=muted, wrap=False))
    row.addStretch(1)
    column.addLayout(row)
    return box
