"""Two real Syncthing instances on loopback keep two folders alike; no other address is used."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

PROGRAMME = shutil.which("syncthing")
OPTIONS = {
    "globalAnnounceEnabled": "false", "localAnnounceEnabled": "false", "relaysEnabled": "false",
    "natEnabled": "false", "crashReportingEnabled": "false", "urAccepted": "-1",
    "autoUpgradeIntervalH": "0", "startBrowser": "false", "stunKeepaliveStartS": "0",
    "reconnectionIntervalS": "1", "announceLANAddresses": "false",
}  # fmt: skip
QUIET = {"STNODEFAULTFOLDER": "1", "STNOUPGRADE": "1", "STNORESTART": "1"}


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def _prepared(home: Path) -> tuple[Any, str]:
    environment = {**os.environ, **QUIET, "HOME": str(home)}
    subprocess.run(
        [str(PROGRAMME), "generate", f"--home={home}"],
        env=environment, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    shown = subprocess.run(
        [str(PROGRAMME), "--device-id", f"--home={home}"],
        env=environment, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    # It has just written this file itself.
    return ET.parse(home / "config.xml"), shown.stdout.strip()  # noqa: S314


def _configure(tree: Any, folder: Path, ports: list[int], devices: list[str], own: int) -> None:
    root = tree.getroot()
    for gone in [*root.findall("device"), *root.findall("folder")]:
        root.remove(gone)
    shared = ET.SubElement(
        root, "folder", id="kit", label="kit", path=str(folder), type="sendreceive",
        rescanIntervalS="5", fsWatcherEnabled="true", fsWatcherDelayS="1", ignorePerms="true",
    )  # fmt: skip
    for name, port in zip(devices, ports, strict=True):
        ET.SubElement(shared, "device", id=name)
        device = ET.SubElement(root, "device", id=name, name=name[:7], compression="never")
        ET.SubElement(device, "address").text = f"tcp://127.0.0.1:{port}"
    options = root.find("options")
    for old in options.findall("listenAddress"):
        options.remove(old)
    ET.SubElement(options, "listenAddress").text = f"tcp://127.0.0.1:{ports[own]}"
    for name, value in OPTIONS.items():
        found = options.find(name)
        if found is None:
            found = ET.SubElement(options, name)
        found.text = value
    gui = root.find("gui")
    gui.set("enabled", "false")


@contextmanager
def carrying(place: Path, left: Path, right: Path) -> Iterator[None]:
    """Keep two folders alike while the block runs."""
    homes = [place / "st-left", place / "st-right"]
    prepared = [_prepared(home) for home in homes]
    ports, devices = [free_port(), free_port()], [name for _tree, name in prepared]
    for own, (home, folder) in enumerate(zip(homes, (left, right), strict=True)):
        tree = prepared[own][0]
        _configure(tree, folder, ports, devices, own)
        tree.write(home / "config.xml")
    running = [
        subprocess.Popen(
            [str(PROGRAMME), "serve", f"--home={home}", "--no-browser", "--no-restart"],
            env={**os.environ, **QUIET, "HOME": str(home)}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for home in homes
    ]  # fmt: skip
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
