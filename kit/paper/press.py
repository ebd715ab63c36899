"""Where ink meets PDF: plates (pages, stamps) of content operators, and the press that binds them.

Lengths are points, the origin is the top left corner and y runs down. A stamp is a plate that is
written once per document (a Form XObject) and laid many times: fixed layers, row grids, patient
blocks. Same plates, same bytes: no date, no random id. Not for: deciding what goes where.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from kit.paper.faces import FILES, Gate, fonts
from kit.paper.fields import Run
from kit.paper.typeset import TextLine, wrap

MM = 72 / 25.4
FINE, RULE, BOLD_RULE = 0.5, 0.7, 1.4

rl_config.useA85 = 0

_K = 0.5523
# Bézier quarters of the unit circle: two control points and the end.
_QUARTERS = (
    ((1, _K), (_K, 1), (0, 1)),
    ((-_K, 1), (-1, _K), (-1, 0)),
    ((-1, -_K), (-_K, -1), (0, -1)),
    ((_K, -1), (1, -_K), (1, 0)),
)


@dataclass(frozen=True, slots=True)
class Box:
    """Something that was drawn, or a keep-out zone; points from the top left of its plate."""

    kind: str
    x: float
    y: float
    w: float
    h: float
    label: str = ""

    def moved(self, x: float, y: float) -> Box:
        """The same box further right and down."""
        return Box(self.kind, self.x + x, self.y + y, self.w, self.h, self.label)


@dataclass(slots=True)
class Plate:
    """One page or stamp in the making; `height` is 0 for a stamp, whose y runs below its origin."""

    press: Press
    width: float
    height: float
    code: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    marks: list[Box] = field(default_factory=list)

    def text(self, x: float, baseline: float, line: TextLine, size: float) -> None:
        """One line of words whose baseline is `baseline` below the top."""
        if not line.words:
            return
        self.code.append(f"BT 1 0 0 1 {x:.1f} {self.height - baseline:.1f} Tm")
        for face, text in _joined(line):
            self.code.extend(self.press.shown(face, text, size))
        self.code.append("ET")
        if self.press.recording:
            self.note("text", x, baseline - 0.74 * size, line.width, 0.94 * size, _said(line))

    def rule(self, x1: float, y1: float, x2: float, y2: float, weight: float = FINE) -> None:
        """A straight stroke."""
        top = self.height
        self.code.append(f"{weight} w {x1:.1f} {top - y1:.1f} m {x2:.1f} {top - y2:.1f} l S")
        if self.press.recording:
            self.note("rule", x1, y1, x2 - x1, y2 - y1)

    def strike(self, x: float, y: float, w: float) -> None:
        """A stroke through words that were withdrawn; they stay readable."""
        top = self.height - y
        self.code.append(f"{FINE} w {x:.1f} {top:.1f} m {x + w:.1f} {top:.1f} l S")

    def dotted(self, x1: float, y: float, x2: float) -> None:
        """A line to write on."""
        self.code.append("[0.5 1.8] 0 d")
        self.rule(x1, y, x2, y, FINE)
        self.code.append("[] 0 d")

    def frame(self, x: float, y: float, w: float, h: float, weight: float = RULE) -> None:
        """An outlined rectangle."""
        self.code.append(f"{weight} w {x:.1f} {self.height - y - h:.1f} {w:.1f} {h:.1f} re S")
        if self.press.recording:
            for side in ((x, y, w, 0.0), (x, y + h, w, 0.0), (x, y, 0.0, h), (x + w, y, 0.0, h)):
                self.note("rule", *side)

    def tint(self, x: float, y: float, w: float, h: float) -> None:
        """A pale ground of 8 % grey, never a carrier of meaning."""
        self.code.append(f"0.92 g {x:.1f} {self.height - y - h:.1f} {w:.1f} {h:.1f} re f 0 g")

    def checkbox(self, x: float, y: float, side: float) -> None:
        """An empty box to tick."""
        self.code.append(f"0.8 w {x:.1f} {self.height - y - side:.1f} {side:.1f} {side:.1f} re S")
        self.note("check", x, y, side, side)

    def circle(self, cx: float, cy: float, radius: float, label: str) -> None:
        """An empty bubble; its place goes into the sheet's map of marks."""
        x, y = cx, self.height - cy
        path = [f"0.6 w {x + radius:.2f} {y:.2f} m"]
        for quarter in _QUARTERS:
            places = (f"{x + dx * radius:.2f} {y + dy * radius:.2f}" for dx, dy in quarter)
            path.append(" ".join(places) + " c")
        self.code.append(" ".join(path) + " S")
        box = Box("bubble", cx - radius, cy - radius, 2 * radius, 2 * radius, label)
        self.marks.append(box)
        if self.press.recording:
            self.boxes.append(box)

    def symbol(self, x: float, y: float, module: float, drawn: tuple[int, str]) -> None:
        """A square symbol and its keep-out of 4 modules on every side."""
        modules, bars = drawn
        side = modules * module
        bottom = self.height - y - side
        self.code.append(f"q {module:.4f} 0 0 {module:.4f} {x:.2f} {bottom:.2f} cm\n{bars} f Q")
        quiet = 4 * module
        self.note("keep-out", x - quiet, y - quiet, side + 2 * quiet, side + 2 * quiet)
        self.note("symbol", x, y, side, side)

    def lay(self, stamp: Stamp, x: float, y: float, label: str = "") -> None:
        """Put a stamp with its origin at (x, y); its marks are named by `label`."""
        name = self.press.place(stamp)
        self.forms.append(stamp.name)
        self.code.append(f"q 1 0 0 1 {x:.1f} {self.height - y:.1f} cm /{name} Do Q")
        for mark in stamp.plate.marks:
            self.marks.append(
                Box(mark.kind, mark.x + x, mark.y + y, mark.w, mark.h, label + mark.label)
            )
        if self.press.recording:
            self.boxes.extend(box.moved(x, y) for box in stamp.plate.boxes)

    def note(self, kind: str, x: float, y: float, w: float, h: float, label: str = "") -> None:
        """Record a box for the proofs, when the press records."""
        if self.press.recording:
            self.boxes.append(Box(kind, x, y, w, h, label))


