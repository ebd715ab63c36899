"""What NetworkManager is told of networks, as files that root alone may read, and where they stay.

The folder of the encrypted persistence is laid over NetworkManager's own while the kit is open: a
network that was joined is there at the next start, and its secret is readable on no stick that is
locked. An SSID is bytes, never text, and is written as such. Not for: asking NetworkManager
(`network`). Source: nm-settings-keyfile(5).
"""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path
from typing import NamedTuple

from kit.core.errors import KitError, Unavailable
from kit.stick import commands, disks
from kit.stick.commands import Run
from kit.stick.machine import Machine

OWN_FOLDER = "etc/NetworkManager/system-connections"
"""Where NetworkManager keeps what a person set; what the image brings lies under /usr/lib."""
KEPT_FOLDER = "NetworkManager/system-connections"
"""The same in the persistence."""
SUFFIX, NEW = ".nmconnection", ".kit-new"
WIFI, CELL, LOGIN = "kit-wifi-", "kit-cell", "kit-wired-login"
MOST_SSID_BYTES = 32
_NAMES = uuid.UUID("3c0a7a0e-5f0b-4b62-9d0f-0d6c0d1f5a01")

# As the profile of the cable: an address of its own at once, one of the network's whenever it gives
# one; a kit that waits for an address is still found by the kits beside it.
_ADDRESSES = """
[ipv4]
method=auto
link-local=3
dhcp-timeout=2147483647
may-fail=true

[ipv6]
method=link-local
addr-gen-mode=stable-privacy
may-fail=true
"""
# NetworkManager gives out addresses on the cell; the firewall lets nobody through to elsewhere.
_CELL_ADDRESSES = """
[ipv4]
method=shared

[ipv6]
method=link-local
addr-gen-mode=stable-privacy
may-fail=true
"""


class Profile(NamedTuple):
    """One network as NetworkManager knows it: the file's name without its ending, and its text."""

    name: str
    text: str

    @property
    def uuid(self) -> str:
        """By which NetworkManager is asked for it; the same for the same name."""
        return uuid_of(self.name)


def uuid_of(name: str) -> str:
    """The uuid of the profile of this name."""
    return str(uuid.uuid5(_NAMES, name))


def wifi(ssid: bytes, secret: str, *, only_wpa3: bool = False, hidden: bool = False) -> Profile:
    """A Wi-Fi network: open without a secret, else WPA2 or WPA3 personal."""
    lines = [f"ssid={byte_list(ssid)}", "mode=infrastructure"]
    if hidden:
        lines.append("hidden=true")
    text = _section("wifi", lines)
    if secret:
        # `wpa-psk` lets both in; `sae` is for a network that knows nothing older.
        kind = "sae" if only_wpa3 else "wpa-psk"
        text += _section("wifi-security", [f"key-mgmt={kind}", f"psk={escaped(secret)}"])
    return _profile(f"{WIFI}{ssid.hex()}", "wifi", text + _ADDRESSES)


def cell(ssid: bytes, secret: str) -> Profile:
    """This kit's own Wi-Fi cell; it comes back by itself at the next start, until it is closed."""
    text = _section("wifi", [f"ssid={byte_list(ssid)}", "mode=ap", "band=bg"])
    security = [
        "key-mgmt=wpa-psk", "proto=rsn;", "pairwise=ccmp;", "group=ccmp;", "pmf=1",
        f"psk={escaped(secret)}",
    ]  # fmt: skip
    text += _section("wifi-security", security)
    return _profile(CELL, "wifi", text + _CELL_ADDRESSES, priority=20)


def login(identity: str, secret: str) -> Profile:
    """Cable of a network that asks who is there: PEAP with MSCHAPv2. Before the plain cable."""
    lines = [
        "eap=peap;", f"identity={escaped(identity)}", f"password={escaped(secret)}",
        "phase2-auth=mschapv2",
    ]  # fmt: skip
    return _profile(LOGIN, "ethernet", _section("802-1x", lines) + _ADDRESSES, priority=10)


def byte_list(data: bytes) -> str:
    """Bytes as numbers: no sign of an SSID can end the line or begin another one."""
    return "".join(f"{one};" for one in data)


