"""The sweep: every library of the frozen folder finds what it asks for, here or in another root.

  python -m scripts.frozen.sweep FOLDER [ROOT]     FOLDER as seen from outside ROOT

Exit code 1 and one line for each that does not. With ROOT everything must be found; without, what
the target brings itself (scripts/system_libraries.txt) may be missing on the building machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from scripts.frozen.making import ROOT, is_elf

_NOT_FOUND = re.compile(r"^\s*(\S+) => not found", re.MULTILINE)


def not_found(said: str) -> set[str]:
    """The libraries that `ldd` says it cannot find."""
    return set(_NOT_FOUND.findall(said))


def brought_by_target() -> set[str]:
    """The libraries that the target system is asked for (the package depends on them)."""
    lines = (ROOT / "scripts" / "system_libraries.txt").read_text("utf-8").splitlines()
    return {line.split()[1] for line in lines if line and not line.startswith("#")}


def unmet(
    folder: Path, prefix: Iterable[str] = (), seen_as: Path | None = None
) -> dict[str, list[str]]:
    """Library that is missing → the files of the folder that ask for it."""
    seen = seen_as or folder
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
    env["LD_LIBRARY_PATH"] = str(seen / "_internal")
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or not is_elf(path):
            continue
        name = path.relative_to(folder)
        said = subprocess.run(
            [*prefix, "ldd", str(seen / name)], env=env, capture_output=True, text=True, check=False
        ).stdout
        for library in not_found(said):
            found.setdefault(library, []).append(name.as_posix())
    return found


def missing(folder: Path, root: Path | None = None) -> dict[str, list[str]]:
    """What cannot be found: on this machine, or in the system that lies in `root` (needs root)."""
    if root is None:
        told = brought_by_target()
        return {name: asking for name, asking in unmet(folder).items() if name not in told}
    with tempfile.TemporaryDirectory(dir=root / "tmp") as place:
        copy = Path(place) / folder.name
        shutil.copytree(folder, copy, symlinks=True)
        seen = Path("/") / copy.relative_to(root)
        return unmet(copy, ["chroot", str(root)], seen)


def main() -> int:
    """Sweep what the command line names."""
    folder, *roots = (Path(word).absolute() for word in sys.argv[1:])
    found = missing(folder, roots[0] if roots else None)
    for name, asking in sorted(found.items()):
        print(f"{name}: {' '.join(asking)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
