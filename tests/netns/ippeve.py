"""A network printer on a machine of its own: ippeveprinter, announced by an Avahi of its own.

Both are the real programmes. Avahi and its bus live in a folder of this machine's mount namespace
(`ip netns exec` makes one), so several printers, and a machine that runs Avahi, do not meet.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.netns.rig import now_ms, run

TOOLS = ("setpriv", "ippeveprinter", "avahi-daemon", "dbus-daemon")
BUS = """<busconfig><type>system</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
"""
AVAHI = """[server]
host-name={host}
use-ipv6=no
enable-dbus=yes
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
"""


def why_not() -> str:
    """What is missing for printers; empty when nothing is."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=path) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


def said(what: str, **more: object) -> None:
    """One event."""
    sys.stdout.write(json.dumps({"what": what, "ms": now_ms(), **more}) + "\n")
    sys.stdout.flush()


def started(folder: Path, ready: Callable[[], bool], *command: str) -> subprocess.Popen[bytes]:
    """A programme that is ready; the test's end names what it said if it never is."""
    with (folder / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],  # nothing outlives a killed test
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"},
        )  # fmt: skip
    for _ in range(200):
        if ready():
            break
        try:
            process.wait(0.05)
            break
        except subprocess.TimeoutExpired:
            continue
    else:
        said("late", log=(folder / f"{command[0]}.log").read_text()[-500:])
    return process


def answers(port: int) -> bool:
    """Whether something takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def main() -> None:
    """`name place formats folder [port]`: until stdin ends."""
    name, place, formats, spool, *ports = sys.argv[1:]
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    Path("/run/avahi-daemon").mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "tmpfs", "/run/avahi-daemon")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "bus.conf").write_text(BUS.format(bus=folder / "bus"))
        (folder / "avahi.conf").write_text(AVAHI.format(host=f"imp{os.getpid()}"))
        port = int(ports[0]) if ports else 8631
        pid = Path("/run/avahi-daemon/pid")
        children = [
            started(folder, (folder / "bus").exists, "dbus-daemon", "--nofork", "--nopidfile",
                    f"--config-file={folder}/bus.conf"),
            started(folder, pid.exists, "avahi-daemon", "-f", f"{folder}/avahi.conf",
                    "--no-drop-root", "--no-chroot", "--no-rlimits"),
        ]  # fmt: skip
        for _ in range(20):  # Avahi may not be on its bus yet
            printer = started(
                folder, lambda: answers(port), "ippeveprinter", "-k", "-2", "-p", str(port),
                "-f", formats, "-d", spool, "-l", place, name,
            )  # fmt: skip
            if printer.poll() is None:
                children.append(printer)
                break
        try:
            said("ready", running=[child.poll() is None for child in children],
                 logs=[log.read_text()[-300:] for log in folder.glob("*.log")])  # fmt: skip
            for _line in sys.stdin:
                pass
        finally:
            for child in reversed(children):
                child.kill()
                child.wait()


if __name__ == "__main__":
    main()
