"""How this programme starts itself again: through its interpreter, or frozen, through itself.

A frozen programme has no interpreter to give `-m` to: its executable takes the command line's words
at once, and one word more, `READER`, that stands for the limited reader. The frozen interpreter is
isolated by its making (no user packages, no settings from the environment, no current folder on its
path), which is what `-s -P` ask of an ordinary one. Not for: whether to start anything.
"""

from __future__ import annotations

import sys

import msgspec

READER = "courier-reader"
"""First argument of the frozen programme that makes it the limited reader of foreign files."""


class Programme(msgspec.Struct, frozen=True):
    """One way to be started: the path of what is run, and whether the kit is frozen into it."""

    executable: str
    frozen: bool

    def command(self, *words: str) -> list[str]:
        """The argument list that runs these words of the command line, e.g. `node --stdio`."""
        if self.frozen:
            return [self.executable, *words]
        return [self.executable, "-m", "kit.cli", *words]

    def reader(self, folder: str) -> list[str]:
        """The argument list of the limited reader of one folder, with nothing of the user's."""
        if self.frozen:
            return [self.executable, READER, folder]
        return [self.executable, "-s", "-P", "-m", "kit.sync.courier_reader", folder]


def this_programme() -> Programme:
    """What runs now, as the interpreter says it; `sys.frozen` is set by the freezer alone."""
    return Programme(sys.executable, bool(getattr(sys, "frozen", False)))
