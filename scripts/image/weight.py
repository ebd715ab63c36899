"""What the bytes of the compressed root are: a table by kind, each kind compressed by itself.

Not for: bars (`gates`).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from scripts.image import overlay, tools
from scripts.image.recipe import PACKAGING, Made
from scripts.image.squash import COMPRESSION

KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Cyber Kit (application, Python, Qt)", ("opt/cyber-kit",)),
    ("firmware: Wi-Fi, network, graphics, processors", ("usr/lib/firmware",)),
    ("kernel modules", ("usr/lib/modules",)),
    (
        "printer drivers and their tables",
        (
            "usr/share/ppd",
            "usr/lib/cups/driver",
            "usr/share/gutenprint",
            "usr/share/cups/drv",
            "usr/share/hplip",
            "usr/share/foomatic",
            "usr/lib/cups/filter",
        ),
    ),
    ("fonts", ("usr/share/fonts",)),
    ("page rendering for printers", ("usr/share/ghostscript", "usr/share/poppler")),
)
REST = "system: systemd, libraries, network, screen, tools"


class Weight(NamedTuple):
    """One kind. plain, packed: bytes before and after compression."""

    kind: str
    plain: int
    packed: int


def weigh(tree: Path, compression: str) -> list[Weight]:
    """Each kind compressed by itself; their sum is a little more than the whole."""
    left_out = overlay.system(PACKAGING)["leave_out"]["paths"]
    found = []
    taken: list[str] = []
    for kind, wanted in KINDS:
        there = [place for place in wanted if (tree / place).exists()]
        if there:
            found.append(Weight(kind, _plain(tree, there), _packed(tree, there, [], compression)))
            taken += there
    places = sorted(path.name for path in tree.iterdir() if not path.is_symlink())
    plain = _plain(tree, places) - sum(one.plain for one in found)
    found.append(Weight(REST, plain, _packed(tree, places, [*left_out, *taken], compression)))
    return sorted(found, key=lambda one: -one.packed)


def table(made: Made, compression: str) -> str:
    """The table for a document, in megabytes of 10⁶ bytes."""
    rows = [*weigh(made.tree, compression)]
    for name in ("vmlinuz", "initrd"):
        size = (made.kernel / name).stat().st_size
        rows.append(Weight(f"{name} (on the boot partition, already packed)", size, size))
    lines = ["| what | MB in files | MB compressed |", "|---|---|---|"]
    lines += [f"| {one.kind} | {one.plain / 1e6:.1f} | {one.packed / 1e6:.1f} |" for one in rows]
    whole = (made.squashfs / "root.squashfs").stat().st_size
    parts = [(made.kernel / name).stat().st_size for name in ("vmlinuz", "initrd")]
    lines.append(f"| **the squashfs as it is** | | **{whole / 1e6:.1f}** |")
    lines.append(f"| **root, kernel and initrd** | | **{(whole + sum(parts)) / 1e6:.1f}** |")
    return "\n".join(lines)


def _plain(tree: Path, places: list[str]) -> int:
    return sum(
        path.lstat().st_size
        for place in places
        for path in (tree / place).rglob("*")
        if path.is_file() and not path.is_symlink()
    )


def _packed(tree: Path, places: list[str], but: list[str], compression: str) -> int:
    folder = Path(tempfile.mkdtemp(prefix="kit-weight-"))
    try:
        out = folder / "one"
        words: list[str | Path] = ["mksquashfs", *(tree / place for place in places), out]
        words += ["-noappend", "-no-progress", *COMPRESSION[compression]]
        if but:
            words += ["-wildcards", "-e", *but]
        tools.run(words)
        return out.stat().st_size
    finally:
        shutil.rmtree(folder)
