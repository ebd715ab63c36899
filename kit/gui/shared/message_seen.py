"""Tells the node what was really before somebody's eyes: three seconds, in an unlocked window.

A machine's receipt (“shown”), not a person's (“acknowledged”). Not for: what is on screen; the
screen says which messages are in sight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from kit.gui.port import NodePort

SEEN_MS = 3_000


class SeenTimer:
    """Waits three seconds over what is in sight; what is still there then was shown."""

    def __init__(self, owner: QWidget, in_sight: Callable[[], Iterable[str]]) -> None:
        self._owner, self._in_sight = owner, in_sight
        self._port: NodePort | None = None
        self._watched: frozenset[str] = frozenset()
        self._told: set[str] = set()
        self.timer = QTimer(owner)
        self.timer.setSingleShot(True)
        self.timer.setInterval(SEEN_MS)
        self.timer.timeout.connect(self._over)

    def look(self, port: NodePort) -> None:
        """What is in sight may have changed: count from now for what is new."""
        self._port = port
        now = frozenset(self._in_sight()) - self._told
        if now != self._watched or not self.timer.isActive():
            self._watched = now
            if now:
                self.timer.start()
            else:
                self.timer.stop()

    def rest(self) -> None:
        """Nobody looks any more."""
        self._watched = frozenset()
        self.timer.stop()

    def _over(self) -> None:
        window = self._owner.window()
        looked_at = self._owner.isVisible() and not window.isMinimized()
        still = frozenset(self._in_sight()) & self._watched if looked_at else frozenset()
        self._watched = frozenset()
        if not still or self._port is None:
            return
        self._told |= still
        shown = {"items": sorted(still)}
        self._port.call("message.shown", shown, lambda _ok: None, lambda _no: None, again=True)
