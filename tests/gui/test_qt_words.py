"""A French kit says “Annuler” where Qt by itself says “Undo”; an English one does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from kit.gui.qt_words import speak


@pytest.fixture(autouse=True)
def _quiet(qapp: QApplication) -> Iterator[None]:
    yield
    speak("en")


def undo() -> str:
    return QCoreApplication.translate("QWidgetTextControl", "&Undo")


def test_qts_own_words_follow_the_kits_language() -> None:
    assert speak("fr")
    assert undo() == "&Annuler"
    assert speak("fr")  # said twice, undone once
    assert speak("en")
    assert undo() == "&Undo"
