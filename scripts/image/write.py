"""Writing an image to a stick, or to a laptop's own disk: what is shown, and the proof by reading.

Nothing is written unless the person names the very serial number that the device says; for an
internal disk the number is typed after everything on the disk has been shown. Not for: cloning from
a running kit (`kit.stick.clone`); what a disk is and why it is refused (`device`).
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.core.errors import KitError
from kit.stick import layout
from scripts.image import device, tools
from scripts.image.device import Device
from scripts.image.identity import new_identity
from scripts.image.sentences import _, of_kit

BLOCK = 4 * layout.MIB
LIES = "IMG-046"
Ask = Callable[[str], str]
"""Put a question to the person; raises EOFError where nobody can answer."""


def write(
    image: Path,
    name: str,
    serial: str,
    progress: Callable[[int, int], None],
    ask: Ask | None = None,
    prove: Callable[[], None] = lambda: None,
) -> str:
    """Write, read back, give the disk its own identity. The line that was shown.

    ask: an internal disk may be written too; what stands on it is shown and its serial asked for,
    whatever `serial` says. prove: raises where the image is not the release's. Raises Fault for
    every refusal, before the first byte; IMG-046 to IMG-048 where the disk is spoiled.
    """
    least = max(layout.SMALLEST_STICK, image.stat().st_size)
    found = device.look(name)
    laptop = ask is not None
    # Nobody waits for the proof of an image that cannot go onto this disk.
    free(found, serial or (found.serial if laptop else ""), least, laptop=laptop)
    prove()
    if ask is not None:
        serial = typed(found, ask)
        if device.look(name) != found:
            raise device.barred(found, "IMG-043")
    free(found, serial, least, laptop=laptop)
    print(found.shown(), flush=True)
    with unfinished(found.path):
        copy(image, Path(found.path), progress)
        command = ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel"]
        tools.run([*command, "--relocate", "gpt-bak-std", found.path])
        new_identity(Path(found.path), lambda: str(uuid.uuid4()))
    return found.shown()


@contextmanager
def unfinished(path: str) -> Iterator[None]:
    """From the first byte on, what stops the work leaves a stick that does not start: say so."""
    try:
        yield
    except KeyboardInterrupt:
        raise tools.Fault("IMG-047", path=path) from None
    except OSError as fault:
        raise tools.Fault("IMG-048", path=path, reason=fault.strerror) from None
    except KitError as fault:
        raise tools.Fault("IMG-048", path=path, reason=of_kit(fault)) from None
    except tools.Fault as fault:
        if fault.code == LIES:
            raise
        raise tools.Fault("IMG-048", path=path, reason=str(fault)) from None


def free(found: Device, serial: str, least: int, *, laptop: bool) -> None:
    """Fault unless the disk may be overwritten."""
    why = device.refusal(found, serial, least, laptop=laptop, running=device.is_running(found))
    if why is None and device.is_claimed(Path(found.path)):
        why = device.barred(found, "IMG-042")
    if why is not None:
        raise why


def typed(found: Device, ask: Ask) -> str:
    """The serial number that the person types, having seen what would be lost."""
    lost = _("Everything on this disk will be erased. It cannot be brought back:")
    print(f"{found.shown()}\n{lost}\n{found.contents()}")
    question = _("Type the whole serial number of the disk to erase it, or nothing to leave: ")
    try:
        return ask(question).strip()
    except EOFError:
        return ""


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
        raise tools.Fault(LIES, path=target)
