"""Our files and rules on Debian's tree: user, language, units, application. Data in packaging/usb.

Not for: which packages (`root`), nor what the application is (`freeze`).
"""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.image import tools
from scripts.image.root import TAR

TREE = "root"
APPLICATION = "opt/cyber-kit"
RELEASE = "usr/share/cyber-kit/release.json"
MASK = "/dev/null"


def system(packaging: Path) -> dict[str, Any]:
    """system.toml as plain values."""
    return tomllib.loads((packaging / "system.toml").read_text())


def assemble(half: Path, debian: Path, packaging: Path, application: Path, epoch: int) -> None:
    """The tree of the running system, in `half`/root."""
    root = half / TREE
    root.mkdir()
    log = half / "log"
    tools.run(["tar", "-xpf", debian / TAR, "-C", root, "--numeric-owner"], log=log)
    rules = system(packaging)
    copy_files(packaging / "overlay", root, rules["modes"])
    target = root / APPLICATION
    shutil.copytree(application, target, symlinks=True)
    tools.run(["chown", "-R", "0:0", target])
    tools.run(["chmod", "-R", "go-w,a+rX", target])
    user(root, rules["user"], log, epoch)
    language(root, rules["locale"], log, epoch)
    units(root, rules["units"], log, epoch)
    leftovers(root, rules["gates"]["setuid_removed"])


def copy_files(overlay: Path, root: Path, modes: Mapping[str, int]) -> None:
    """Copy overlay/ onto the tree, owned by root, with modes that no umask changes."""
    for source in sorted(overlay.rglob("*")):
        name = source.relative_to(overlay).as_posix()
        target = root / name
        if source.is_dir():
            target.mkdir(mode=0o755, exist_ok=True)
            continue
        target.unlink(missing_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
            continue
        shutil.copyfile(source, target)
        usual = 0o755 if source.stat().st_mode & 0o111 else 0o644
        target.chmod(modes.get(name, usual))


def user(root: Path, rules: Mapping[str, Any], log: Path, epoch: int) -> None:
    """The one user, without password or shell; root locked."""
    name, groups = rules["name"], [*rules["groups"]]
    add = ["useradd", "--uid", str(rules["uid"]), "--user-group", "--no-create-home"]
    add += ["--home-dir", "/run/user/1000", "--shell", "/usr/sbin/nologin"]
    tools.in_root(root, [*add, "--groups", ",".join(groups), name], log=log, epoch=epoch)
    tools.in_root(root, ["passwd", "--lock", "root"], log=log, epoch=epoch)
    tools.in_root(root, ["usermod", "--shell", "/usr/sbin/nologin", "root"], log=log, epoch=epoch)
    for kind in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid"):
        (root / f"etc/{kind}-").unlink(missing_ok=True)


def language(root: Path, rules: Mapping[str, Any], log: Path, epoch: int) -> None:
    """French locale, keyboard, time zone, and a host name that says nothing."""
    lines = "".join(f"{name} UTF-8\n" for name in rules["generate"])
    (root / "etc/locale.gen").write_text(lines)
    tools.in_root(root, ["locale-gen"], log=log, epoch=epoch)
    put(root / "etc/locale.conf", f"LANG={rules['default']}\n")
    put(root / "etc/default/locale", f"LANG={rules['default']}\n")
    put(root / "etc/default/keyboard", 'XKBMODEL="pc105"\nXKBLAYOUT="fr"\n')
    put(root / "etc/vconsole.conf", "XKBLAYOUT=fr\n")
    put(root / "etc/timezone", f"{rules['zone']}\n")
    put(root / "etc/hostname", f"{rules['hostname']}\n")
    put(root / "etc/hosts", f"127.0.0.1 localhost {rules['hostname']}\n::1 localhost\n")
    zone = root / "etc/localtime"
    zone.unlink(missing_ok=True)
    zone.symlink_to(f"/usr/share/zoneinfo/{rules['zone']}")


def units(root: Path, rules: Mapping[str, Any], log: Path, epoch: int) -> None:
    """Enable ours, mask what no kit may start."""
    folder = root / "etc/systemd/system"
    for name in rules["mask"]:
        target = folder / name
        target.unlink(missing_ok=True)
        target.symlink_to(MASK)
    for wanted in folder.glob("*.wants/*"):
        unwanted = wanted.name in (*rules["mask"], *rules["disable"])
        if unwanted or wanted.name.startswith("getty@"):
            wanted.unlink()
    tools.in_root(root, ["systemctl", "enable", *rules["enable"]], log=log, epoch=epoch)
    tools.in_root(root, ["systemctl", "set-default", "multi-user.target"], log=log, epoch=epoch)


def leftovers(root: Path, setuid: list[str]) -> None:
    """What must not be the same on every stick, or not there at all."""
    put(root / "etc/machine-id", "")
    (root / "var/lib/dbus/machine-id").unlink(missing_ok=True)
    for pattern in (
        "etc/ssl/private/*.key",
        "etc/ssl/certs/ssl-cert-snakeoil.pem",
        "etc/ssh/*key*",
    ):
        for path in root.glob(pattern):
            path.unlink()
    for name in setuid:
        path = root / name
        if path.exists() and not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o1777)
    (root / "persist").mkdir(exist_ok=True)
    resolver = root / "etc/resolv.conf"
    resolver.unlink(missing_ok=True)
    resolver.symlink_to("/run/NetworkManager/resolv.conf")
    put(root / "etc/fstab", "")
    # What systemd would bring up to date at every start of a root that forgets: it is up to date.
    for name in ("etc/.updated", "var/.updated"):
        put(root / name, "")
    for name in ("var/log", "var/cache"):
        for path in sorted((root / name).rglob("*"), reverse=True):
            if path.is_file():
                path.unlink()


def release(root: Path, values: Mapping[str, Any]) -> None:
    """What the image says of itself, for the programmes in it."""
    put(root / RELEASE, json.dumps(dict(values), indent=1, sort_keys=True) + "\n")


def put(path: Path, text: str) -> None:
    """Write a small file in place of whatever stood there, link or not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(0o644)
