"""Pictures of every screen, in both languages, palettes and sizes, full, empty and stale.

Made to be looked at: files, one contact sheet, one index. The node comes from the caller (a screen
may not make one): `make_port(condition)` gives a port for each of CONDITIONS, its clock standing
still. Run by `python -m kit.shots`. Not for: pictures of single parts (`widgets.gallery`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from kit.core.text import LANGUAGES, choose_language
from kit.gui import theme
from kit.gui.app import Reception, is_drill, open_window
from kit.gui.port import NodePort
from kit.gui.shots_scenes import SCENES
from kit.gui.shots_stage import Scene, Stage, settle
from kit.gui.shots_steering import CRISES
from kit.gui.widgets.modebar import Mode, ModeFacts

MakePort = Callable[[str], NodePort]

CONDITIONS = ("new", "sealed", "open", "empty", "normal", "stale", *CRISES)
"""No kit yet; a sealed kit; open and nobody signed in; signed in with no, today's, old data; a
steering kit in a crisis, when all is quiet, and with an order that waits."""
SIZES = ((1366, 768), (1920, 1080))
THUMB_PX = 480
CAPTION_PX = 22
COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Look:
    """One way of looking: language, palette, window size."""

    language: str
    dark: bool
    width: int
    height: int

    def text(self) -> str:
        """`fr-light-1366`."""
        return f"{self.language}-{'dark' if self.dark else 'light'}-{self.width}"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture that was taken."""

    name: str
    path: Path


def looks() -> list[Look]:
    """Both languages, both palettes, both sizes."""
    return [
        Look(language, dark, *size)
        for language in LANGUAGES
        for dark in (False, True)
        for size in SIZES
    ]


def grab_all(
    make_port: MakePort, out: Path, only: str | None = None, ways: Sequence[Look] | None = None
) -> list[Shot]:
    """Take every picture into `out`, then the contact sheet and the index.

    `only`: names that contain it (a screen, a condition); `ways`: these looks instead of all.
    """
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)  # noqa: S101 - the only kind made here
    out.mkdir(parents=True, exist_ok=True)
    shots: list[Shot] = []
    for condition in CONDITIONS:
        scenes = [s for s in SCENES if condition in s.conditions and _wanted(s, condition, only)]
        if not scenes:
            continue
        port = make_port(condition)
        for look in ways or looks():
            shots += _take(app, port, condition, look, scenes, out)
        port.deleteLater()
    _contact_sheet(shots, out / "contact-sheet.png")
    _index(shots, out / "index.html")
    return shots


def picture(port: NodePort, path: Path) -> None:
    """The screen that whoever is signed in at this node sees first."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)  # noqa: S101 - the only kind made here
    path.parent.mkdir(parents=True, exist_ok=True)
    reception = _arrive(app, port, "normal", Look("fr", dark=False, width=1366, height=768))
    reception.window.grab().save(str(path))
    reception.window.close()
    reception.window.deleteLater()
    settle(port)
    port.deleteLater()


def _wanted(scene: Scene, condition: str, only: str | None) -> bool:
    return only is None or only in f"{scene.name}-{condition}"


def _take(
    app: QApplication,
    port: NodePort,
    condition: str,
    look: Look,
    scenes: Iterable[Scene],
    out: Path,
) -> Iterator[Shot]:
    reception = _arrive(app, port, condition, look)
    stage = Stage(port, reception.window, reception)
    for scene in scenes:
        scene.play(stage)
        settle(port)
        name = f"{scene.name}-{condition}-{look.text()}"
        path = out / f"{name}.png"
        reception.window.grab().save(str(path))
        yield Shot(name, path)
        stage.clear()
    reception.window.close()
    reception.window.deleteLater()
    settle(port)


def _arrive(app: QApplication, port: NodePort, condition: str, look: Look) -> Reception:
    choose_language(look.language)
    reception = open_window(app, port, dark=look.dark)
    settle(port)
    choose_language(look.language)  # the kit has its own language; the picture's wins
    theme.apply(app, dark=look.dark)
    if condition in ("empty", "normal", "stale", *CRISES):
        found: list[dict[str, Any]] = []
        port.call("hello", {"language": look.language}, found.append, again=True)
        settle(port)
        drill = Mode.EXERCISE if is_drill(found[0]) else Mode.STANDBY
        reception.window.show_mode(ModeFacts(drill))  # again, in the picture's language
        reception.enter(found[0]["person"])
        reception.idle.rest()  # nobody types here, and the door is a picture of its own
    reception.window.resize(look.width, look.height)
    settle(port)
    return reception


def _contact_sheet(shots: Sequence[Shot], path: Path) -> None:
    """All pictures as thumbnails with their names, in one."""
    if not shots:
        return
    tall = round(THUMB_PX * SIZES[0][1] / SIZES[0][0])
    step = tall + CAPTION_PX
    rows = math.ceil(len(shots) / COLUMNS)
    sheet = QImage(COLUMNS * THUMB_PX, rows * step, QImage.Format.Format_RGB32)
    sheet.fill(theme.color("panel"))
    painter = QPainter(sheet)
    painter.setFont(theme.font(theme.Size.SMALL))
    for place, shot in enumerate(shots):
        x, y = place % COLUMNS * THUMB_PX, place // COLUMNS * step
        small = QImage(str(shot.path)).scaled(
            THUMB_PX - 8, tall - 4, mode=Qt.TransformationMode.SmoothTransformation
        )
        painter.drawImage(x + 4, y + CAPTION_PX, small)
        painter.setPen(theme.color("text"))
        caption = QRect(x + 4, y, THUMB_PX - 8, CAPTION_PX)
        painter.drawText(caption, int(Qt.AlignmentFlag.AlignVCenter), shot.name)
    painter.end()
    sheet.save(str(path))


def _index(shots: Sequence[Shot], path: Path) -> None:
    """A page with every picture under its name."""
    rows = "\n".join(
        f'<h2>{shot.name}</h2>\n<a href="{shot.path.name}">'
        f'<img src="{shot.path.name}" alt="{shot.name}" width="900"></a>'
        for shot in shots
    )
    path.write_text(f'<!doctype html><meta charset="utf-8"><title>Shots</title>\n{rows}\n', "utf-8")