@dataclass(frozen=True, slots=True)
class Stamp:
    """A plate that is written once and laid many times."""

    name: str
    plate: Plate


class Press:
    """One PDF document in the making, with its fonts, its stamps and its glyph gate."""

    def __init__(self, title: str, *, language: str = "fr", recording: bool = False) -> None:
        fonts()
        self.recording = recording
        self.gate = Gate()
        self._out = io.BytesIO()
        self._canvas = Canvas(
            self._out, invariant=1, pageCompression=1, initialFontName=FILES[0], lang=language
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor("Cyber Kit")
        self._canvas.setSubject("")
        self._canvas.setCreator("Cyber Kit")
        self._canvas.setProducer("Cyber Kit")
        self._stamps: dict[object, Stamp] = {}
        self._placed: dict[str, str] = {}
        self._wrapped: dict[tuple[tuple[Run, ...], float, float], list[TextLine]] = {}
        self._shown: dict[tuple[int, str, float], list[str]] = {}

    def wrap(self, runs: tuple[Run, ...], size: float, room: float) -> list[TextLine]:
        """Lines of a column `room` points wide; the same question has the same answer."""
        key = (runs, size, room)
        known = self._wrapped.get(key)
        if known is None:
            known = self._wrapped[key] = wrap(self.gate, runs, size, room)
        return known

    def line(self, text: str, size: float, bold: bool = False) -> TextLine:
        """One line that is not broken; for engine texts whose room is known to suffice."""
        return self.wrap(((text, bold),), size, 1e6)[0]

    def stamp(self, key: object, draw: Callable[[Plate], None]) -> Stamp:
        """The stamp of this key, drawn at its first use."""
        known = self._stamps.get(key)
        if known is None:
            plate = Plate(self, 0, 0)
            draw(plate)
            known = self._stamps[key] = Stamp(f"S{len(self._stamps)}", plate)
        return known

    def place(self, stamp: Stamp) -> str:
        """The stamp's name inside the document; written there at its first use."""
        name = self._placed.get(stamp.name)
        if name is None:
            canvas = self._canvas
            canvas.beginForm(stamp.name, -1200, -1200, 1200, 1200)
            canvas._code.extend(stamp.plate.code)
            canvas._formsinuse.extend(stamp.plate.forms)
            canvas.endForm()
            name = self._placed[stamp.name] = str(canvas._doc.getXObjectName(stamp.name))
        return name

    def shown(self, face: int, text: str, size: float) -> list[str]:
        """Operators that show text in one face at the current text position."""
        known = self._shown.get((face, text, size))
        if known is None:
            doc, font = self._canvas._doc, fonts()[face]
            known = []
            for subset, part in font.splitString(text, doc):
                name = font.getSubsetInternalName(subset, doc)
                known.append(f"{name} {size} Tf ({self._canvas._escape(part)}) Tj")
            self._shown[face, text, size] = known
        return known

    def bind(self, plate: Plate) -> None:
        """Make the plate the next page of the document."""
        canvas = self._canvas
        canvas.setPageSize((plate.width, plate.height))
        canvas._code.extend(plate.code)
        canvas._formsinuse.extend(plate.forms)
        canvas.showPage()

    def finish(self) -> bytes:
        """The PDF. The press is spent afterwards."""
        self._canvas.save()
        return self._out.getvalue()


def _joined(line: TextLine) -> list[tuple[int, str]]:
    """Pieces of one face each, spaces included, in the order of drawing."""
    joined: list[tuple[int, str]] = []
    for place, word in enumerate(line.words):
        pieces = word.pieces
        if place and word.space:
            pieces = ((pieces[0][0] % 2, " "), *pieces)
        for face, text in pieces:
            if joined and joined[-1][0] == face:
                joined[-1] = (face, joined[-1][1] + text)
            else:
                joined.append((face, text))
    return joined


def _said(line: TextLine) -> str:
    return "".join(text for _, text in _joined(line))
