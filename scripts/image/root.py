"""The system as Debian makes it: mmdebstrap from the local archive, as one tar with fixed times.

Nothing of ours is in it, so that it is made once per lock. Not for: our files and rules
(`overlay`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scripts.image import tools
from scripts.image.fetch import Package, local_archive

TAR = "root.tar"
EXCLUDED = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/lintian/*",
    "/usr/share/locale/*",
    "/usr/share/bug/*",
    # A raster session never loads these: LLVM, gallium and z3 come with libgl1 only.
    "/usr/lib/*/libLLVM*",
    "/usr/lib/*/libgallium*",
    "/usr/lib/*/libz3*",
    # Makes Debian's own initrd; a stub stands in for it, ours is made in a step of its own.
    "/etc/kernel/postinst.d/dracut",
)
INCLUDED = ("/usr/share/doc/*/copyright", "/usr/share/locale/locale.alias")
NO_SERVICES = (
    "printf '#!/bin/sh\\nexit 101\\n' > \"$1/usr/sbin/policy-rc.d\";"
    ' chmod 755 "$1/usr/sbin/policy-rc.d"; mkdir -p "$1/etc/kernel/postinst.d";'
    " printf '#!/bin/sh\\n' > \"$1/etc/kernel/postinst.d/dracut\";"
    ' chmod 755 "$1/etc/kernel/postinst.d/dracut"'
)
CLEAN = (
    'rm -rf "$1/usr/sbin/policy-rc.d" "$1/var/lib/apt/lists" "$1/etc/apt/sources.list"'
    ' "$1"/var/cache/apt/*.bin "$1/var/log/"*.log "$1/var/log/apt" "$1/var/cache/ldconfig"'
    ' "$1/etc/ssl/private/ssl-cert-snakeoil.key" "$1/etc/ssl/certs/ssl-cert-snakeoil.pem"'
)


def bootstrap(
    half: Path, packages: Sequence[Package], names: Sequence[str], debs: Path, epoch: int
) -> None:
    """Make the tar. names: what is asked for; packages: what the lock allows."""
    archive = half / "archive"
    local_archive(packages, debs, archive)
    command: list[str | Path] = [
        "mmdebstrap",
        "--mode=root",
        "--variant=apt",
        "--format=tar",
        "--architectures=amd64",
        f"--include={','.join(names)}",
        '--aptopt=APT::Install-Recommends "false"',
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={path}" for path in EXCLUDED),
        *(f"--dpkgopt=path-include={path}" for path in INCLUDED),
        f"--essential-hook={NO_SERVICES}",
        f"--customize-hook={CLEAN}",
        "",
        half / TAR,
        f"deb [trusted=yes] copy://{archive.resolve()} ./",
    ]
    environment = {"SOURCE_DATE_EPOCH": str(epoch), "DEBIAN_FRONTEND": "noninteractive"}
    tools.run(command, log=half / "log", environment=environment)
    tools.run(["rm", "-rf", archive])
