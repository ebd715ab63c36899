"""Where root's small server finds the system: /sys, /dev, /proc, its own places in /run.

Every path of this package goes through here, so that a test gives it a folder instead of a machine.
Not for: what is found there (`disks`), nor for programmes (`commands`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

KIT_USER = 1000
"""The one user of the image (`kit`); nobody else but root may speak to the keeper."""
MAPPED = "kit-data"
"""The opened persistence under /dev/mapper."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine as files under `root`. owner: the user whom the kit's own folders belong to."""

    root: Path = field(default=Path("/"))
    owner: int = KIT_USER

    @property
    def sys(self) -> Path:
        """What the kernel says of its devices."""
        return self.root / "sys"

    @property
    def run(self) -> Path:
        """The keeper's own folder, gone at power-off."""
        return self.root / "run/kit"

    @property
    def persist(self) -> Path:
        """Where the persistence is mounted."""
        return self.root / "persist"

    @property
    def esp(self) -> Path:
        """Where this stick's ESP is mounted, for root alone, read-only but for moments."""
        return self.run / "esp"

    @property
    def media(self) -> Path:
        """Where other sticks are mounted, one folder each."""
        return self.run / "media"

    @property
    def seed(self) -> Path:
        """A copy of the sealed kit that a prepared stick carries, in memory."""
        return self.run / "seed"

    @property
    def mapped(self) -> Path:
        """The opened persistence as a block device."""
        return self.device(f"mapper/{MAPPED}")

    def device(self, name: str) -> Path:
        """The device file of a kernel name."""
        return self.root / "dev" / name

    def proc(self, name: str) -> str:
        """A text of /proc; empty where there is none."""
        return read(self.root / "proc" / name)


def read(path: Path) -> str:
    """A short text of /sys or /proc without its end of line; empty where it cannot be read."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def number(path: Path) -> int:
    """A whole number of /sys; 0 where there is none."""
    text = read(path)
    return int(text) if text.isascii() and text.isdigit() else 0
