"""Freezes inside a folder that holds another release of Debian: with its Python and its libc.

The folder is made once with mmdebstrap from the archives that this machine's own apt is set up for,
with the release's name put in; the wheels come through this machine's pip. Inside, nothing reaches
a network. Needs root. Not for: the root of the stick itself.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from pathlib import Path

from scripts.frozen import making, natives
from scripts.image import archive

INSIDE = "opt/kit-freeze"
PACKAGES = ("python3", r"?name(^libpython3\.[0-9]+$)", "binutils", "libgssapi-krb5-2")
"""The last is asked for by a part of Qt that is dropped later, but that the freezer tries first."""
LIBRARIES = making.ROOT / "scripts" / "system_libraries.txt"
GLIBC = range(5, 45)
PATIENCE_S = 900


def machine_archives(suite: str) -> list[str]:
    """The archives of a release as one-line sources, at the addresses that apt is set up for."""
    found = archive.sources([], None)
    return [f"deb {one.uri} {one.suite.replace(archive.SUITE, suite)} main" for one in found]


def library_packages() -> list[str]:
    """Debian packages of the libraries that the wheels expect, as the set-up names them."""
    lines = LIBRARIES.read_text("utf-8").splitlines()
    return [line.split()[2] for line in lines if line and not line.startswith("#")]


def make_root(root: Path, suite: str, sources: list[str]) -> None:
    """A small release in a folder, whole or not at all."""
    arriving = root.with_name(f"{root.name}.arriving")
    shutil.rmtree(arriving, ignore_errors=True)
    # Libraries that were renamed with a t64 ending are still provided under their old names.
    wanted = [*PACKAGES, *library_packages()]
    command = [
        "mmdebstrap", "--variant=minbase", "--mode=root", "--quiet",
        "--aptopt=APT::Install-Recommends false", "--dpkgopt=force-unsafe-io",
        f"--include={','.join(wanted)}", suite, str(arriving), *sources,
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=PATIENCE_S)
    arriving.rename(root)


def python_of(root: Path) -> str:
    """The Python of the folder, e.g. `3.13`."""
    names = [path.name for path in (root / "usr/bin").glob("python3.*")]
    found = [name for name in names if re.fullmatch(r"python3\.\d+", name)]
    if len(found) != 1:
        raise SystemExit(f"freeze: {root} holds {len(found)} Pythons, not one")
    return found[0].removeprefix("python")


def fetch_packages(root: Path, version: str) -> None:
    """Put the locked wheels for the folder's Python into it. Kept between runs."""
    site, stamp = root / INSIDE / "site", root / INSIDE / "made-from"
    mark = making.fingerprint(version)
    if stamp.exists() and stamp.read_text() == mark:
        return
    shutil.rmtree(site, ignore_errors=True)
    kinds = [f"manylinux_2_{minor}" for minor in GLIBC]
    kinds += ["manylinux1", "manylinux2010", "manylinux2014", "linux"]
    places = [f"--platform={kind}_{platform.machine()}" for kind in kinds]
    making.pip(
        "install", "--target", str(site), "--python-version", version, "--implementation", "cp",
        *places,
    )  # fmt: skip
    stamp.write_text(mark)


def freeze_inside(root: Path, work: Path, out: Path, epoch: int) -> Path:
    """Freeze with the folder's own Python; the finished folder, outside."""
    version = python_of(root)
    place = root / INSIDE
    place.mkdir(parents=True, exist_ok=True)
    fetch_packages(root, version)
    making.lay_out(place / "source")
    for name in ("made", "analysis"):
        shutil.rmtree(place / name, ignore_errors=True)
    inside = f"/{INSIDE}"
    words = making.freezer_words(f"{inside}/source", f"{inside}/analysis", f"{inside}/made")
    env = making.environment(f"{inside}/source", epoch) | {"PYTHONPATH": f"{inside}/site"}
    python = ["chroot", str(root), f"/usr/bin/python{version}"]
    making.run([*python, *words], env)
    sources = natives.Sources(root, place / "site", f"{inside}/site")
    asking = [*python, f"{inside}/source/{making.ASKING}"]
    natives.take(
        place / "made" / making.NAME, place / "analysis", sources,
        lambda text: making.run(asking, env, text),
    )  # fmt: skip
    return making.hand_over(place / "made" / making.NAME, out, epoch)
