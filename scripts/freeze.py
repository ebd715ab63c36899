"""Freeze the kit into a folder that runs without Python: OUT/cyber-kit.

  scripts/freeze.py --out build/freeze                      with this machine's Python
  scripts/freeze.py --out DIR --chroot ROOT --suite trixie  inside another release (needs root)

Says one JSON line: the folder, its bytes, its digest (the same for the same sources, packages,
interpreter and epoch, wherever it is built). Not for: the stick's image (`build_usb_image.py`).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def options(words: list[str] | None = None) -> argparse.Namespace:
    """What is asked for."""
    about = (__doc__ or "").partition("\n")[0]
    asked = argparse.ArgumentParser(prog="freeze.py", description=about)
    asked.add_argument("--out", type=Path, required=True, help="where cyber-kit/ is put")
    where = asked.add_mutually_exclusive_group()
    where.add_argument("--python", type=Path, help="the interpreter that is frozen in")
    where.add_argument("--chroot", type=Path, help="freeze inside this folder; made if missing")
    asked.add_argument("--suite", default="trixie", help="the release of a chroot to be made")
    asked.add_argument(
        "--source", action="append", default=[], metavar="'deb URI SUITE main'",
        help="archives of the chroot; without it, those that this machine's apt is set up for",
    )  # fmt: skip
    asked.add_argument("--epoch", type=int, help="seconds; without it, the last commit's")
    asked.add_argument("--work", type=Path, default=ROOT / "build" / "freeze-work")
    asked.add_argument("--deb", action="store_true", help="also OUT/cyber-kit_VERSION_ARCH.deb")
    asked.add_argument("--tar", action="store_true", help="also OUT/cyber-kit-VERSION-ARCH.tar.zst")
    return asked.parse_args(words)


def main() -> int:
    """Freeze, sweep, pack, and say what came out."""
    sys.path.insert(0, str(ROOT))
    from scripts.frozen import archive, chroot, making, sweep

    asked = options()
    epoch = making.default_epoch() if asked.epoch is None else asked.epoch
    out, work = asked.out.absolute(), asked.work.absolute()
    if asked.chroot is None:
        python = asked.python or Path(sys.executable)
        folder = making.freeze_here(python, work, out, epoch)
    else:
        root = asked.chroot.absolute()
        if not root.exists():
            chroot.make_root(
                root, asked.suite, asked.source or chroot.machine_archives(asked.suite)
            )
        folder = chroot.freeze_inside(root, work, out, epoch)
    missing = sweep.missing(folder, asked.chroot)
    said = {
        "folder": str(folder), "bytes": making.size_bytes(folder), "epoch": epoch,
        "digest": making.digest(folder), "missing": missing,
    }  # fmt: skip
    if asked.tar:
        said["tar"] = str(archive.make_tar(folder, out, epoch))
    if asked.deb:
        said["deb"] = str(archive.make_deb(folder, out, epoch))
    print(json.dumps(said))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
