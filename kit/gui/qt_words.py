"""Qt's own sentences in the kit's language: Undo, Copy, the buttons of a file dialog.

Not for: the kit's sentences (`kit.core.text`). English is what Qt says by itself.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

_worn: list[QTranslator] = []


def speak(language: str) -> bool:
    """Have Qt say its own words in `fr` or `en`; False where its French is not there."""
    while _worn:
        QCoreApplication.removeTranslator(_worn.pop())
    if language != "fr":
        return True
    words = QTranslator()
    path = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if not words.load("qtbase_fr", path):
        return False
    _worn.append(words)
    return QCoreApplication.installTranslator(words)
