"""Programs of the building machine: which are missing, running one, hashing what they made.

Not for: what is run (each step), or in which order (`recipe`).
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.image import sentences

PACKAGES = {
    "apt-get": "apt",
    "cp": "coreutils",
    "blockdev": "util-linux",
    "dpkg-deb": "dpkg",
    "lsblk": "util-linux",
    "mcopy": "mtools",
    "mdir": "mtools",
    "mkfs.vfat": "dosfstools",
    "mksquashfs": "squashfs-tools",
    "mmdebstrap": "mmdebstrap",
    "mmd": "mtools",
    "sbverify": "sbsigntool",
    "sfdisk": "fdisk",
    "tar": "tar",
    "unshare": "util-linux",
    "unsquashfs": "squashfs-tools",
    "veritysetup": "cryptsetup-bin",
    "zstd": "zstd",
}
"""Program → the Debian package that brings it."""
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
CHUNK = 1024 * 1024
LAST_LINES = 12
NO_ROOM = os.strerror(errno.ENOSPC)


class Fault(Exception):
    """What stops the work: a code of `sentences` and its arguments; as text, the sentence."""

    def __init__(self, code: str, **args: object) -> None:
        super().__init__(code)
        self.code = code
        self.args_ = args

    def __str__(self) -> str:
        said, cut, lines = sentences.text_of(self.code, self.args_).partition("\n  ")
        return f"{said} [{self.code}]{cut}{lines}"


def missing(names: Iterable[str]) -> Fault | None:
    """What to say where programs are not there, naming their packages; None where all are."""
    lacking = [name for name in sorted(names) if shutil.which(name, path=_path()) is None]
    return missing_of(lacking) if lacking else None


def missing_of(lacking: Iterable[str]) -> Fault:
    """The fault of programs that are not there."""
    names = list(lacking)
    packages = sorted({PACKAGES.get(name, name) for name in names})
    return Fault("IMG-001", names=", ".join(names), packages=" ".join(packages))


def run(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Run a program and return what it printed; Fault with its last lines when it fails.

    The programs see a small fixed environment, so that the machine's own does not leak into bytes.
    log: where everything that it said is added.
    """
    program = Path(str(command[0])).name
    surroundings = {"PATH": _path(), "LC_ALL": "C.UTF-8", "TZ": "UTC", **(environment or {})}
    try:
        done = subprocess.run(
            [str(part) for part in command],
            input=stdin,
            capture_output=True,
            env=surroundings,
            check=False,
        )
    except FileNotFoundError:
        raise missing_of([program]) from None
    if log is not None:
        with log.open("ab") as file:
            file.write(done.stdout + done.stderr)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        tail = "\n  ".join(said[-LAST_LINES:])
        if NO_ROOM in tail:
            raise Fault("IMG-003", path=program)
        raise Fault("IMG-002", program=program, status=done.returncode, lines=tail)
    return done.stdout


@contextmanager
def removed_if_cut(*halves: Path) -> Iterator[None]:
    """Files that have no name yet: not there before, and gone again if the work is cut."""
    for half in halves:
        half.unlink(missing_ok=True)
    try:
        yield
    except BaseException:
        for half in halves:
            half.unlink(missing_ok=True)
        raise


def in_root(
    root: Path, command: Sequence[str | Path], *, log: Path | None = None, epoch: int = 0
) -> bytes:
    """Run a program inside a Debian tree, with /proc, /dev and /sys that vanish with it."""
    script = (
        'for p in proc dev sys; do mkdir -p "$0/$p"; done\n'
        'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount -t sysfs sys "$0/sys"'
        ' && mount -t tmpfs tmp "$0/tmp" && exec chroot "$0" "$@"'
    )
    prefix: list[str | Path] = ["unshare", "--mount", "--propagation", "private", "--"]
    environment = {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
    return run([*prefix, "sh", "-c", script, root, *command], log=log, environment=environment)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def tree_hash(*places: Path) -> str:
    """SHA-256 over names, modes, links and content of files and folders: a key for the cache."""
    digest = hashlib.sha256()
    for place in places:
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in found:
            if (path.is_dir() and not path.is_symlink()) or "__pycache__" in path.parts:
                continue
            name = path.relative_to(place).as_posix() if path != place else path.name
            digest.update(f"{name}\0".encode())
            if path.is_symlink():
                digest.update(str(path.readlink()).encode())
            else:
                digest.update(f"{path.stat().st_mode & 0o111}\0{sha256(path)}".encode())
    return digest.hexdigest()


def pip_settings() -> dict[str, str]:
    """How this machine's pip is set up, for the one step that uses it."""
    kept = ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "SSL_CERT_FILE")
    return {n: v for n, v in os.environ.items() if n.startswith("PIP_") or n in kept}


def environment_proxies() -> dict[str, str]:
    """The proxy settings of this machine, for the one step that fetches."""
    wanted = ("http_proxy", "https_proxy", "no_proxy")
    return {name: value for name, value in os.environ.items() if name.lower() in wanted}


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"
