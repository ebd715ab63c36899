"""`build_usb_image.py boot IMG`: start the image in test machines and write the report.

    build_usb_image.py boot kit.img                      every scenario, docs/image-smoke.json
    build_usb_image.py boot kit.img --scenario quick     the short run
    build_usb_image.py boot kit.img --scenario list      their names and checks

Exit code 0 when every check of the scenarios that ran is true. Not for: building the image.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from scripts.image import tools
from scripts.image.qemu import missing_tools
from scripts.image.qemu_disk import sha256
from scripts.image.scenarios import Bench, chosen, known, run_one
from scripts.image.scenarios_report import read_report, summary, write_report
from scripts.image.sentences import _

OK, FAILED, USAGE = 0, 1, 2
REPORT = Path("docs/image-smoke.json")


def add_boot(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command `boot`; `options.run(options)` runs it and gives the exit code."""
    parser = subparsers.add_parser("boot", help="start the image in test machines; write a report")
    parser.add_argument("image", type=Path)
    parser.add_argument(
        "--scenario", action="append", default=[], metavar="NAME",
        help="all, quick, list, or a name; may be given more than once",
    )  # fmt: skip
    parser.add_argument("--newer", type=Path, help="image of a newer release, for the update")
    parser.add_argument("--out", type=Path, default=Path("build/boot"), help="pictures and logs")
    parser.add_argument("--report", type=Path, default=REPORT)
    parser.set_defaults(run=boot)


def boot(options: argparse.Namespace) -> int:
    """Run the wanted scenarios one after the other; the report is written after each."""
    if "list" in options.scenario:
        for one in known().values():
            print(f"{one.name:18} {' '.join(one.checks)}{'  (quick)' if one.quick else ''}")
        return OK
    if missing := missing_tools():
        print(tools.Fault("IMG-080", packages=" ".join(missing)), file=sys.stderr)
        return USAGE
    try:
        wanted = chosen(options.scenario)
    except KeyError as fault:
        print(tools.Fault("IMG-081", name=fault.args[0]), file=sys.stderr)
        return USAGE
    if not options.image.is_file():
        print(tools.Fault("IMG-025", path=options.image), file=sys.stderr)
        return USAGE
    # `timeout` asks before it kills: machines and disks are let go of on the way out.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(FAILED))
    began = time.monotonic()
    report = read_report(options.report, sha256(options.image), _today())
    report.bytes["image"] = options.image.stat().st_size
    report.bytes["image_on_disk"] = options.image.stat().st_blocks * 512
    for one in known().values():
        report.expect(one.checks)
    for one in wanted:
        bench = Bench(options.image.absolute(), options.out.absolute() / one.name, report)
        bench.next_image = options.newer
        run_one(one, bench)
        write_report(options.report, report)
    names = {name for one in wanted for name in one.checks}
    took = f"{time.monotonic() - began:.0f}"
    print(_("{seconds} s for {count} scenarios").format(seconds=took, count=len(wanted)))
    seen = {name: report.checks[name] for name in names}
    print(summary(seen))
    return OK if all(seen.values()) else FAILED


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
