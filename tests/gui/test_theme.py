"""The palette can be read, in light and in dark, and colours live in one file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase, QFontMetrics
from PySide6.QtWidgets import QApplication, QPushButton

import kit.gui
from kit.core.text import choose_language
from kit.gui import fonts, icons, theme
from kit.gui.theme import DARK, LIGHT, Density, Size, Tokens

GUI = Path(kit.gui.__file__).parent
BOTH = pytest.mark.parametrize("worn", [LIGHT, DARK], ids=["light", "dark"])
SURFACES = ("bg", "panel", "selection")


@BOTH
@pytest.mark.parametrize("ground", SURFACES)
@pytest.mark.parametrize("ink", ["text", "muted", "accent", "critical", "warning"])
def test_text_reads_on_every_surface(worn: Tokens, ink: str, ground: str) -> None:
    """WCAG AA: 4.5 to 1 for text, on the background, on panels and on the selected row."""
    assert theme.contrast(getattr(worn, ink), getattr(worn, ground)) >= 4.5


@BOTH
@pytest.mark.parametrize("ground", SURFACES)
@pytest.mark.parametrize("edge", ["line", "focus"])
def test_edges_of_controls_are_seen(worn: Tokens, edge: str, ground: str) -> None:
    """WCAG 1.4.11: 3 to 1 for frames of controls and the focus ring."""
    assert theme.contrast(getattr(worn, edge), getattr(worn, ground)) >= 3.0


@BOTH
@pytest.mark.parametrize("tone", ["critical", "warning"])
def test_a_warning_reads_on_its_own_tint(worn: Tokens, tone: str) -> None:
    """The allergy block and the strip's warnings are words on a tint."""
    assert theme.contrast(getattr(worn, tone), getattr(worn, f"{tone}_tint")) >= 4.5


@BOTH
@pytest.mark.parametrize("bar", ["crisis_bar", "exercise_bar"])
def test_the_mode_bar_reads(worn: Tokens, bar: str) -> None:
    """CRISE and EXERCICE are white on their bars."""
    assert theme.contrast(worn.bar_text, getattr(worn, bar)) >= 4.5


@BOTH
def test_a_primary_button_reads(worn: Tokens) -> None:
    """Its words are in the background's colour on the accent."""
    assert theme.contrast(worn.bg, worn.accent) >= 4.5


def test_ratios_are_those_of_the_study() -> None:
    """The computation itself: values printed in the interface specification."""
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast(LIGHT.text, LIGHT.bg) == pytest.approx(16.5, abs=0.05)
    assert theme.contrast(DARK.warning, DARK.warning_tint) == pytest.approx(7.9, abs=0.05)


def test_no_colour_or_type_size_outside_the_tokens() -> None:
    """One file to change, one file to check."""
    literal = re.compile(r"#[0-9A-Fa-f]{6}\b|#[0-9A-Fa-f]{3}\b|\d+pt\b|setPointSize|setPixelSize")
    guilty = [
        f"{file.relative_to(GUI)}: {found.group()}"
        for file in GUI.rglob("*.py")
        if file.name != "theme.py"
        for found in literal.finditer(file.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_the_house_typeface_is_bundled_and_tells_letters_apart(qapp: QApplication) -> None:
    """I, l and 1 differ in width, digits do not: doses stand under one another."""
    assert fonts.register() == fonts.register(fonts.SYMBOLS) == ()
    assert set(fonts.FAMILIES) <= set(QFontDatabase.families())
    metrics = QFontMetrics(theme.font(Size.MEDICATION))
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1
    assert metrics.horizontalAdvance("I") != metrics.horizontalAdvance("l")


@pytest.mark.parametrize("density", list(Density))
def test_buttons_are_large_enough_to_hit(qapp: QApplication, density: Density) -> None:
    """24 px at least, 44 px in the tactile density."""
    theme.apply(qapp, density=density)
    button = QPushButton("Ouvrir")
    button.ensurePolished()
    assert button.sizeHint().height() >= (44 if density is Density.TACTILE else 24)


def test_night_changes_every_surface(qapp: QApplication) -> None:
    """Ctrl+Shift+N at 3 in the morning leaves no white panel."""
    theme.apply(qapp, dark=True)
    assert theme.tokens() is DARK
    assert qapp.palette().window().color().name().upper() == DARK.bg
    for token in (LIGHT.bg, LIGHT.panel):
        assert f"background: {token}" not in qapp.styleSheet()


def test_reduced_motion_stops_all_movement(qapp: QApplication) -> None:
    """Nothing flashes for a person who asked for none."""
    theme.apply(qapp, still=True)
    assert theme.motion_ms() == 0


@pytest.mark.parametrize("name", sorted(icons.WORDS))
def test_every_icon_is_bundled_and_has_a_french_word(qapp: QApplication, name: str) -> None:
    """An icon that cannot be drawn, or that a screen reader cannot say, is not an icon."""
    drawn = icons.pixmap(name, "text", 20).toImage()
    assert any(
        drawn.pixelColor(x, y).alpha() for x in range(drawn.width()) for y in range(drawn.height())
    )
    choose_language("fr")
    assert icons.word(name)
