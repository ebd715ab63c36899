"""The real freeze, with this interpreter: minutes, so in the soak only (`make soak`).

Two builds in two folders give the same bytes; nothing is missing by the sweep; the frozen kit
passes its own self-test with an empty environment.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.frozen import natives
from tests.arch.source import ROOT

LIMIT_BYTES = 200_000_000
pytestmark = [pytest.mark.soak, pytest.mark.sleeps]
Built = list[dict[str, Any]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What two builds say of themselves."""
    said: Built = []
    for name in ("one", "another/folder"):
        place = tmp_path_factory.mktemp("freeze") / name
        done = subprocess.run(
            [
                sys.executable, str(ROOT / "scripts" / "freeze.py"), "--epoch", "1700000000",
                "--out", str(place / "out"), "--work", str(place / "work"),
            ],
            capture_output=True, text=True, check=False, timeout=1_200,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said.append(json.loads(done.stdout.splitlines()[-1]))
    return said


@pytest.mark.req("HZ-203")
def test_two_builds_in_two_folders_are_the_same_bytes(built: Built) -> None:
    assert built[0]["folder"] != built[1]["folder"]
    assert built[0]["digest"] == built[1]["digest"]


def test_nothing_is_missing_and_the_folder_is_small_enough(built: Built) -> None:
    assert built[0]["missing"] == {}
    assert built[0]["bytes"] <= LIMIT_BYTES


@pytest.mark.req("HZ-303")
def test_every_native_file_is_spoken_for(built: Built) -> None:
    found = json.loads((Path(built[0]["folder"]) / natives.INSIDE / natives.NAME).read_text())
    listed = {one["path"] for one in found["files"]}
    assert found["unknown"] == []
    assert set(natives.natives_of(Path(built[0]["folder"]))) == listed


def test_the_frozen_kit_passes_its_self_test(built: Built) -> None:
    kit = Path(built[0]["folder"]) / "kit"
    done = subprocess.run(
        [str(kit), "selftest"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
        check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_hostile_environment_reaches_no_frozen_reader(built: Built, tmp_path: Path) -> None:
    """A module planted by the user is not loaded: what `-s -P` are for in the checkout."""
    planted = tmp_path / "planted"
    planted.mkdir()
    for name in ("sitecustomize", "usercustomize", "ctypes", "msgspec"):
        (planted / f"{name}.py").write_text("raise SystemExit(77)\n", "utf-8")
    kit = Path(built[0]["folder"]) / "kit"
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(planted), "PYTHONHOME": str(planted)}
    env |= {"PYTHONSTARTUP": str(planted / "msgspec.py"), "HOME": str(planted)}
    done = subprocess.run(
        [str(kit), "courier-reader", str(tmp_path)], env=env, cwd=planted,
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
