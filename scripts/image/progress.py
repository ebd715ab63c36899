"""What a build says while it works: one line a step, for a person or as JSON lines."""

from __future__ import annotations

import json
import sys
from typing import Any

STEPS = (
    "fetch",
    "freeze",
    "root",
    "overlay",
    "initrd",
    "squashfs",
    "verity",
    "esp",
    "gpt",
    "manifest",
    "sign",
)


class Progress:
    """Tells the steps. mode: `plain` or `json`."""

    def __init__(self, mode: str = "plain") -> None:
        self.mode = mode

    def begins(self, step: str) -> None:
        self._say(step, "begins", "…")

    def found(self, step: str) -> None:
        self._say(step, "cached", "already made")

    def ended(self, step: str, seconds: float) -> None:
        self._say(step, "done", f"{seconds} s", seconds=seconds)

    def note(self, step: str, text: str) -> None:
        self._say(step, "note", text)

    def _say(self, step: str, state: str, text: str, **more: Any) -> None:
        if self.mode == "json":
            line = json.dumps({"step": step, "state": state, "text": text, **more})
        else:
            place = f"{STEPS.index(step) + 1:2}/{len(STEPS)}" if step in STEPS else "     "
            line = f"[{place}] {step:9} {text}"
        print(line, file=sys.stderr, flush=True)
