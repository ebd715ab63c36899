"""A switch and kits around it, each in a network namespace of its own: real cards, real multicast.

Everything is made inside namespaces and goes with them; the machine's own network is not touched.
Needs root, `ip` (iproute2) and `nft` (nftables); `why_not` says what is missing. Loss is made by
nftables and rate by tbf, for not every kernel has netem. Not for: what the kits do (`kit`).
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60.0
_numbers = itertools.count(1)

Event = dict[str, Any]


def run(*command: str, given: str | None = None) -> str:
    """A tool's output; its complaint when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, input=given, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


@functools.cache
def why_not() -> str:
    """Why namespaces cannot be had here; empty when they can."""
    if not sys.platform.startswith("linux"):
        return "network namespaces are a thing of Linux"
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [tool for tool in ("ip", "nft", "tc") if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    name = f"kt{os.getpid()}"
    try:
        run("ip", "netns", "add", name)
    except RuntimeError as fault:
        return f"namespaces are not allowed here: {fault}"
    run("ip", "netns", "del", name)
    return ""


class Net:
    """One switch. `node` adds a machine with one card, `eth0`, plugged in or not."""

    def __init__(self) -> None:
        self._stem = f"kt{os.getpid() % 100_000}x{next(_numbers)}"
        self.hub = f"{self._stem}hub"
        self.nodes: dict[str, int] = {}
        self.kits: list[Kit] = []
        run("ip", "netns", "add", self.hub)
        run("ip", "-n", self.hub, "link", "set", "lo", "up")
        run("ip", "-n", self.hub, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        run("ip", "-n", self.hub, "link", "set", "br0", "up")

    # ------------------------------------------------------------- machines and cables

    def space(self, name: str) -> str:
        """The namespace of a machine."""
        return f"{self._stem}n{self.nodes[name]}"

    def node(self, name: str, *, v4: bool = True, plugged: bool = True) -> None:
        """A machine. v4: 10.9.0.N/24; without it there is only IPv6 link-local, as with no DHCP."""
        self.nodes[name] = len(self.nodes) + 1
        space = self.space(name)
        run("ip", "netns", "add", space)
        run("ip", "-n", space, "link", "set", "lo", "up")
        # No wait for duplicates: a link-local address is there at once.
        run("ip", "netns", "exec", space, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        if plugged:
            self.card(name, v4=v4)

    def card(self, name: str, *, v4: bool = True) -> None:
        """Put a card into a machine and its cable into the switch."""
        number, space = self.nodes[name], self.space(name)
        run(*f"ip -n {self.hub} link add p{number} type veth peer name eth0 netns {space}".split())
        run("ip", "-n", self.hub, "link", "set", f"p{number}", "master", "br0", "up")
        if v4:
            self.address(name, f"10.9.0.{number}")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        if v4:
            run("ip", "-n", space, "route", "add", "default", "dev", "eth0")

    def address(self, name: str, address: str) -> None:
        """Give a machine an IPv4 address."""
        run("ip", "-n", self.space(name), "addr", "add", f"{address}/24", "dev", "eth0")

    def no_address(self, name: str) -> None:
        """Take all IPv4 addresses from a machine."""
        run("ip", "-n", self.space(name), "-4", "addr", "flush", "dev", "eth0")

    def no_ipv6(self, name: str) -> None:
        """Switch IPv6 off on a machine."""
        setting = "net.ipv6.conf.eth0.disable_ipv6=1"
        run("ip", "netns", "exec", self.space(name), "sysctl", "-qw", setting)

    def pull(self, name: str) -> None:
        """Pull the cable at the switch: the machine's card loses its carrier."""
        run("ip", "-n", self.hub, "link", "set", f"p{self.nodes[name]}", "down")

    def plug(self, name: str) -> None:
        """Put the cable back."""
        run("ip", "-n", self.hub, "link", "set", f"p{self.nodes[name]}", "up")

    # ------------------------------------------------------------- bad networks

    def lose(self, percent: int) -> None:
        """The switch drops so many frames in a hundred, by chance."""
        rule = f"numgen random mod 100 < {percent} drop;"
        self._switch(f"chain lossy {{ type filter hook forward priority 0; {rule} }}")

    def part(self, one_side: list[str], *others: list[str]) -> None:
        """Cut the switch into parts that do not hear each other; nobody loses the carrier."""
        rules = ""
        sides = [one_side, *others]
        for side, other in itertools.permutations(sides, 2):
            ins = ", ".join(f'"p{self.nodes[name]}"' for name in side)
            outs = ", ".join(f'"p{self.nodes[name]}"' for name in other)
            rules += f"iifname {{ {ins} }} oifname {{ {outs} }} drop; "
        self._switch(f"chain parted {{ type filter hook forward priority 0; {rules} }}")

    def heal(self) -> None:
        """No loss and no parts any more."""
        with contextlib.suppress(RuntimeError):
            run("ip", "netns", "exec", self.hub, "nft", "delete", "table", "bridge", "kit")

    def isolate(self, name: str) -> None:
        """Port isolation, as on guest Wi-Fi: isolated ports do not hear each other."""
        port = f"p{self.nodes[name]}"
        run(*f"ip -n {self.hub} link set {port} type bridge_slave isolated on".split())

    def slow(self, name: str, rate: str) -> None:
        """What the switch sends to a machine passes at this rate (`1mbit`)."""
        port = f"p{self.nodes[name]}"
        run(
            *f"tc -n {self.hub} qdisc replace dev {port} root tbf".split(),
            *f"rate {rate} burst 16k latency 200ms".split(),
        )

    def _switch(self, chain: str) -> None:
        script = f"add table bridge kit\ntable bridge kit {{\n{chain}\n}}\n".replace(";", ";\n")
        run("ip", "netns", "exec", self.hub, "nft", "-f", "-", given=script)

    # ------------------------------------------------------------- programmes

    def start(self, name: str, *arguments: str, module: str = "tests.netns.kit") -> Kit:
        """Run a Python module on a machine; it speaks JSON lines."""
        kit = Kit(name, ["ip", "netns", "exec", self.space(name)], module, arguments)
        self.kits.append(kit)
        return kit

    def close(self) -> None:
        """End every programme and every namespace."""
        for kit in self.kits:
            kit.kill()
        for name in self.nodes:
            with contextlib.suppress(RuntimeError):
                run("ip", "netns", "del", self.space(name))
        run("ip", "netns", "del", self.hub)


@contextlib.contextmanager
def network() -> Iterator[Net]:
    """A switch for one test."""
    net = Net()
    try:
        yield net
    finally:
        net.close()


class Kit:
    """A running programme: its events as they come, and a way to tell it things."""

    def __init__(
        self, name: str, prefix: list[str], module: str, arguments: tuple[str, ...]
    ) -> None:
        self.name = name
        self.events: list[Event] = []
        self._new: queue.Queue[Event] = queue.Queue()
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(ValueError):
            for line in self.process.stdout:
                self._new.put(cast("Event", json.loads(line)))

    def drain(self) -> list[Event]:
        """All events so far."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.events.append(self._new.get_nowait())
        return self.events

    def until(
        self, wanted: Callable[[Event], bool], after_ms: int = 0, patience_s: float = PATIENCE_S
    ) -> Event:
        """The first event of a kind after an instant; fails when it does not come in time."""
        limit = time.monotonic() + patience_s
        at = 0
        while True:
            for event in self.drain()[at:]:
                at += 1
                if event["ms"] >= after_ms and wanted(event):
                    return event
            left = limit - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{self.name}: not in {patience_s} s; {self.events[-6:]}")
            with contextlib.suppress(queue.Empty):
                self.events.append(self._new.get(timeout=min(left, 1.0)))

    def tell(self, **words: Any) -> None:
        """One command, as a JSON line."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(words) + "\n")
            self.process.stdin.flush()

    def kill(self) -> None:
        """As a power cut: no goodbye."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()


def now_ms() -> int:
    """The clock that all programmes of this machine share."""
    return time.monotonic_ns() // 1_000_000
