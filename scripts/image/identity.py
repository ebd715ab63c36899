"""One image becomes many sticks: partition identities of its own, and a prepared kit's seed.

Both are cheap patches of a finished image; nothing that the manifest speaks of changes, and nothing
of one stick is ever in the common root. Not for: making the kits (`kit fleet prepare`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from kit.stick import esp as stick_esp
from kit.stick import layout
from kit.stick.boot import environment
from kit.stick.boot_image import EspImage
from kit.stick.table import Disk
from scripts.image import tools
from scripts.image.disk import start_of

KIT_FILE = "kit.toml"
MOST = stick_esp.LARGEST_SEED


def kits(folder: Path) -> list[Path]:
    """Sealed kits of a prepared fleet: folders with key slots, by name."""
    if not folder.is_dir():
        raise tools.Fault("IMG-019", path=folder)
    found = [
        path for path in sorted(folder.iterdir()) if path.is_dir() and (path / "slots.a").exists()
    ]
    if not found:
        raise tools.Fault("IMG-020", path=folder)
    return found


def new_identity(image: Path, draw: Callable[[], str]) -> None:
    """Give an image or a stick GUIDs of its own, in the table and in GRUB's environment."""
    parts = {layout.ROOT["a"]: draw(), layout.VERITY["a"]: draw()}
    command = ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel"]
    tools.run([*command, "--disk-id", image, draw()])
    for part in layout.IMAGE_PARTS:
        guid = parts.get(part.label) or draw()
        tools.run([*command, "--part-uuid", image, str(part.number), guid])
    with Disk(image, writing=True) as disk:
        partition = EspImage(disk)
        variables = dict(environment(partition) or {})
        for label, guid in parts.items():
            variables[layout.UUID_VARIABLES[label]] = guid.lower()
        partition.write_env(variables)
        disk.flush()


def seed_files(home: Path) -> dict[str, Path]:
    """Files of a sealed kit that travel: place on the ESP → file."""
    found = {
        f"{layout.SEED}/{path.relative_to(home).as_posix()}": path
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name not in stick_esp.LEFT_BEHIND
    }
    size = sum(path.stat().st_size for path in found.values())
    if size > MOST:
        raise tools.Fault("IMG-021", path=home, size=size, most=MOST)
    return found


def plant(image: Path, home: Path) -> None:
    """Put a sealed kit on the ESP of an image."""
    at = f"{image}@@{start_of(layout.ESP)}"
    made: set[str] = set()
    for place, path in seed_files(home).items():
        parents = [str(one) for one in Path(place).parents if str(one) not in (".", "kit")]
        for folder in reversed(parents):
            if folder not in made:
                tools.run(["mmd", "-D", "s", "-i", at, f"::/{folder}"])
                made.add(folder)
        tools.run(["mcopy", "-i", at, path, f"::/{place}"])


def fleet(image: Path, folder: Path, draw: Callable[[], str]) -> list[Path]:
    """One image for each kit of a prepared fleet, beside the common one."""
    made = []
    for home in kits(folder):
        out = image.with_name(f"{image.stem}-{home.name}{image.suffix}")
        half = out.with_name(out.name + ".half")
        with tools.removed_if_cut(half):
            tools.run(["cp", "--sparse=always", "--reflink=auto", image, half])
            half.chmod(0o600)
            new_identity(half, draw)
            plant(half, home)
            half.replace(out)
        made.append(out)
    return made


def room_for(folder: Path, image: Path) -> None:
    """Fault unless the disk holds one image for each kit."""
    count = len(kits(folder))
    wanted = count * image.stat().st_blocks * 512
    free = shutil.disk_usage(image.parent).free
    if wanted > free:
        raise tools.Fault("IMG-022", count=count, wanted=wanted, free=free)
