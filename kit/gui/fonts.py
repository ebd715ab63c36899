"""The house typeface on screen: the same files as on paper, registered once.

Not for: sizes and weights (`theme`). DejaVu Sans stands behind for the symbols that the text face
lacks (◷ ◐ ‖ ◆), so that a symbol never becomes an empty box.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from PySide6.QtGui import QFontDatabase

FAMILIES = ["Kit Sans", "DejaVu Sans"]
TEXT = ("KitSans-Regular.ttf", "KitSans-Bold.ttf")
SYMBOLS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")


@cache
def register(files: tuple[str, ...] = TEXT) -> tuple[str, ...]:
    """Make bundled faces known to Qt; returns the files that could not be loaded.

    SYMBOLS is asked for when the first sign-in needs it: the lock screen is faster.
    """
    folder = resources.files("kit") / "assets" / "fonts"
    missing = []
    for name in files:
        file = folder / name
        if not file.is_file() or QFontDatabase.addApplicationFont(str(file)) < 0:
            missing.append(name)
    return tuple(missing)
