"""A bare window: does this PC's screen work, and how long does the least of a window take?

Started by `kit gui --bare`, in the place of the kit: when the screen stays black, this tells the
screen's fault from the kit's, and the boot test measures the lock screen against it. Not for:
anything that knows a kit, a node or a theme.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Show the window until it is closed; the process's exit code."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication, QLabel

    app = QApplication.instance() or QApplication(sys.argv[:1])
    window = QLabel("Cyber Kit")
    window.setAlignment(Qt.AlignmentFlag.AlignCenter)
    window.setWindowTitle(window.text())
    window.resize(1280, 720)
    window.show()
    return app.exec()
