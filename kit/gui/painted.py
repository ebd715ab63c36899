"""Run in a fresh process by the bench: when a window was first painted, and the memory it took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def first_paint(app: Any, window: Any, start: float) -> None:
    """Show the window, and print the seconds from `start` to its first paint."""
    from PySide6.QtCore import QEvent, QObject

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                window.removeEventFilter(self)
                sys.stdout.write(f"{time.perf_counter() - start}\n")
                app.quit()
            return False

    watch = Watch()
    window.installEventFilter(watch)
    window.show()
    app.exec()


def memory_mb(process: int | str = "self") -> float:
    """Resident memory now, MB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def board(home: Path, phrase: str, pin: str) -> None:
    """Open the application on a home, sign in, and print when the board was painted with rows."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QAbstractItemView, QApplication

    from kit.gui.app import open_window, screen_of
    from kit.gui.port import ProcessNode

    app = QApplication([])
    port = ProcessNode(home)
    port.start()
    reception = open_window(app, port, phrase=phrase)
    window = reception.window
    times: dict[str, float] = {}

    def look() -> None:
        door = reception.door
        if "pin" not in times and door is not None and reception.facts and not door.asks_phrase:
            nurse = reception.port
            nurse.ask("person.list", {}, sign)
            times["pin"] = 0.0
        screen = screen_of(window)
        tables = screen.findChildren(QAbstractItemView) if screen is not None else []
        filled = [one for one in tables if one.model() is not None and one.model().rowCount() > 20]
        if times.get("pin") and filled:
            filled[0].viewport().repaint()
            finish()

    def sign(rows: list[dict[str, Any]]) -> None:
        person = next(row for row in rows if row["profession"] == "IDE")
        reception.port.call("sign_in", {"person": person["person"], "pin": pin}, entered)

    def entered(who: dict[str, Any]) -> None:
        times["pin"] = time.perf_counter()
        reception.enter(who)

    def finish() -> None:
        timer.stop()
        node = port.process_id
        said = {
            "board_s": time.perf_counter() - times["pin"],
            "gui_mb": memory_mb(),
            "node_mb": memory_mb(node),
        }
        sys.stdout.write(json.dumps(said) + "\n")
        app.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(5)
    app.exec()
    port.close()


if __name__ == "__main__":
    board(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
