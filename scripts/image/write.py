"""Writing an image to a stick: what is refused, what is shown, and the proof by reading back.

Nothing is written unless the person names the very serial number that the device says. Not for:
cloning from a running kit (`kit.stick.clone`).
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from kit.stick import layout
from scripts.image import tools
from scripts.image.identity import new_identity

COLUMNS = "NAME,PATH,TYPE,RM,HOTPLUG,RO,SIZE,MODEL,SERIAL,TRAN,MOUNTPOINTS"
CARRIED = ("usb", "mmc")
BLOCK = 4 * layout.MIB


class Device(NamedTuple):
    """A block device as the system describes it."""

    path: str
    kind: str
    removable: bool
    read_only: bool
    size: int
    model: str
    serial: str
    mounted: tuple[str, ...]

    def shown(self) -> str:
        """For a person: model, size, number."""
        return (
            f"{self.path}: {self.model or 'unknown model'}, {self.size / 1e9:.1f} GB,"
            f" serial {self.serial or 'unknown'}"
        )


def describe(said: str) -> Device:
    """The device of what `lsblk --json --bytes` prints for it."""
    entry: dict[str, Any] = json.loads(said)["blockdevices"][0]

    def places(item: dict[str, Any]) -> list[str]:
        own = [place for place in item.get("mountpoints") or [] if place]
        return own + [place for child in item.get("children") or [] for place in places(child)]

    carried = entry.get("tran") in CARRIED or str(entry.get("name", "")).startswith("mmcblk")
    return Device(
        path=str(entry["path"]),
        kind=str(entry.get("type")),
        removable=bool(entry.get("rm")) or (bool(entry.get("hotplug")) and carried),
        read_only=bool(entry.get("ro")),
        size=int(entry["size"]),
        model=str(entry.get("model") or "").strip(),
        serial=str(entry.get("serial") or "").strip(),
        mounted=tuple(places(entry)),
    )


def refusal(device: Device, serial: str, least: int) -> str:
    """Why nothing is written to this device; empty where it may be."""
    bars = (
        (device.kind != "disk", "is not a whole disk"),
        (not device.removable, "is not removable"),
        (bool(device.mounted), f"is mounted at {', '.join(device.mounted)}"),
        (device.read_only, "is write-protected"),
        (device.size < least, f"is too small: {least / 1e9:.0f} GB are needed"),
        (not device.serial, "tells no serial number"),
        (serial != device.serial, "has another serial number: say --yes-erase SERIAL"),
    )
    for is_bar, why in bars:
        if is_bar:
            return why
    return ""


def write(image: Path, name: str, serial: str, progress: Callable[[int, int], None]) -> str:
    """Write, read back, give the stick its own identity. The line that was shown.

    Raises Fault for every refusal, before the first byte.
    """
    said = tools.run(["lsblk", "--json", "--bytes", "--output", COLUMNS, name]).decode()
    device = describe(said)
    least = max(layout.SMALLEST_STICK, image.stat().st_size)
    if why := refusal(device, serial, least):
        raise tools.Fault(f"{device.shown()}\n  {why}; nothing was written")
    print(device.shown())
    copy(image, Path(device.path), progress)
    command = ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel"]
    tools.run([*command, "--relocate", "gpt-bak-std", device.path])
    new_identity(Path(device.path), lambda: str(uuid.uuid4()))
    return device.shown()


def copy(image: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    """Copy and read back; Fault when the stick does not give back what it was given."""
    size = image.stat().st_size
    told = hashlib.sha256()
    flags = os.O_WRONLY | os.O_CLOEXEC | (os.O_EXCL if target.is_block_device() else 0)
    out = os.open(target, flags)
    try:
        with image.open("rb") as source:
            done = 0
            while block := source.read(BLOCK):
                told.update(block)
                view = memoryview(block)
                while view:
                    view = view[os.write(out, view) :]
                done += len(block)
                progress(done, 2 * size)
        os.fsync(out)
    finally:
        os.close(out)
    back = hashlib.sha256()
    with target.open("rb") as source:
        os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        done = 0
        while done < size and (block := source.read(min(BLOCK, size - done))):
            back.update(block)
            done += len(block)
            progress(size + done, 2 * size)
    if back.digest() != told.digest():
        raise tools.Fault(f"{target} does not give back what was written: throw it away")
