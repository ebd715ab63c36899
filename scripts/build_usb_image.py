"""Build, check and write the image of the stick.

  build_usb_image.py --out kit.img [--size 16G] [--fleet DIR] [--sign KEY] [--snapshot 2026-11-28]
  build_usb_image.py plan | verify IMG | write IMG --device D --yes-erase SERIAL
                     | write IMG --device D --laptop | boot IMG | fleet IMG DIR | weigh | key FILE

Without a sub-command it builds. An interrupted build goes on where it stopped; nothing is
overwritten before its successor is whole. Speaks French; English where the machine does (LANG=en).
Exit codes: 0 done, 1 failed or wrong, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kit.core.errors import KitError  # noqa: E402
from scripts.image import commands, sentences, tools  # noqa: E402  (the repository is put on the path first)

OK, FAILED, USAGE = 0, 1, 2
MAKING = ("build", "weigh", "fleet")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    about = (__doc__ or "").partition("\n")[0]
    whole = argparse.ArgumentParser(prog="build_usb_image.py", description=about)
    acts = whole.add_subparsers(dest="act", required=True)
    commands.add_build(acts)
    commands.add_plan(acts)
    commands.add_others(acts)
    commands.add_boot(acts)
    return whole


def with_default(words: list[str]) -> list[str]:
    """The words, with `build` put in front where the first of them is an option."""
    asks_help = words[:1] in (["-h"], ["--help"])
    return words if words and (asks_help or not words[0].startswith("-")) else ["build", *words]


def main(words: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    sentences.choose(os.environ)
    options = parser().parse_args(with_default(sys.argv[1:] if words is None else words))
    try:
        return int(options.run(options))
    except tools.Fault as fault:
        said = fault
    except KitError as fault:
        said = tools.Fault("IMG-082", reason=sentences.of_kit(fault))
    except OSError as fault:
        said = refused_by_system(fault)
    except KeyboardInterrupt:
        said = tools.Fault("IMG-005" if options.act in MAKING else "IMG-006")
    print(f"build_usb_image.py: {said}", file=sys.stderr)
    return FAILED


def refused_by_system(fault: OSError) -> tools.Fault:
    """A full disk, or a file that may not be read or written."""
    path = fault.filename or "…"
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return tools.Fault("IMG-003", path=path)
    return tools.Fault("IMG-004", path=path, reason=fault.strerror)


def stop(_number: int, _frame: object) -> None:
    """A polite end (SIGTERM) is an interruption like Ctrl+C: halves are cleared away."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main())
