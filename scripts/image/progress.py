"""What a build says while it works: one line a step, for a person or as JSON lines."""

from __future__ import annotations

import json
import sys
from typing import Any

from kit.core.command import N_
from scripts.image.sentences import _

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


NAMES = {
    "fetch": N_("packages"),
    "freeze": N_("application"),
    "root": N_("Debian"),
    "overlay": N_("settings"),
    "initrd": N_("start-up"),
    "squashfs": N_("compression"),
    "verity": N_("seal"),
    "core": N_("boot"),
    "boot": N_("boot"),
    "esp": N_("boot"),
    "gpt": N_("disk"),
    "manifest": N_("manifest"),
    "sign": N_("signature"),
    "fleet": N_("fleet"),
}
"""What a person reads; the JSON lines keep the names."""


class Progress:
    """Tells the steps. mode: `plain` or `json`."""

    def __init__(self, mode: str = "plain") -> None:
        self.mode = mode

    def begins(self, step: str) -> None:
        self._say(step, "begins", _("begins…"))

    def found(self, step: str) -> None:
        self._say(step, "cached", _("already made"))

    def ended(self, step: str, seconds: float) -> None:
        self._say(step, "done", _("done in {seconds} s").format(seconds=seconds), seconds=seconds)

    def note(self, step: str, text: str) -> None:
        self._say(step, "note", text)

    def _say(self, step: str, state: str, text: str, **more: Any) -> None:
        if self.mode == "json":
            line = json.dumps({"step": step, "state": state, "text": text, **more})
        else:
            place = f"{STEPS.index(step) + 1:2}/{len(STEPS)}" if step in STEPS else "     "
            line = f"[{place}] {_(NAMES.get(step, step)):13} {text}"
        print(line, file=sys.stderr, flush=True)
