"""The workshop: each step's result kept under the hash of what it was made from.

A step writes into a folder of its own that gets its name only when the step is complete, so an
interrupted build goes on where it stopped and never takes half a result for a whole one. Not for:
what a step does.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.image.progress import Progress

KEEP = 2
"""Results of one step that stay in the cache, the newest; the others are only disk."""
DONE = ".done"
LOG = "build.log"


class Workshop:
    """The cache folder and the telling of progress."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder = folder
        self.progress = progress
        self.keys: dict[str, str] = {}
        (folder / "steps").mkdir(parents=True, exist_ok=True)

    def make(self, name: str, inputs: Mapping[str, object], work: Callable[[Path], None]) -> Path:
        """The folder with the step's result, made now or found.

        inputs: everything that the result depends on, as plain values; `work` gets an empty folder.
        """
        key = step_key(name, inputs)
        self.keys[name] = key
        place = self.folder / "steps" / f"{name}-{key[:20]}"
        if (place / DONE).exists():
            self.progress.found(name)
            (place / DONE).touch()
            return place
        self.progress.begins(name)
        half = place.with_suffix(".half")
        for old in (half, place):
            remove(old)
        half.mkdir()
        started = time.monotonic()
        work(half)
        half.replace(place)
        seconds = round(time.monotonic() - started, 1)
        (place / DONE).write_text(json.dumps({"seconds": seconds, "inputs": dict(inputs)}) + "\n")
        self._prune(name, place)
        self.progress.ended(name, seconds)
        return place

    def _prune(self, name: str, newest: Path) -> None:
        def age(path: Path) -> float:
            mark = path / DONE
            return mark.stat().st_mtime if mark.exists() else 0.0

        places = [
            path
            for path in (self.folder / "steps").glob(f"{name}-*")
            if path != newest and path.suffix != ".half"
        ]
        for old in sorted(places, key=age, reverse=True)[KEEP - 1 :]:
            remove(old)


def step_key(name: str, inputs: Mapping[str, object]) -> str:
    """SHA-256 over a step's name and inputs."""
    text = json.dumps([name, dict(inputs)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def remove(path: Path) -> None:
    """Delete a folder of the cache, or nothing."""
    if path.exists():
        shutil.rmtree(path)


def code_hash(*modules: str) -> str:
    """SHA-256 over the text of modules of this package: a change of the recipe is an input too."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update((Path(__file__).parent / f"{module}.py").read_bytes())
    return digest.hexdigest()
