"""The frozen folder as a package of Debian and as a plain archive; same folder, same bytes."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from pathlib import Path

from scripts.frozen.making import NAME, ROOT, is_elf, run, size_bytes

INSTALLED = Path("opt") / NAME
SHARE = ROOT / "packaging" / "deb"
_GLIBC = re.compile(rb"\bGLIBC_2\.(\d+)\b")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
LIBRARIES = ROOT / "scripts" / "system_libraries.txt"


def version() -> str:
    """The kit's version, read without importing the kit."""
    found = re.search(r'__version__ = "([^"]+)"', (ROOT / "kit" / "__init__.py").read_text("utf-8"))
    if found is None:
        raise SystemExit("freeze: kit/__init__.py names no version")
    return found[1]


def architecture() -> str:
    """Debian's name for this machine."""
    return _MACHINES.get(platform.machine(), platform.machine())


def glibc_of(folder: Path) -> str:
    """The newest version of the C library that something in the folder names, e.g. `2.36`."""
    found = {0}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and is_elf(path):
            found |= {int(minor) for minor in _GLIBC.findall(path.read_bytes())}
    return f"2.{max(found)}"


def depends(glibc: str) -> str:
    """What the package asks of the system: libraries that are not in the folder, either name."""
    wanted = []
    for line in LIBRARIES.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name = line.split()[2]
            wanted.append(f"{name} | {name}t64" if name == "libglib2.0-0" else name)
    return ", ".join([f"libc6 (>= {glibc})", *wanted])


def control(installed_bytes: int, glibc: str) -> str:
    """The package's control file."""
    text = (SHARE / "control.in").read_text("utf-8")
    return text.format(
        version=version(), architecture=architecture(), depends=depends(glibc),
        installed=-(-installed_bytes // 1024),
    )  # fmt: skip


def lay_out_package(folder: Path, place: Path) -> None:
    """The tree of the package: the folder, one command, one entry in the menu, its icon."""
    shutil.copytree(folder, place / INSTALLED, symlinks=True)
    command = place / "usr" / "bin" / "kit"
    command.parent.mkdir(parents=True)
    command.symlink_to(f"/{INSTALLED}/kit")
    files = {
        "usr/share/applications/cyber-kit.desktop": SHARE / "cyber-kit.desktop",
        "usr/share/icons/hicolor/scalable/apps/cyber-kit.svg": SHARE / "cyber-kit.svg",
        f"usr/share/doc/{NAME}/copyright": ROOT / "LICENSES.md",
    }
    for inside, source in files.items():
        target = place / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    (place / "DEBIAN").mkdir()
    (place / "DEBIAN" / "control").write_text(control(size_bytes(place), glibc_of(folder)), "utf-8")


def make_deb(folder: Path, out: Path, epoch: int) -> Path:
    """OUT/cyber-kit_VERSION_ARCH.deb."""
    made = out / f"{NAME}_{version()}_{architecture()}.deb"
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        place = Path(scratch) / "package"
        place.mkdir(mode=0o755)
        lay_out_package(folder, place)
        for path in [place, *place.rglob("*")]:
            if not path.is_symlink() and (path.is_dir() or INSTALLED.as_posix() not in str(path)):
                path.chmod(0o755 if path.is_dir() else 0o644)
            os.utime(path, (epoch, epoch), follow_symlinks=False)
        env = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C"}
        run(
            ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z15", "--build", str(place), str(made)],
            env,
        )
    return made


def make_tar(folder: Path, out: Path, epoch: int) -> Path:
    """OUT/cyber-kit-VERSION-ARCH.tar.zst: names sorted, one time, no owner."""
    made = out / f"{NAME}-{version()}-{architecture()}.tar.zst"
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    command = [
        "tar", "--sort=name", f"--mtime=@{epoch}", "--owner=0", "--group=0", "--numeric-owner",
        "--format=posix", "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
        "--use-compress-program=zstd -q -15 -T1", "-C", str(folder.parent), "-cf", str(made), NAME,
    ]  # fmt: skip
    run(command, env)
    return made
