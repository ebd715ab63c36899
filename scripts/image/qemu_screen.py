"""Looking at a machine's screen: is something painted, in whose colours, and what can be read.

Not for: taking the picture (`qemu_control`), nor what a scenario wants to see.
"""

from __future__ import annotations

import difflib
import io
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PIL import Image

from kit.core.folding import fold

UNIFORM = 0.995
"""A screen of which one colour covers more than this shows nothing."""
ENLARGED = 2
"""Reading needs letters of 20 pixels and more; ours are 10 to 15 high."""
READING_S = 120
LARGE_PX = 16
"""Words of a new phrase are twice as tall as any other text, even those without an ascender."""


@dataclass(frozen=True)
class Word:
    """One word that was read: left, top and height in pixels of the screen."""

    text: str
    left: int
    top: int
    height: int


class Screen:
    """One picture of a screen."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image.convert("RGB")

    @classmethod
    def open(cls, path: Path) -> Screen:
        """The picture in a file, read whole."""
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            return cls(image)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.size

    @cached_property
    def _counted(self) -> list[tuple[int, tuple[int, int, int]]]:
        width, height = self.size
        counted = self.image.getcolors(width * height) or []
        return [(count, (color[0], color[1], color[2])) for count, color in counted]  # type: ignore[index]

    @property
    def uniform(self) -> bool:
        """Whether nothing is shown: black, or a single colour but for a cursor."""
        width, height = self.size
        return max(count for count, _color in self._counted) > UNIFORM * width * height

    @property
    def brightness(self) -> float:
        """How bright the whole screen is, 0 to 255."""
        width, height = self.size
        return sum(count * sum(seen) for count, seen in self._counted) / (3 * width * height)

    def share(self, color: str, near: int = 4) -> float:
        """What part of the screen has this `#RRGGBB`, each channel at most `near` away; 0 to 1."""
        wanted = tuple(bytes.fromhex(color.removeprefix("#")))
        width, height = self.size
        found = sum(
            count
            for count, seen in self._counted
            if all(abs(one - other) <= near for one, other in zip(seen, wanted, strict=True))
        )
        return found / (width * height)

    @property
    def text(self) -> str:
        """Everything that can be read."""
        return "\n".join(word.text for word in self.words)

    @cached_property
    def words(self) -> list[Word]:
        """Every word that can be read."""
        return self.read(ENLARGED)

    def read(self, enlarged: int) -> list[Word]:
        """What tesseract reads in French, so many times enlarged: large words are best as they are.

        Raises FileNotFoundError where it is missing.
        """
        width, height = self.size
        large = self.image.convert("L").resize(
            (width * enlarged, height * enlarged), Image.Resampling.LANCZOS
        )
        held = io.BytesIO()
        large.save(held, "PNG", dpi=(300, 300))
        ran = subprocess.run(
            ["tesseract", "stdin", "stdout", "-l", "fra", "--psm", "11", "tsv"],
            input=held.getvalue(), capture_output=True, check=True, timeout=READING_S,
            # Its threads would wait for one another longer than they read.
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )  # fmt: skip
        return list(_words(ran.stdout.decode("utf-8", "replace"), enlarged))

    def says(self, *wanted: str) -> bool:
        """Whether each of these can be read, whatever the accents, case and spaces."""
        read = bare(self.text)
        return all(bare(text) in read for text in wanted)


def _words(table: str, enlarged: int) -> Iterator[Word]:
    """The words of tesseract's table, in the order of reading."""
    for line in table.splitlines()[1:]:
        fields = line.split("\t")
        if len(fields) == 12 and fields[11].strip():
            left, top, _width, height = (int(field) // enlarged for field in fields[6:10])
            yield Word(fields[11], left, top, height)


def bare(text: str) -> str:
    """Letters and figures only, folded: what survives a poor reading."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def nearest(read: str, known: Sequence[str]) -> str | None:
    """The word of a list that was meant by a word as it was read; None where none is near."""
    found = difflib.get_close_matches(bare(read), known, n=1, cutoff=0.75)
    return found[0] if found else None


def large_words(read: Sequence[Word], known: Sequence[str], count: int) -> list[str] | None:
    """The tallest words of a list, shown in two columns: first the left one, each from the top.

    None unless `count` are there: a word that was not read is not made up.
    """
    tall = [(word, nearest(word.text, known)) for word in read if word.height >= LARGE_PX]
    tall.sort(key=lambda one: -one[0].height)
    found = [(word, meant) for word, meant in tall if meant is not None][:count]
    if len(found) < count:
        return None
    middle = sum(word.left for word, _meant in found) / count
    found.sort(key=lambda one: (one[0].left > middle, one[0].top))
    return [meant for _word, meant in found]
