"""The stage of a picture: the window, what the ward holds, and what a scene is.

Not for: the scenes themselves (`shots_scenes`, `shots_exchange`) nor taking the pictures (`shots`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from kit.gui.app import Reception
from kit.gui.port import NodePort
from kit.gui.screen import Context
from kit.gui.ward.formats import rows_of
from kit.gui.window import MainWindow
from kit.ward.board import BoardRow
from kit.ward.round import AsNeededRow, RoundRow, SlotRow

SIGNED = ("empty", "normal", "stale")
FULL = ("normal",)
TURNS = 400


def settle(port: NodePort) -> None:
    """Let every answer come and every layout come to rest; what was closed is gone."""
    for turn in range(TURNS):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
        if not port.unanswered and turn > 4:
            return


class Stage:
    """The window of one picture, and what the ward holds."""

    def __init__(self, port: NodePort, window: MainWindow, reception: Reception) -> None:
        self.port, self.window, self.reception = port, window, reception
        self._known: dict[str, Any] = {}

    def ask(self, name: str, **args: Any) -> Any:
        """The rows of a query, once."""
        key = f"{name}{sorted(args.items())}"
        if key not in self._known:
            self.port.ask(name, args, lambda rows: self._known.setdefault(key, rows))
            settle(self.port)
        return self._known.get(key)

    @property
    def context(self) -> Context:
        """The context of the screen that is shown."""
        screen = self.window.screen_now()
        assert screen is not None  # noqa: S101 - a scene opens its screen first
        assert screen.context is not None  # noqa: S101
        return screen.context

    def patient(self) -> str:
        """Somebody with an allergy and a dose due; "" in an empty ward."""
        rows = rows_of(self.ask("ward.board", ward=self.window.ward), BoardRow)
        here = [row for row in rows if row.patient]
        wanted = [row for row in here if row.allergies and row.allergies.state == "known"]
        late = [row for row in wanted if row.late]
        return next((row.patient for row in (*late, *wanted, *here)), "")

    def slot(self, wanted: Callable[[SlotRow], bool]) -> SlotRow | None:
        """The first planned dose of the ward that is like this."""
        rounds = rows_of(self.ask("round.slots", ward=self.window.ward), RoundRow)
        return next((s for row in rounds for s in row.slots if wanted(s)), None)

    def needed(self) -> AsNeededRow | None:
        """An if-needed drug, one that was given a short while ago first."""
        rounds = rows_of(self.ask("round.slots", ward=self.window.ward), RoundRow)
        rows = [s for row in rounds for s in row.as_needed]
        return next(iter(sorted(rows, key=lambda row: -row.next_allowed)), None)

    def clear(self) -> None:
        """Close what the scene opened."""
        self.window.work.clear() if self.window.person else None


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture's name, the conditions it exists in, and what is done before it."""

    name: str
    conditions: tuple[str, ...]
    play: Callable[[Stage], None]
