"""The house typeface on screen: the same files as on paper, registered once.

Not for: sizes and weights (`theme`). DejaVu Sans stands behind for the symbols that the text face
lacks (◷ ◐ ‖ ◆), so that a symbol never becomes an empty box.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from PySide6.QtGui import QFontDatabase

FAMILIES = ["Kit Sans", "DejaVu Sans"]
FILES = ("KitSans-Regular.ttf", "KitSans-Bold.ttf", "DejaVuSans.ttf")


@cache
def register() -> tuple[str, ...]:
    """Make the bundled faces known to Qt; returns the files that could not be loaded."""
    folder = resources.files("kit") / "assets" / "fonts"
    missing = []
    for name in FILES:
        file = folder / name
        if not file.is_file() or QFontDatabase.addApplicationFont(str(file)) < 0:
            missing.append(name)
    return tuple(missing)
