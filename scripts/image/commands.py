"""The sub-commands of `build_usb_image.py`: words of the command line, and who does it.

Not for: how it is done (each step's module).
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import sys
from datetime import date
from pathlib import Path
from typing import Any

import kit
from kit.core.command import N_
from kit.core.errors import KitError
from kit.stick import layout, signature
from scripts.image import (
    finish,
    identity,
    overlay,
    progress,
    proof,
    recipe,
    release,
    squash,
    tools,
    write,
)  # fmt: skip
from scripts.image.cache import Workshop
from scripts.image.qemu_boot import add_boot
from scripts.image.sentences import _, of_kit

__all__ = ["add_boot", "add_build", "add_others", "add_plan", "options_of", "size_of"]

OK, FAILED, USAGE = 0, 1, 2
WRITING = ("lsblk", "sfdisk", "mcopy", "mdir")
PLANTING = ("cp", "mcopy", "mmd", "sfdisk")
NOT_ASKED = N_(
    "No list of trusted keys was given (--ring): the image was checked for damage, not for its"
    " signature."
)
CACHE = recipe.REPOSITORY / "build/image-cache"
RING = recipe.PACKAGING / "release-keys.json"
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
Acts = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_build(acts: Any) -> None:
    """`build`, the default."""
    asked = acts.add_parser("build", help="build the image (also without this word)")
    _recipe_options(asked)
    asked.add_argument(
        "--fleet", type=Path, metavar="DIR", help="also one image for each kit there"
    )
    asked.add_argument("--sign", type=Path, metavar="KEY", help="file of an Ed25519 seed, mode 600")
    asked.add_argument("--ring", type=Path, help="the keys that kits trust (release-keys.json)")
    asked.add_argument("--progress", choices=("plain", "json"), default="plain")
    asked.set_defaults(run=build)


def add_plan(acts: Any) -> None:
    """`plan`."""
    asked = acts.add_parser("plan", help="say what would be built; touch nothing")
    _recipe_options(asked)
    asked.set_defaults(run=plan)


def add_others(acts: Any) -> None:
    """`verify`, `write`, `fleet`, `weigh`, `key`."""
    asked = acts.add_parser("verify", help="check an image or a stick against its manifest")
    asked.add_argument("image", type=Path)
    asked.add_argument("--ring", type=Path, help="the keys to trust (release-keys.json)")
    asked.set_defaults(run=verify)
    asked = acts.add_parser("write", help="write an image to a stick, and read it back")
    asked.add_argument("image", type=Path)
    asked.add_argument("--device", required=True, help="the whole stick, e.g. /dev/sdX")
    asked.add_argument("--yes-erase", default="", metavar="SERIAL", help="its serial number")
    asked.add_argument("--ring", type=Path, help="the keys to trust (release-keys.json)")
    asked.add_argument(
        "--laptop",
        action="store_true",
        help="the disk may be a laptop's own: all that is on it is shown (Windows too) and lost"
        " once its serial number is typed; never the disk that runs or is in use",
    )
    asked.set_defaults(run=write_stick)
    asked = acts.add_parser("fleet", help="one image for each kit that `kit fleet prepare` made")
    asked.add_argument("image", type=Path)
    asked.add_argument("folder", type=Path)
    asked.set_defaults(run=make_fleet)
    asked = acts.add_parser("weigh", help="what the bytes of the compressed root are")
    _recipe_options(asked)
    asked.set_defaults(run=weigh)
    asked = acts.add_parser("key", help="make a release key; says its public half")
    asked.add_argument("file", type=Path)
    asked.set_defaults(run=make_key)


def _recipe_options(asked: argparse.ArgumentParser) -> None:
    asked.add_argument("--out", type=Path, default=Path("kit.img"))
    asked.add_argument("--size", type=size_of, default=0, help="of the image, e.g. 16G")
    asked.add_argument("--snapshot", type=_day, metavar="DATE", help="packages as of this day")
    asked.add_argument("--profile", choices=tuple(recipe.PROFILES), default="standard")
    asked.add_argument("--compress", choices=tuple(squash.COMPRESSION))
    asked.add_argument("--cache", type=Path, default=CACHE)
    asked.add_argument("--app", type=Path, metavar="DIR", help="a frozen tree, instead of freezing")
    asked.add_argument("--lock", type=Path, help="packages.lock to build from")
    asked.add_argument("--relock", action="store_true", help="choose packages anew, write the lock")
    asked.add_argument("--epoch", type=int, default=0, help="SOURCE_DATE_EPOCH")
    asked.add_argument(
        "--archive",
        action="append",
        default=[],
        metavar="'URI SUITE COMPONENTS'",
        help="where packages come from; without it, this machine's apt configuration",
    )


def size_of(text: str) -> int:
    """Bytes of `16G` or `8000M`."""
    match = re.fullmatch(r"(\d+)([KMG]?)", text.upper().removesuffix("B"))
    if match is None:
        raise argparse.ArgumentTypeError(_("not a size: {text} (16G, 8000M)").format(text=text))
    return int(match[1]) * UNITS[match[2]]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("not a day: {text} (2026-11-28)").format(text=text)
        ) from None


def options_of(asked: argparse.Namespace) -> recipe.Options:
    """The build's options."""
    return recipe.Options(
        out=asked.out.absolute(),
        cache=asked.cache.absolute(),
        profile=asked.profile,
        size=asked.size,
        snapshot=asked.snapshot,
        archives=tuple(asked.archive),
        lock=asked.lock,
        relock=asked.relock,
        application=asked.app,
        compression=asked.compress,
        epoch=asked.epoch,
    )


