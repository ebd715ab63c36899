"""What stops a build: each gate opens for a clean tree and shuts for one that was spoiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.image import gates, overlay, recipe, tools

RULES = overlay.system(recipe.PACKAGING)
SHADOW = "root:!*:20000:0:99999:7:::\nkit:!:20000:0:99999:7:::\ndaemon:*:20000:::::\n"
TWO = """signature 1
 - /C=US/CN=Microsoft Corporation UEFI CA 2011
signature 2
 - /C=US/CN=Microsoft UEFI CA 2023
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("scripts.frozen.sweep.unmet", lambda *_: {})
    for name, text in {
        "etc/shadow": SHADOW,
        "etc/machine-id": "",
        "var/lib/dpkg/status": "Package: bash\n\nPackage: cups\n",
        "usr/bin/true": "x",
        "opt/cyber-kit/kit": "x",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "etc/systemd/system/multi-user.target.wants").mkdir(parents=True)
    return tmp_path


def append(name: str, text: str) -> Callable[[Path], object]:
    def do(tree: Path) -> None:
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if path.exists() else "") + text)

    return do


def wants(name: str) -> Callable[[Path], object]:
    return append(f"etc/systemd/system/multi-user.target.wants/{name}", "")


def test_a_clean_tree_passes(tree: Path) -> None:
    gates.check_tree(tree, RULES)


@pytest.mark.req("HZ-218")
@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda tree: (tree / "usr/bin/true").chmod(0o4755), "usr/bin/true"),
        (lambda tree: (tree / "usr/bin/true").chmod(0o2755), "usr/bin/true"),
        (append("etc/shadow", "eve:$y$j9T$abc:20000::::::\n"), "eve"),
        (append("etc/shadow", "guest::20000::::::\n"), "guest"),
        (wants("ssh.service"), "ssh"),
        (wants("avahi-daemon.service"), "avahi"),
        (wants("cups-browsed.service"), "cups-browsed"),
        (append("var/lib/dpkg/status", "\nPackage: openssh-server\n"), "openssh-server"),
        (append("etc/ssl/private/ssl-cert-snakeoil.key", "key"), "snakeoil"),
        (append("etc/machine-id", "0123\n"), "machine-id"),
    ],
)
def test_a_spoiled_tree_stops_the_build(
    tree: Path, spoil: Callable[[Path], object], why: str
) -> None:
    spoil(tree)
    with pytest.raises(tools.Fault, match=why):
        gates.check_tree(tree, RULES)


def test_a_library_that_is_missing_stops_the_build(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.frozen.sweep.unmet", lambda *_: {"libcups.so.2": ["kit"]})
    with pytest.raises(tools.Fault, match=r"libcups\.so\.2"):
        gates.check_tree(tree, RULES)


def test_shim_bears_both_signatures() -> None:
    assert gates.unsigned("shim", TWO) == ""
    assert "2023" in gates.unsigned("shim", TWO.partition("signature 2")[0])
    assert gates.unsigned("GRUB", "No signature table present\n")
    assert gates.unsigned("GRUB", "signature 1\n - /CN=Debian\n") == ""


def test_a_bar_is_a_bar() -> None:
    gates.check_bars({"system": 10}, {"system": 10, "smoke_image": 5})
    with pytest.raises(tools.Fault, match=r"system.*11"):
        gates.check_bars({"system": 11}, {"system": 10})
