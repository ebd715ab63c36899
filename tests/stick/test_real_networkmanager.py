"""What the stick tells NetworkManager, as a real one takes it, apart from this machine's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kit.stick import commands, profiles
from tests.conftest import ROOT

TOOLS = ("NetworkManager", "nmcli", "nm-online", "dbus-daemon", "unshare", "ip")
NAME = b"\xffCH;\n"
APART = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


@pytest.mark.skipif(
    os.geteuid() != 0
    or any(shutil.which(tool, path=commands.ENVIRONMENT["PATH"]) is None for tool in TOOLS),
    reason="root, NetworkManager, D-Bus, iproute2",
)
@pytest.mark.req("HZ-282")
def test_a_real_networkmanager_takes_the_cable_and_what_the_stick_keeps(tmp_path: Path) -> None:
    """The cable from /usr/lib with an address of its own; what is kept comes and goes with it."""
    names = Path("/etc/resolv.conf")
    before = names.read_bytes() if names.exists() else b""
    done = subprocess.run(
        [*APART, sys.executable, "-m", "tests.stick.real_networkmanager", str(tmp_path)],
        capture_output=True, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    if b"Operation not permitted" in done.stderr and not done.stdout:
        pytest.skip("no namespaces here")
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    seen = json.loads(done.stdout)
    wifi = f"{profiles.WIFI}{NAME.hex()}"
    assert seen["shipped"] == ["kit-wired"]
    assert {card["state"] for card in seen["cards"]} <= {"joined", "joining"}
    assert seen["bound"]
    assert seen["kept"] == [wifi, "kit-wired"]
    assert seen["written"] == [wifi, "kit-wired", profiles.LOGIN]
    assert seen["inside"] == [f"{wifi}.nmconnection", f"{profiles.LOGIN}.nmconnection"]
    assert seen["after"] == ["kit-wired"]
    assert seen["unbound"]
    assert (names.read_bytes() if names.exists() else b"") == before
