"""A stick with two slots for the boot tests: slot B holds what slot A holds.

Not for: updates of a real stick (`kit.stick.apply`), which write, read back and then change over.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kit.stick import layout
from scripts.image.qemu_disk import Esp, place

AT_ONCE = 16 * layout.MIB


def write_slot_b(stick: Path) -> None:
    """Add the partitions of slot B and copy slot A into them, with its files on the ESP."""
    _add_partitions(stick)
    for kind in (layout.ROOT, layout.VERITY):
        copy_part(stick, kind["a"], kind["b"])
    esp = Esp(stick)
    for name in layout.SLOT_FILES:
        data = esp.read(layout.slot_file("a", name))
        esp.make_folder("kit/b")
        esp.write(layout.slot_file("b", name), data)


def copy_part(disk: Path, one: str, other: str) -> None:
    """Copy a partition's bytes over another's; holes stay holes where they can."""
    start, size = place(one)
    to, room = place(other)
    if size > room:
        raise ValueError(f"{one} does not fit into {other}")
    with disk.open("r+b") as file:
        for done in range(0, size, AT_ONCE):
            file.seek(start + done)
            data = file.read(min(AT_ONCE, size - done))
            if data.strip(b"\0"):
                file.seek(to + done)
                file.write(data)


def _add_partitions(stick: Path) -> None:
    """Slot B's partitions, as the first start on a stick adds them."""
    lines = [
        f"start={place(part.label)[0] // layout.SECTOR}, size={part.size // layout.SECTOR},"
        f' type={part.type_guid}, name="{part.label}"'
        for part in layout.PARTS
        if part.label in {layout.ROOT["b"], layout.VERITY["b"]}
    ]
    for words, given in (
        (["--relocate", "gpt-bak-std"], ""),
        (["--append", "--no-reread", "--no-tell-kernel"], "\n".join(lines) + "\n"),
    ):
        subprocess.run(
            ["sfdisk", "--quiet", *words, str(stick)],
            input=given.encode(), capture_output=True, check=True, timeout=60,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
