"""Asks the node how the kit stands: every few seconds, and at once when it has news.

Behind the strip, the rail's counts and the door. Not for: what is shown of it (`widgets.facts`).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from kit.core.errors import Refused
from kit.gui.port import NodePort

ASK_MS = 4_000
"""A pulled cable is on screen within five seconds even where the node's news of it got lost."""
NEWS = frozenset(
    {"snapshot", "ward", "patient", "peers", "status", "fleet", "conflict", "quarantine"}
)


class Standing(QObject):
    """One question at a time; news that comes while it waits asks once more after the answer."""

    told = Signal(dict)

    def __init__(self, port: NodePort, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._port = port
        self._waiting = self._again = False
        self._timer = QTimer(self)
        self._timer.setInterval(ASK_MS)
        self._timer.timeout.connect(self.ask)
        port.changed.connect(self._on_changed)

    @property
    def active(self) -> bool:
        """Whether it asks."""
        return self._timer.isActive()

    def begin(self) -> None:
        """The kit is open: ask now and from now on."""
        self._timer.start()
        self.ask()

    def rest(self) -> None:
        """The kit is sealed, or being made."""
        self._timer.stop()

    def ask(self) -> None:
        """Ask now."""
        if not self.active:
            return
        if self._waiting:
            self._again = True
            return
        self._waiting = True
        self._port.call("status", {}, self._answered, self._refused, again=True)

    def _answered(self, status: Any) -> None:
        self._waiting = False
        if isinstance(status, dict):
            self.told.emit(status)
        self._once_more()

    def _refused(self, _refused: Refused) -> None:
        self._waiting = False
        self._once_more()

    def _once_more(self) -> None:
        if self._again:
            self._again = False
            self.ask()

    def _on_changed(self, topics: set[str]) -> None:
        if topics & NEWS:
            self.ask()
