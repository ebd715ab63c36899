"""The one place with colours, type sizes and spacings; Fusion wears them and nothing else does.

Not for: which state deserves which tone (`states`, the screens). Colour means abnormal: normal is
neutral, and every state also has a shape and a word. A test checks every contrast ratio.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from functools import cache
from typing import Literal

import msgspec
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from kit.gui import fonts, stylesheet
from kit.gui.tone import Tone as Tone  # noqa: PLC0414 - theme.Tone is how screens say it


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """One palette; every field but `name` is a colour as #RRGGBB."""

    name: Literal["light", "dark"]
    bg: str
    panel: str
    selection: str
    text: str
    muted: str
    line: str
    accent: str
    critical: str
    critical_tint: str
    warning: str
    warning_tint: str
    focus: str
    crisis_bar: str
    exercise_bar: str
    bar_text: str

    @property
    def rule(self) -> str:
        """Hairlines that separate but carry no meaning: `line` faded towards `bg`."""
        return blend(self.line, self.bg, 0.32)

    @property
    def hover(self) -> str:
        """Half-way between panel and selection."""
        return blend(self.selection, self.panel, 0.5)


LIGHT = Tokens(
    name="light",
    bg="#FFFFFF",
    panel="#F2F5F8",
    selection="#D6E6F7",
    text="#16202B",
    muted="#4A5968",
    line="#667789",
    accent="#0B5CAD",
    critical="#9B0A3A",
    critical_tint="#FBE4EA",
    warning="#7D5F00",
    warning_tint="#FFF4D1",
    focus="#0B5CAD",
    crisis_bar="#9B0A3A",
    exercise_bar="#5B2A86",
    bar_text="#FFFFFF",
)
DARK = Tokens(
    name="dark",
    bg="#12181F",
    panel="#1B242E",
    selection="#24405C",
    text="#E6ECF2",
    muted="#A9B6C3",
    line="#7A8A9A",
    accent="#7DB7F5",
    critical="#FF8FA3",
    critical_tint="#4A1226",
    warning="#F2C14E",
    warning_tint="#3D2E08",
    focus="#FFD54A",
    crisis_bar="#D12B3C",
    exercise_bar="#8250D8",
    bar_text="#FFFFFF",
)


class Size(IntEnum):
    """Type sizes in points."""

    SMALL = 10
    BASE = 11
    MEDICATION = 12
    HEADING = 13
    NAME = 16
    WALL = 24
    CODE = 44
    """Digits that two people compare across a room."""


class Space(IntEnum):
    """Spacings in logical pixels."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24


RADIUS = 4
FOCUS_PX = 2
MOTION_MS = 120
SHEET_PX = 420
RAIL_PX = 168
RAIL_FOLDED_PX = 60
STRIP_PX = 44
MODE_BAR_PX = 30
STANDBY_BAR_PX = 22
LINE_HEIGHT = 1.3


class Density(Enum):
    """Row height and smallest target, in logical pixels."""

    DEFAULT = (44, 32)
    COMPACT = (34, 28)
    TACTILE = (56, 44)

    @property
    def row_px(self) -> int:
        """Height of a two-line row that needs no wrapping."""
        return self.value[0]

    @property
    def target_px(self) -> int:
        """Height of a button or a field."""
        return self.value[1]


class _Worn(msgspec.Struct):
    tokens: Tokens = LIGHT
    density: Density = Density.DEFAULT
    still: bool = False


_worn = _Worn()


def tokens() -> Tokens:
    """The palette in force."""
    return _worn.tokens


def density() -> Density:
    """The density in force."""
    return _worn.density


def motion_ms() -> int:
    """How long a movement may last: 0 where the person asked for none."""
    return 0 if _worn.still else MOTION_MS


def apply(
    app: QApplication,
    *,
    dark: bool = False,
    density: Density = Density.DEFAULT,
    still: bool = False,
) -> None:
    """Dress the application; may be called again at any time (night palette, density)."""
    first = app.style().objectName().lower() != "fusion"
    _worn.tokens, _worn.density, _worn.still = (DARK if dark else LIGHT), density, still
    if first:
        app.setStyle(QStyleFactory.create("Fusion"))
    fonts.register()
    app.setFont(font())
    app.setPalette(_qt_palette(_worn.tokens))
    app.setStyleSheet(stylesheet.build(_sheet_values(_worn.tokens), density.target_px))


def toggle_night() -> None:
    """The other palette, from now on."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        apply(app, dark=_worn.tokens.name == "light", density=_worn.density, still=_worn.still)


def color(name: str) -> QColor:
    """A token's colour by field name, in the palette in force."""
    return QColor(getattr(_worn.tokens, name))


def tone_color(tone: Tone) -> QColor:
    """The colour of text in that tone."""
    names = {Tone.NORMAL: "text", Tone.INFO: "accent"}
    return color(names.get(tone, tone.value))


def tint_color(tone: Tone) -> QColor:
    """The surface that lies behind text in that tone."""
    named = {Tone.WARNING: "warning_tint", Tone.CRITICAL: "critical_tint", Tone.INFO: "selection"}
    return color(named.get(tone, "panel"))


def paper_colors() -> tuple[QColor, QColor]:
    """White and ink, whatever the palette: for what a camera must read on screen."""
    return QColor(LIGHT.bg), QColor(LIGHT.text)


def font(size: Size = Size.BASE, *, bold: bool = False, struck: bool = False) -> QFont:
    """A font of the house family."""
    made = QFont(fonts.FAMILIES)
    made.setPointSize(int(size))
    made.setBold(bold)
    made.setStrikeOut(struck)
    return made


def dress(widget: QWidget, **properties: str) -> None:
    """Set style properties (`tone`, `scale`, `kind`, `surface`) and show them at once."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


@cache
def blend(over: str, under: str, part: float) -> str:
    """`over` laid on `under` with opacity `part` (0 to 1), as #RRGGBB."""
    pairs = zip(_channels(over), _channels(under), strict=True)
    mixed = (round(a * part + b * (1 - part)) for a, b in pairs)
    return "#" + "".join(f"{value:02X}" for value in mixed)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two #RRGGBB colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _sheet_values(worn: Tokens) -> dict[str, str | int]:
    sizes = {f"pt_{size.name.lower()}": int(size) for size in Size}
    return {**msgspec.structs.asdict(worn), "rule": worn.rule, "hover": worn.hover, **sizes}


def _channels(value: str) -> tuple[int, int, int]:
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def _luminance(value: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(value))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _qt_palette(worn: Tokens) -> QPalette:
    role = QPalette.ColorRole
    made = QPalette()
    pairs = (
        (role.Window, worn.bg),
        (role.Base, worn.bg),
        (role.AlternateBase, worn.panel),
        (role.Button, worn.panel),
        (role.WindowText, worn.text),
        (role.Text, worn.text),
        (role.ButtonText, worn.text),
        (role.PlaceholderText, worn.muted),
        (role.Highlight, worn.selection),
        (role.HighlightedText, worn.text),
        (role.ToolTipBase, worn.panel),
        (role.ToolTipText, worn.text),
        (role.Link, worn.accent),
        (role.Accent, worn.accent),
    )
    for which, value in pairs:
        made.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(worn.muted))
    return made
