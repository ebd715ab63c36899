"""What a build may never ship: each gate is a question to the finished tree or boot chain.

A gate that finds something stops the build and says what. Not for: what a test machine must see
(`scenarios`).
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.frozen import sweep
from scripts.image import tools
from scripts.image.overlay import APPLICATION
from scripts.image.sentences import _

MICROSOFT = ("Microsoft Corporation UEFI CA 2011", "Microsoft UEFI CA 2023")
"""Issuers of which shim must bear a signature each: PCs older and younger than 2026."""
UNSET = ("*", "!", "!*", "!!")


def check_tree(root: Path, rules: Mapping[str, Any]) -> None:
    """All gates of the tree; Fault with every finding."""
    gates = rules["gates"]
    found = [
        *setuid(root, gates["setuid"]),
        *passwords((root / "etc/shadow").read_text()),
        *enabled(root, gates["never_enabled"]),
        *installed((root / "var/lib/dpkg/status").read_text(), gates["never_installed"]),
        *shared_secrets(root),
        *libraries(root),
    ]
    if found:
        raise tools.Fault("IMG-060", findings="\n  ".join(found))


def setuid(root: Path, allowed: Iterable[str]) -> Iterator[str]:
    """Files that give their owner's rights to whoever starts them."""
    known = set(allowed)
    for path in sorted(root.rglob("*")):
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or not found.st_mode & (stat.S_ISUID | stat.S_ISGID):
            continue
        name = path.relative_to(root).as_posix()
        if name not in known:
            yield _("setuid or setgid: {name}").format(name=name)


def passwords(shadow: str) -> Iterator[str]:
    """Accounts that a password opens."""
    for line in shadow.splitlines():
        name, rest = line.partition(":")[::2]
        if rest.partition(":")[0] not in UNSET:
            yield _("an account with a password, or none needed: {name}").format(name=name)


def enabled(root: Path, never: Iterable[str]) -> Iterator[str]:
    """Services that are started and must not be."""
    names = tuple(never)
    for path in sorted((root / "etc/systemd/system").glob("*.wants/*")):
        if path.name.partition(".")[0] in names:
            yield _("a service that must not start: {name}").format(name=path.name)


def installed(status: str, never: Iterable[str]) -> Iterator[str]:
    """Packages that must not be there."""
    names = {line.removeprefix("Package: ") for line in status.splitlines()}
    for name in sorted(names & set(never)):
        yield _("a package that must not be there: {name}").format(name=name)


def shared_secrets(root: Path) -> Iterator[str]:
    """Keys and identities that every stick of the world would share."""
    for pattern in (
        "etc/ssl/private/*",
        "etc/ssh/*_key",
        "root/.*/*",
        "etc/NetworkManager/**/*.pem",
    ):
        for path in sorted(root.glob(pattern)):
            yield _("the same on every stick: {name}").format(name=path.relative_to(root))
    machine = root / "etc/machine-id"
    if machine.exists() and machine.read_text().strip():
        yield _("etc/machine-id is set")


def libraries(root: Path) -> Iterator[str]:
    """Libraries of the application that the tree does not have."""
    application = root / APPLICATION
    seen = Path("/") / APPLICATION
    for name, asking in sorted(sweep.unmet(application, ["chroot", str(root)], seen).items()):
        said = _("{name} is missing, asked for by {asking}")
        yield said.format(name=name, asking=", ".join(asking[:3]))


def check_boot_chain(files: Mapping[str, Path]) -> None:
    """Shim bears both of Microsoft's signatures; GRUB and kernel are signed at all."""
    for name, path in files.items():
        lacking = unsigned(name, tools.run(["sbverify", "--list", path]).decode())
        if lacking:
            raise tools.Fault("IMG-061", name=name, lacking=lacking)


def unsigned(name: str, said: str) -> str:
    """The signatures that a file lacks, from `sbverify --list`; empty if none."""
    if "signature 1" not in said:
        return _("any signature")
    if name != "shim":
        return ""
    return ", ".join(issuer for issuer in MICROSOFT if issuer not in said)


def check_bars(sizes: Mapping[str, int], bars: Mapping[str, int]) -> None:
    """No part is larger than it may be."""
    over = [
        _("{name}: {size} bytes, limit {bar}").format(name=n, size=sizes[n], bar=bar)
        for n, bar in bars.items()
        if sizes.get(n, 0) > bar
    ]
    if over:
        raise tools.Fault("IMG-062", over="; ".join(over))
