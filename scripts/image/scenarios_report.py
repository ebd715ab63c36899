"""The report of the boot tests: what was proved of which image. `docs/image-smoke.json`.

A check that was not run is false: the report never says more than was seen. Not for: running
anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec


class Report(msgspec.Struct):
    """What is known of one image. date: day of the last run; seconds, bytes: measures by name."""

    image_sha256: str
    date: str
    checks: dict[str, bool] = {}
    seconds: dict[str, float] = {}
    bytes: dict[str, int] = {}

    def expect(self, names: Iterable[str]) -> None:
        """These checks exist; false until they are seen."""
        for name in names:
            self.checks.setdefault(name, False)


def read_report(path: Path, image_sha256: str, date: str) -> Report:
    """The report of this image; a new one where there is none, or one of another image."""
    try:
        known = msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError):
        return Report(image_sha256, date)
    if known.image_sha256 != image_sha256:
        return Report(image_sha256, date)
    known.date = date
    return known


def write_report(path: Path, report: Report) -> None:
    """Write it with sorted names, so that two runs are easy to compare."""
    shown = {
        "image_sha256": report.image_sha256,
        "date": report.date,
        "checks": dict(sorted(report.checks.items())),
        "seconds": {name: round(value, 1) for name, value in sorted(report.seconds.items())},
        "bytes": dict(sorted(report.bytes.items())),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def summary(checks: Mapping[str, bool]) -> str:
    """`12 passed, 3 failed`, then the names of what failed."""
    failed = sorted(name for name, passed in checks.items() if not passed)
    lines = [f"{len(checks) - len(failed)} passed, {len(failed)} failed"]
    return "\n".join([*lines, *(f"  failed: {name}" for name in failed)])