def escaped(text: str) -> str:
    """A text as a value of one line (GLib's key file): nothing in it begins another one."""
    signs = {"\\": "\\\\", " ": "\\s", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(signs.get(sign, sign) for sign in text)


def unescaped(value: str) -> str:
    """What `escaped` was given."""
    signs = {"\\": "\\", "s": " ", "n": "\n", "r": "\r", "t": "\t"}
    rest = iter(value)
    return "".join(signs.get(next(rest, ""), "") if sign == "\\" else sign for sign in rest)


# ------------------------------------------------------------------ files


def folder(machine: Machine) -> Path:
    """Where profiles are written for NetworkManager."""
    return machine.root / OWN_FOLDER


def path_of(machine: Machine, name: str) -> Path:
    """The file of a profile."""
    return folder(machine) / f"{name}{SUFFIX}"


def write(machine: Machine, name: str, data: bytes) -> Path:
    """A profile's file, whole or not at all, for root alone. Raises Unavailable `KEY-025`."""
    path = path_of(machine, name)
    new = path.with_name(NEW)
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        raise Unavailable("KEY-025", step="network") from None
    return path


def kept(machine: Machine, name: str) -> bytes | None:
    """The file of a profile, None where there is none."""
    try:
        return path_of(machine, name).read_bytes()
    except OSError:
        return None


def remove(machine: Machine, name: str) -> bool:
    """Whether there was one; now there is none."""
    try:
        path_of(machine, name).unlink()
    except OSError:
        return False
    return True


def value_of(data: bytes | None, key: str) -> str:
    """A value of a profile written here; empty where it has none."""
    for line in (data or b"").decode("utf-8", "replace").split("\n"):
        name, is_one, value = line.partition("=")
        if is_one and name == key:
            return unescaped(value)
    return ""


def ssid_of(data: bytes | None) -> bytes:
    """The SSID of a profile written here."""
    value = value_of(data, "ssid")
    if not value.endswith(";"):
        return value.encode()
    return bytes(int(one) & 0xFF for one in value.split(";") if one.isascii() and one.isdigit())


def known(machine: Machine) -> list[bytes]:
    """The SSIDs of every Wi-Fi network that was joined and not forgotten."""
    found = []
    for path in sorted(folder(machine).glob(f"{WIFI}*{SUFFIX}")):
        with contextlib.suppress(ValueError):
            found.append(bytes.fromhex(path.name[len(WIFI) : -len(SUFFIX)]))
    return found


# ------------------------------------------------------------------ where they stay


def is_bound(machine: Machine) -> bool:
    """Whether what is written now lies in the persistence."""
    return folder(machine) in disks.mount_places(machine)


def bind(machine: Machine, run: Run) -> None:
    """Lay the persistence's profiles over NetworkManager's folder. Never raises.

    A stick opens whatever becomes of its networks: charts come first.
    """
    if is_bound(machine):
        return
    with contextlib.suppress(KitError, OSError):
        folder(machine).mkdir(parents=True, exist_ok=True)
        source = machine.persist / KEPT_FOLDER
        if run(commands.bind(source, folder(machine))).code == 0:
            run(commands.reload_networks())


def unbind(machine: Machine, run: Run) -> None:
    """Take them off again; what was joined by them is left. Never raises."""
    if not is_bound(machine):
        return
    with contextlib.suppress(KitError):
        run(commands.unmount(folder(machine)))
        run(commands.reload_networks())


def is_in_memory(machine: Machine) -> bool:
    """Whether what is written now is gone at power-off."""
    return not (is_bound(machine) and machine.mapped.exists())


def _profile(name: str, kind: str, text: str, priority: int = 0) -> Profile:
    lines = [f"id={name}", f"uuid={uuid_of(name)}", f"type={kind}"]
    if priority:
        lines.append(f"autoconnect-priority={priority}")
    return Profile(name, (_section("connection", lines) + text).lstrip("\n"))


def _section(name: str, lines: list[str]) -> str:
    return "\n".join(("", f"[{name}]", *lines, ""))