def build(asked: argparse.Namespace) -> int:
    """Build the image, and the fleet's when it is asked for."""
    if missing := tools.missing(recipe.NEEDED):
        print(missing, file=sys.stderr)
        return USAGE
    if os.geteuid() != 0:
        print(tools.Fault("IMG-007"), file=sys.stderr)
        return USAGE
    options = options_of(asked)
    _early(asked, options)
    signing = _signing(asked)
    workshop = Workshop(options.cache, progress.Progress(asked.progress))
    made = recipe.Recipe(options, workshop, signing.ring).build()
    finish.finish(made, options, signing, workshop)
    if asked.fleet:
        finish.fleet(options.out, asked.fleet, workshop)
    return OK


def _early(asked: argparse.Namespace, options: recipe.Options) -> None:
    """What would fail in ten minutes fails now."""
    least = layout.disk_bytes(layout.IMAGE_PARTS)
    if options.size and options.size < least:
        raise tools.Fault("IMG-010", size=options.size, least=least)
    if asked.fleet:
        identity.kits(asked.fleet)
    if options.application is not None and not (options.application / "kit").exists():
        raise tools.Fault("IMG-011", path=options.application)
    if options.out.is_dir() or options.out.is_block_device():
        raise tools.Fault("IMG-012", path=options.out)


def _signing(asked: argparse.Namespace) -> finish.Signing:
    try:
        seed = release.read_key(asked.sign) if asked.sign else None
        given = asked.ring or (RING if RING.exists() else None)
        return finish.Signing(seed, release.ring(seed, given))
    except OSError as fault:
        raise tools.Fault("IMG-013", path=fault.filename, reason=fault.strerror) from None
    except KitError as fault:
        raise tools.Fault("IMG-014", reason=of_kit(fault)) from None


def plan(asked: argparse.Namespace) -> int:
    """Say what would be built."""
    options = options_of(asked)
    head = _("Cyber Kit {version}, profile {profile}, {out}")
    print(head.format(version=kit.__version__, profile=options.profile, out=options.out))
    print(_("moment of the build (epoch): {epoch}").format(epoch=recipe.moment(options)))
    for part in layout.IMAGE_PARTS:
        print(f"  {part.number}  {part.label:14} {part.size // layout.MIB:5} MiB")
    size = options.size or layout.disk_bytes(layout.IMAGE_PARTS)
    print(_("image: {size} bytes").format(size=size))
    count = len(recipe.names(options.profile))
    print(_("packages asked for by name: {count}").format(count=count))
    print(
        _("steps: {steps}").format(
            steps=", ".join(_(progress.NAMES[one]) for one in progress.STEPS)
        )
    )
    if missing := tools.missing(recipe.NEEDED):
        print(missing)
    return OK


def verify(asked: argparse.Namespace) -> int:
    """Check an image or a stick."""
    _there(asked.image)
    wrong = finish.check(asked.image, _ring(asked))
    if wrong:
        last = _(
            "{count} parts of {image} are not as they should be. Nothing was changed. Do not use"
            " it; fetch or make it again, and check the file of --ring."
        )
        print("\n".join([*wrong, last.format(count=len(wrong), image=asked.image)]))
        return FAILED
    print(_("{image}: every part is the release's own.").format(image=asked.image))
    return OK


def _there(image: Path) -> None:
    if not image.exists():
        raise tools.Fault("IMG-025", path=image)


def _ring(asked: argparse.Namespace) -> bytes | None:
    """The keys to trust; None where nobody named any."""
    path = asked.ring or (RING if RING.exists() else None)
    try:
        return path.read_bytes() if path else None
    except OSError as fault:
        raise tools.Fault("IMG-013", path=path, reason=fault.strerror) from None


def write_stick(asked: argparse.Namespace) -> int:
    """Write a stick."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r  {100 * done // total:3} %", end="", file=sys.stderr, flush=True)

    if missing := tools.missing(WRITING):
        raise missing
    _there(asked.image)
    ring = _ring(asked)

    def prove() -> None:
        print(_("The image is being checked before the disk is touched…"), file=sys.stderr)
        proof.prove(asked.image, ring)
        if ring is None:
            print(_(NOT_ASKED), file=sys.stderr)

    ask = input if asked.laptop else None
    said = write.write(asked.image, asked.device, asked.yes_erase, show, ask, prove)
    done = _("The stick is written and was read back without an error: {disk}")
    print(done.format(disk=said))
    return OK


def make_fleet(asked: argparse.Namespace) -> int:
    """One image for each prepared kit."""
    if missing := tools.missing(PLANTING):
        raise missing
    _there(asked.image)
    finish.fleet(asked.image, asked.folder, Workshop(CACHE, progress.Progress()))
    return OK


def weigh(asked: argparse.Namespace) -> int:
    """Say what the bytes are."""
    from scripts.image import weight

    options = options_of(asked)
    workshop = Workshop(options.cache, progress.Progress())
    made = recipe.Recipe(options, workshop, _signing_of_nobody()).build()
    print(weight.table(made, options.compression or recipe.COMPRESSION[options.profile]))
    return OK


def _signing_of_nobody() -> bytes:
    return release.ring(None, RING if RING.exists() else None)


def make_key(asked: argparse.Namespace) -> int:
    """A new release key, in a file that its owner alone can read."""
    seed = secrets.token_bytes(signature.SEED_BYTES)
    try:
        handle = os.open(asked.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise tools.Fault("IMG-015", path=asked.file) from None
    with os.fdopen(handle, "w") as file:
        file.write(seed.hex() + "\n")
    public = signature.public_key(seed)
    half = _("public key {key}, name {name}")
    print(half.format(key=public.hex(), name=signature.key_name(public)))
    trusted = _("{place}: kits trust it once it stands in the list of keys of their system.")
    print(trusted.format(place=overlay.RELEASE))
    return OK
