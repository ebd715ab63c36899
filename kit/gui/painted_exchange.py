"""Run in a fresh process by the bench: a window on one kit of a fleet; what it records and paints.

Words come as JSON lines on stdin: `{"do", "args"}` records through the window's port and answers
`{"asked", "acked"}`. A screen named on the command line tells, each time its table was painted
after it had changed, `{"painted", "rows"}`: the rows in sight. Times are ms of the machine's steady
clock, which all processes share. Not for: one window alone (`painted`).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication, QTableView

from kit.gui.app import Reception, open_window, screen_of
from kit.gui.port import ProcessNode

LOOK_MS = 50


def now_ms() -> float:
    """The clock that all processes of this machine share."""
    return time.monotonic() * 1000


def say(**words: Any) -> None:
    """One JSON line for the bench."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class Watch(QObject):
    """Tells when a table was painted after its rows had changed."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._table, self._changed = table, True
        model = table.model()
        for signal in (model.dataChanged, model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self._touch)
        table.viewport().installEventFilter(self)
        table.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The paint itself comes after this filter: told when it is over."""
        if event.type() == QEvent.Type.Paint and self._changed:
            self._changed = False
            QTimer.singleShot(0, self._tell)
        return False

    def _touch(self, *_what: object) -> None:
        self._changed = True

    def _tell(self) -> None:
        model: Any = self._table.model()
        painted = now_ms()
        inside = self._table.viewport().rect()
        rows = [
            str(model.row_at(place))
            for place in range(model.rowCount())
            if self._table.visualRect(model.index(place, 0)).intersects(inside)
        ]
        say(painted=painted, rows=rows)


class Seat:
    """Somebody of a profession before one window: signs in, opens a screen, does as told."""

    def __init__(self, app: QApplication, home: Path, phrase: str) -> None:
        self.app = app
        self.port = ProcessNode(home)
        self.port.start()
        self.reception: Reception = open_window(app, self.port, phrase=phrase)
        self._profession, self._pin, self._screen, self._channel = "", "", "", ""
        self._asked = False
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._words = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self._words.activated.connect(self._heard)

    def sit(self, profession: str, pin: str, screen: str, channel: str = "") -> None:
        """Sign in as soon as this kit knows somebody of that profession, and open a screen."""
        self._profession, self._pin, self._screen = profession, pin, screen
        self._channel = channel
        self._timer.start(LOOK_MS)

    def _look(self) -> None:
        if self.reception.window.person is None:
            if self.reception.facts and not self._asked:
                self._asked = True
                self.port.ask("person.list", {}, self._known, lambda _refused: self._again())
            return
        self.reception.window.go(self._screen)
        screen: Any = screen_of(self.reception.window)
        if screen is None or screen.key != self._screen:
            return
        self._timer.stop()
        if self._channel:
            screen.open_channel(self._channel)
        tables = screen.findChildren(QTableView)
        for table in tables:
            if hasattr(table.model(), "row_at"):
                Watch(table)
        say(ready=now_ms())

    def _again(self) -> None:
        self._asked = False

    def _known(self, rows: list[dict[str, Any]]) -> None:
        found = next((row for row in rows if row["profession"] == self._profession), None)
        if found is None:
            self._again()
            return
        args = {"person": found["person"], "pin": self._pin}
        self.port.call("sign_in", args, self.reception.enter, lambda _refused: self._again())

    def _heard(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self.app.quit()
            return
        asked, words = now_ms(), json.loads(line)
        if "ask" in words:
            self.port.ask(words["ask"], words["args"], lambda rows: say(rows=rows))
            return
        self.port.do(
            words["do"], words["args"],
            lambda _ack: say(asked=asked, acked=now_ms()),
            lambda refused: say(refused=refused.code),
        )  # fmt: skip


def main(home: Path, phrase: Path, *seat_words: str) -> None:
    """Until stdin ends. seat_words: profession, PIN, screen, channel."""
    app = QApplication([])
    seat = Seat(app, home, phrase.read_text("utf-8"))
    seat.sit(*seat_words)
    app.exec()
    seat.port.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
