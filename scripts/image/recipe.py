"""The steps in their order, each with what it depends on: from options to the disk's parts.

Not for: what a step does (its own module), how results are kept (`cache`), the image (`finish`).
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import kit
from kit.stick import layout
from scripts.image import archive, esp, fetch, gates, grub, initrd, overlay, root, squash, tools
from scripts.image.cache import LOG, Workshop, code_hash
from scripts.image.fetch import Package
from scripts.image.sentences import _

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGING = REPOSITORY / "packaging/usb"
PROFILES = {
    "smoke": ("base",),
    "standard": ("base", "standard"),
    "full": ("base", "standard", "full"),
}
COMPRESSION = {"smoke": "fast", "standard": "release", "full": "release"}
NEEDED = (
    "apt-get dpkg-deb mcopy mdir mkfs.vfat mksquashfs mmd mmdebstrap sbverify sfdisk tar unshare"
    " veritysetup zstd"
).split()
DAY_ONE = 1_760_000_000
"""Seconds; the moment of a build outside of any history."""
DAY_S = 86_400


class Options(NamedTuple):
    """What a build is asked for. size: bytes, 0 = the smallest; application: a frozen tree."""

    out: Path
    cache: Path
    profile: str = "standard"
    size: int = 0
    snapshot: str | None = None
    archives: tuple[str, ...] = ()
    lock: Path | None = None
    relock: bool = False
    application: Path | None = None
    compression: str | None = None
    epoch: int = 0


class Made(NamedTuple):
    """What the steps made. Paths are their folders."""

    lock: tuple[Package, ...]
    epoch: int
    tree: Path
    kernel: Path
    squashfs: Path
    verity: Path
    esp: Path
    core: Path
    root_hash: str


def names(profile: str) -> list[str]:
    """Package names of a profile."""
    found = []
    for part in PROFILES[profile]:
        found += fetch.read_list((PACKAGING / f"packages-{part}.txt").read_text())
    return found


def boot_names() -> list[str]:
    """Packages of the boot chain."""
    return fetch.read_list((PACKAGING / "packages-boot.txt").read_text())


def moment(options: Options) -> int:
    """SOURCE_DATE_EPOCH: given, else the snapshot's day, else the last commit, else day one."""
    if options.epoch:
        return options.epoch
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    if options.snapshot:
        return int(dt.datetime.fromisoformat(f"{options.snapshot}T00:00:00+00:00").timestamp())
    command = ["git", "-C", str(REPOSITORY), "log", "-1", "--format=%ct"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(said.stdout.strip() or DAY_ONE) if said.returncode == 0 else DAY_ONE


class Recipe:
    """One build. ring: the keys that the root trusts."""

    def __init__(self, options: Options, workshop: Workshop, ring: bytes) -> None:
        self.options, self.workshop, self.ring = options, workshop, ring
        self.epoch = moment(options)
        self.debs = options.cache / "debs"
        self.rules = overlay.system(PACKAGING)
        self.compression = options.compression or COMPRESSION[options.profile]

    def build(self) -> Made:
        """All steps up to the parts of the disk."""
        lock = self._fetch()
        application = self._freeze()
        tree = self._overlay(self._root(lock), application) / overlay.TREE
        kernel = self._initrd(tree)
        squashfs = self._squashfs(tree)
        verity = self.workshop.make(
            "verity",
            {"squashfs": self.workshop.keys["squashfs"], "code": code_hash("squash")},
            lambda half: squash.protect(half, squashfs / squash.SQUASHFS),
        )
        root_hash = (verity / squash.ROOT_HASH).read_text()
        boot = self._boot(lock, kernel)
        core = self.workshop.make(
            "core",
            {"boot": self.workshop.keys["boot"], "code": code_hash("grub")},
            lambda half: grub.make_core(half, tree, boot),
        )
        part = self._esp(boot, kernel, root_hash)
        return Made(lock, self.epoch, tree, kernel, squashfs, verity, part, core, root_hash)

    def _fetch(self) -> tuple[Package, ...]:
        """The packages, chosen or as a lock names them, with their files in the cache."""
        options, say = self.options, self.workshop.progress
        say.begins("fetch")
        place = options.lock or options.cache / "locks" / _lock_name(options)
        for folder in (self.debs, place.parent):
            folder.mkdir(parents=True, exist_ok=True)
        known = place.exists() and not options.relock
        packages = fetch.read_lock(place.read_text()) if known else ()
        if not known or fetch.absent(packages, self.debs):
            packages = self._download(packages)
        if not known:
            half = place.with_suffix(".half")
            half.write_text(fetch.write_lock(packages))
            half.replace(place)
        say.note(
            "fetch",
            _("{count} packages, listed in {place}").format(count=len(packages), place=place),
        )
        return packages

    def _download(self, packages: tuple[Package, ...]) -> tuple[Package, ...]:
        options = self.options
        sources = archive.sources(list(options.archives), options.snapshot)
        chooser = fetch.Chooser(options.cache / "apt", sources, options.cache / LOG)
        chooser.update()
        packages = packages or chooser.choose(names(options.profile), boot_names())
        lacking = fetch.absent(packages, self.debs)
        say = _("{lacking} of {count} packages to download").format(
            lacking=len(lacking), count=len(packages)
        )
        self.workshop.progress.note("fetch", say)
        chooser.download(lacking, self.debs)
        return packages

    def _freeze(self) -> Path:
        """The application's tree, given or made in a chroot of the image's suite."""
        options = self.options
        if options.application is not None:
            self.workshop.progress.note(
                "freeze", _("{path} is taken as it is").format(path=options.application)
            )
            return options.application
        python = REPOSITORY / ".venv/bin/python"
        command: list[str | Path] = [python if python.exists() else sys.executable]
        command += [REPOSITORY / "scripts/freeze.py", "--work", options.cache / "freeze-work"]
        command += ["--chroot", options.cache / f"freeze-{archive.SUITE}"]
        command += ["--epoch", str(self.epoch)]
        for line in options.archives:
            command += ["--source", f"deb {line}"]
        environment = tools.environment_proxies() | tools.pip_settings()

        def freeze(half: Path) -> None:
            tools.run([*command, "--out", half], log=half / "log", environment=environment)

        sources = [REPOSITORY / name for name in ("kit", "packaging/freeze", "scripts/frozen")]
        inputs = {
            "sources": tools.tree_hash(*sources, REPOSITORY / "requirements"),
            "epoch": self.epoch,
        }
        return self.workshop.make("freeze", inputs, freeze) / "cyber-kit"

    def _root(self, lock: tuple[Package, ...]) -> Path:
        wanted = names(self.options.profile)
        # The system's own times do not follow our commits: it is made once per lock and month.
        day = self.epoch if self.options.snapshot else self.epoch // (28 * DAY_S) * 28 * DAY_S
        inputs = {
            "lock": fetch.write_lock(one for one in lock if one.group == "root"),
            "code": code_hash("root"),
            "names": wanted,
            "day": day,
        }
        return self.workshop.make(
            "root", inputs, lambda half: root.bootstrap(half, lock, wanted, self.debs, day)
        )

    def _overlay(self, debian: Path, application: Path) -> Path:
        profile = self.options.profile

        def assemble(half: Path) -> None:
            overlay.assemble(half, debian, PACKAGING, application, self.epoch)
            tree = half / overlay.TREE
            overlay.put(tree / layout.RELEASE_KEYS, self.ring.decode())
            values = {"profile": profile, "version": kit.__version__, "epoch": self.epoch}
            overlay.release(tree, values)
            gates.check_tree(tree, self.rules)

        inputs = {
            "root": self.workshop.keys["root"],
            "application": tools.tree_hash(application),
            "packaging": tools.tree_hash(PACKAGING / "overlay", PACKAGING / "system.toml"),
            "code": code_hash("overlay", "gates"),
            "epoch": self.epoch,
            "ring": self.ring.decode(),
            "profile": profile,
        }
        return self.workshop.make("overlay", inputs, assemble)

    def _initrd(self, tree: Path) -> Path:
        inputs = {
            # Neither the application nor its rules are in it: only Debian's files and the guard.
            "root": self.workshop.keys["root"],
            "module": tools.tree_hash(PACKAGING / "dracut"),
            "guard": tools.tree_hash(*(PACKAGING / "overlay" / name for name in initrd.OURS)),
            "code": code_hash("initrd"),
            "epoch": self.epoch,
        }
        return self.workshop.make(
            "initrd", inputs, lambda half: initrd.build(half, tree, PACKAGING, self.epoch)
        )

    def _squashfs(self, tree: Path) -> Path:
        left_out = self.rules["leave_out"]["paths"]
        inputs = {
            "overlay": self.workshop.keys["overlay"],
            "left_out": left_out,
            "compression": self.compression,
            "code": code_hash("squash"),
        }
        return self.workshop.make(
            "squashfs",
            inputs,
            lambda half: squash.compress(half, tree, left_out, self.compression, self.epoch),
        )

    def _boot(self, lock: tuple[Package, ...], kernel: Path) -> Path:
        """The files of the boot chain, with their signatures looked at."""
        debs = [self.debs / one.file_name() for one in lock if one.group == "boot"]
        inputs = {"debs": [path.name for path in debs]}
        place = self.workshop.make("boot", inputs, lambda half: esp.unpack_boot(half, debs))
        files = place / "files"
        gates.check_boot_chain(
            {
                "shim": files / esp.SHIM,
                "GRUB": files / esp.SIGNED_GRUB,
                "the kernel": kernel / layout.KERNEL,
            }
        )
        return files

    def _esp(self, boot: Path, kernel: Path, root_hash: str) -> Path:
        cfg = layout.slot_cfg(root_hash, kit.__version__)
        uuids = squash.partition_uuids(root_hash)
        inputs = {
            "kernel": self.workshop.keys["initrd"],
            "cfg": cfg.decode(),
            "grub": tools.tree_hash(PACKAGING / "grub", PACKAGING / layout.README),
            "boot": self.workshop.keys["boot"],
            "code": code_hash("esp", "grub"),
            "epoch": self.epoch,
        }
        return self.workshop.make(
            "esp",
            inputs,
            lambda half: esp.build(
                half, esp.contents(PACKAGING, boot, kernel, cfg, uuids), self.epoch
            ),
        )


def _lock_name(options: Options) -> str:
    lists = (PACKAGING / f"packages-{part}.txt" for part in PROFILES[options.profile])
    wanted = tools.tree_hash(*lists, PACKAGING / "packages-boot.txt")
    return f"{options.profile}-{options.snapshot or 'latest'}-{wanted[:8]}.lock"
