"""A real NetworkManager, apart: `unshare … python -m tests.stick.real_networkmanager FOLDER`.

It sees a cable between two cards, the image's own profiles, and the folder that the stick lays over
its own; nothing outside the namespaces changes. Says on stdout, as JSON, what it saw at each step.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from kit.core.errors import KitError
from kit.stick import commands, profiles
from kit.stick.machine import Machine
from kit.stick.network import Network
from kit.stick.persistence import Means
from tests.conftest import ROOT

OVERLAY = ROOT / "packaging/usb/overlay"
CABLE = "kit-wired.nmconnection"
RESOLV = Path("/etc/resolv.conf")


def done(*words: str) -> str:
    """What a programme says; it must succeed."""
    return subprocess.run(
        words, check=True, capture_output=True, text=True, env=commands.ENVIRONMENT, timeout=60
    ).stdout


def laid_out(root: Path) -> Machine:
    """The image's files where NetworkManager looks, and a machine whose folders it shares."""
    for name in ("run", "usr/lib/NetworkManager", "var/lib/NetworkManager"):
        done("mount", "-t", "tmpfs", "kit", f"/{name}")
    done("mount", "-t", "sysfs", "-o", "ro", "sysfs", "/sys")  # no udev here to be waited for
    Path("/run/dbus").mkdir()
    own = root / profiles.OWN_FOLDER
    own.mkdir(parents=True)
    (root / "proc").symlink_to("/proc")
    conf = root / "etc/NetworkManager/conf.d"
    conf.mkdir()
    (conf / "kit.conf").write_text((OVERLAY / "etc/NetworkManager/conf.d/kit.conf").read_text())
    # As systemd does for a service: what is mounted here later is seen there too.
    done("mount", "--bind", str(root), str(root))
    done("mount", "--make-shared", str(root))
    done("mount", "--bind", str(root / "etc/NetworkManager"), "/etc/NetworkManager")
    # What it learns of names is written here, and not into this machine's own file.
    names = root / "resolv.conf"
    names.write_bytes(RESOLV.read_bytes() if RESOLV.exists() else b"")
    done("mount", "--bind", str(names), str(RESOLV.resolve()))
    shipped = Path("/usr/lib/NetworkManager/system-connections")
    shipped.mkdir()
    data = (OVERLAY / "usr/lib/NetworkManager/system-connections" / CABLE).read_bytes()
    (shipped / CABLE).write_bytes(data)
    (shipped / CABLE).chmod(0o600)
    return Machine(root, owner=0)


def known() -> list[str]:
    """The profiles that NetworkManager has."""
    said = done("nmcli", "--terse", "--fields", "NAME", "connection", "show")
    return sorted(name for name in said.split() if name.startswith("kit-"))


def main(folder: str) -> None:
    """The cable, then the persistence laid over and taken off, and what the keeper says."""
    machine = laid_out(Path(folder))
    done("ip", "link", "add", "kit0", "type", "veth", "peer", "name", "kit1")
    done("dbus-daemon", "--system", "--fork", "--nopidfile", "--nosyslog")
    done("NetworkManager", "--log-level=OFF")  # in the background once it is up
    done("nm-online", "--wait-for-startup", "--timeout=30", "--quiet")
    network = Network(Means(machine, commands.run, 0, os.urandom))

    def ask(name: str, **args: Any) -> Any:
        try:
            return network.acts()[name].run(args, lambda _done, _total, _step: None)
        except KitError as fault:
            return fault.code

    kept = machine.persist / profiles.KEPT_FOLDER
    kept.mkdir(parents=True)
    joined = profiles.wifi(b"\xffCH;\n", "garde de nuit")
    (kept / f"{joined.name}{profiles.SUFFIX}").write_text(joined.text)
    (kept / f"{joined.name}{profiles.SUFFIX}").chmod(0o600)
    seen = {"shipped": known(), "cards": ask("networks")["cards"]}
    profiles.bind(machine, commands.run)
    seen |= {"bound": profiles.is_bound(machine), "kept": known(), "cell": ask("cell_open")}
    profiles.write(machine, profiles.LOGIN, profiles.login("kit", "mot").text.encode())
    commands.run(commands.reload_networks())
    seen |= {"written": known(), "inside": sorted(one.name for one in kept.iterdir())}
    profiles.unbind(machine, commands.run)
    seen |= {"after": known(), "unbound": not profiles.is_bound(machine)}
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1])
