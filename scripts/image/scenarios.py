"""The boot tests by name: what each needs, what it must see, and how they are run.

A scenario starts machines and says `check(name, seen)`; what it does not come to say stays false,
and a scenario that stops does not stop the others. The scenarios themselves stand in
`scenarios_boot` (what every start must show), `scenarios_data` (what is kept), `scenarios_harm`
(damage, intrusion, other people's disks), `scenarios_release` (another release, another stick) and
`scenarios_pair` (two machines).
"""

from __future__ import annotations

import subprocess
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from scripts.image.qemu import Gone, Machine, Pc, running
from scripts.image.qemu_control import ControlError
from scripts.image.qemu_disk import DiskError, copy_image
from scripts.image.qemu_screen import Screen
from scripts.image.scenarios_report import Report

READ_EVERY_S = 4.0
"""Reading a picture takes a second or two of the processor that the machine needs."""
FAULTS = (
    Gone, ControlError, DiskError, TimeoutError, OSError, ValueError, subprocess.SubprocessError,
)  # fmt: skip


@dataclass
class Bench:
    """Where a scenario works: the image, a folder of its own, and what it has found."""

    image: Path
    folder: Path
    report: Report
    say: Callable[[str], None] = print
    seen: dict[str, bool] = field(default_factory=dict)
    next_image: Path | None = None
    """An image of a newer release, for what needs one."""

    def check(self, name: str, seen: bool) -> bool:
        """Record what was seen; the same name said twice holds only when both did."""
        self.seen[name] = seen and self.seen.get(name, True)
        self.say(f"  {'yes' if seen else 'NO '} {name}")
        return seen

    def sees(
        self, name: str, machine: Machine, seen: Callable[[Screen], bool], limit_s: float = 120.0
    ) -> bool:
        """Record whether the screen comes to show this; the scenario goes on either way."""
        try:
            machine.wait_screen(name, seen, limit_s, READ_EVERY_S)
        except Gone:
            return self.check(name, seen=False)
        return self.check(name, seen=True)

    def measure(self, name: str, seconds: float) -> None:
        """Record a duration."""
        self.report.seconds[name] = seconds
        self.say(f"      {name}: {seconds:.1f} s")

    def weigh(self, name: str, size: int) -> None:
        """Record a number of bytes."""
        self.report.bytes[name] = size
        self.say(f"      {name}: {size:,} bytes")

    def stick(self, name: str = "stick.img") -> Path:
        """A fresh copy of the image, as on a stick."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return copy_image(self.image, self.folder / name)

    @property
    def newer(self) -> Path:
        """The image of a newer release. Raises Gone where none was given."""
        if self.next_image is None:
            raise Gone("an image of a newer release: --newer")
        return self.next_image

    @contextmanager
    def machine(self, pc: Pc, name: str = "pc") -> Iterator[Machine]:
        """A machine; its log and its pictures are kept in the scenario's folder."""
        with running(pc, self.folder / name) as machine:
            try:
                yield machine
            except FAULTS:
                self._last_picture(machine)
                raise

    def _last_picture(self, machine: Machine) -> None:
        try:
            machine.look("last")
        except (ControlError, OSError):
            self.say("      no last picture: the machine is gone")


@dataclass(frozen=True)
class Scenario:
    """One test: its name, the checks it may make true, and how."""

    name: str
    checks: tuple[str, ...]
    run: Callable[[Bench], None]
    quick: bool = False
    """Part of the short run."""


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    *checks: str, quick: bool = False
) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """Register a function as the scenario of its own name."""

    def keep(run: Callable[[Bench], None]) -> Callable[[Bench], None]:
        name = run.__name__.replace("_", "-")
        SCENARIOS[name] = Scenario(name, checks, run, quick)
        return run

    return keep


def known() -> dict[str, Scenario]:
    """Every scenario, in the order in which they are run."""
    for name in ("boot", "data", "first", "harm", "release", "pair"):
        import_module(f"scripts.image.scenarios_{name}")
    return SCENARIOS


def chosen(names: Sequence[str]) -> list[Scenario]:
    """The scenarios of these names; `all` and `quick` name several. KeyError for one unknown."""
    every = known()
    if not names or "all" in names:
        return list(every.values())
    if "quick" in names:
        return [one for one in every.values() if one.quick]
    return [every[name] for name in names]


def run_one(one: Scenario, bench: Bench) -> None:
    """Run a scenario; its checks stand in the report afterwards, false where it did not come."""
    bench.say(f"{one.name}")
    began = time.monotonic()
    try:
        one.run(bench)
    except FAULTS as fault:
        bench.say(f"  stopped: {type(fault).__name__}: {fault}")
        bench.say("  " + traceback.format_exc(limit=-2).replace("\n", "\n  ").rstrip())
    for name in one.checks:
        bench.report.checks[name] = bench.seen.get(name, False)
    bench.measure(f"scenario_{one.name.replace('-', '_')}", time.monotonic() - began)
