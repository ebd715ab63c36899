"""Makes the frozen folder: source laid aside, packages by their hashes, the freezer, a finish.

The finish takes out what differs from one folder or hour to the next (times, modes, debug symbols
that only the builder of a wheel can read). Not for: a chroot (`chroot.py`),
packages (`archive.py`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.frozen import natives

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ("requirements/run.lock", "requirements/freeze.lock")
NAME = "cyber-kit"
ASKING = "scripts/frozen/asking.py"
PATIENCE_S = 900


def default_epoch() -> int:
    """Seconds of the last commit, or SOURCE_DATE_EPOCH: no build reads the clock."""
    named = os.environ.get("SOURCE_DATE_EPOCH")
    if named:
        return int(named)
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


def lay_out(source: Path) -> None:
    """Copy what the freezer reads into a folder of its own, with the catalogues compiled."""
    compiler = ROOT / "scripts" / "compile_catalogues.py"
    subprocess.run([sys.executable, str(compiler)], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(source, ignore_errors=True)
    idle = shutil.ignore_patterns("__pycache__", "*.pyc")
    for folder in ("kit", "scripts/frozen", "packaging/freeze"):
        shutil.copytree(ROOT / folder, source / folder, ignore=idle)


def fingerprint(*facts: str) -> str:
    """What an installed set of packages was made from: the lock files and whatever is told."""
    made = hashlib.sha256("\0".join(facts).encode())
    for lock in LOCKS:
        made.update((ROOT / lock).read_bytes())
    return made.hexdigest()


def pip(*words: str) -> None:
    """Run the pip of the interpreter that runs this script, as this machine has set it up."""
    locked = [part for lock in LOCKS for part in ("-r", str(ROOT / lock))]
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *words,
            "--quiet", "--require-hashes", "--only-binary", ":all:", *locked,
        ],
        check=True,
    )  # fmt: skip


def packages_for(python: Path, place: Path) -> Path:
    """An environment with the locked packages and no other; its interpreter. Made once."""
    inside = place / "bin" / "python"
    stamp = place / ".made-from"
    mark = fingerprint(str(python.resolve()))
    if stamp.exists() and stamp.read_text() == mark and inside.exists():
        return inside
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run([str(python), "-m", "venv", "--without-pip", str(place)], check=True)
    pip("--python", str(inside), "install")
    stamp.write_text(mark)
    return inside


def environment(source: str, epoch: int) -> dict[str, str]:
    """What the freezer may know of this machine: nothing that changes its output."""
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": str(epoch),
        "PYINSTALLER_CONFIG_DIR": f"{source}/../freezer-cache",
        "KIT_FREEZE_SOURCE": source,
    }


def freezer_words(source: str, work: str, out: str) -> list[str]:
    """The freezer's own arguments, after the interpreter."""
    return [
        "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN",
        "--distpath", out, "--workpath", work, f"{source}/packaging/freeze/kit.spec",
    ]  # fmt: skip


def freeze_here(python: Path, work: Path, out: Path, epoch: int) -> Path:
    """Freeze with an interpreter of this machine; the finished folder."""
    source, made = work / "source", work / "made"
    inside = packages_for(python, work / "packages")
    lay_out(source)
    shutil.rmtree(made, ignore_errors=True)
    words = freezer_words(str(source), str(work / "analysis"), str(made))
    env = environment(str(source), epoch)
    run([str(inside), *words], env)
    site = next((work / "packages/lib").glob("python3*/site-packages"))
    sources = natives.Sources(Path("/"), site, str(site), str(Path(python).resolve().parent.parent))
    asking = [str(inside), str(source / ASKING)]
    natives.take(made / NAME, work / "analysis", sources, lambda text: run(asking, env, text))
    return hand_over(made / NAME, out, epoch)


def run(command: Sequence[str], env: dict[str, str], told: str = "") -> str:
    """Run one step of the build, `told` as its input; what it printed. Its failure is ours."""
    done = subprocess.run(
        command, env=env, check=True, timeout=PATIENCE_S, input=told, text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    return done.stdout


def hand_over(made: Path, out: Path, epoch: int) -> Path:
    """Finish the folder and put it in its place, whole or not at all."""
    finish(made, epoch)
    target, before = out / NAME, out / f".{NAME}.before"
    out.mkdir(parents=True, exist_ok=True)
    arriving = out / f".{NAME}.arriving"
    for old in (arriving, before):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(made, arriving, symlinks=True)
    if target.exists():
        target.rename(before)
    arriving.rename(target)
    shutil.rmtree(before, ignore_errors=True)
    return target


def finish(folder: Path, epoch: int) -> None:
    """Debug symbols out, the same modes and times everywhere."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_symlink():
            os.utime(path, (epoch, epoch), follow_symlinks=False)
            continue
        if path.is_file():
            plain = path.parent != folder
            if plain and is_elf(path):
                subprocess.run(["strip", "--strip-debug", str(path)], check=True)
            path.chmod(0o644 if plain else 0o755)
        else:
            path.chmod(0o755)
        os.utime(path, (epoch, epoch))
    folder.chmod(0o755)
    os.utime(folder, (epoch, epoch))


def is_elf(path: Path) -> bool:
    """Whether the file is a library or a programme of this system."""
    with path.open("rb") as readable:
        return readable.read(4) == b"\x7fELF"


def digest(folder: Path) -> str:
    """SHA-256 over every name, mode, link and byte of a folder."""
    made = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            made.update(f"link {name} {path.readlink()}\0".encode())
        elif path.is_file():
            inside = hashlib.sha256(path.read_bytes()).hexdigest()
            made.update(f"file {name} {path.stat().st_mode:o} {inside}\0".encode())
        else:
            made.update(f"folder {name}\0".encode())
    return made.hexdigest()


def size_bytes(folder: Path) -> int:
    """The bytes of a folder's files; links count nothing."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)
