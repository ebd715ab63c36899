"""The floors of the house hold, and every package has its place on one of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.arch.source import KIT, ROOT

CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]["contracts"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package `kit` of a folder."""
    code = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )


def placed() -> set[str]:
    """The packages named in the floors, optional ones too."""
    floors = next(contract for contract in CONTRACTS if contract["id"] == "floors")
    return {
        name.strip("() ") for line in floors["layers"] for name in line.replace(":", "|").split("|")
    }


def rooms() -> set[str]:
    """The packages and modules directly under kit/."""
    packages = {path.parent.name for path in KIT.glob("*/__init__.py")}
    return packages | {path.stem for path in KIT.glob("*.py") if not path.stem.startswith("__")}


def test_every_import_runs_down_the_floors() -> None:
    """All contracts of pyproject.toml are kept by the tree as it stands."""
    run = lint(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_package_stands_on_a_floor() -> None:
    """A new package must be placed before it can be used."""
    assert rooms() <= placed()


SECOND_DOORS = {
    "door-sodium": {"kit.sync.sealing", "kit.sync.stream", "kit.stick.signature"},
    "door-mdns": {"kit.sync.mdns_printers"},
}
"""Modules that stand beside the keeper: keys at rest, on the way and of a release are strangers;
so are kits, which are announced and met all the time, and printers, which are only looked for."""


def test_every_vendor_door_has_one_keeper() -> None:
    """A library is imported by one package of ours, and a new package has no door by default."""
    doors = [contract for contract in CONTRACTS if contract["id"].startswith("door-")]
    assert doors
    for contract in doors:
        keepers = {one for one in contract["allowed_importers"] if not one.startswith("kit.bench.")}
        assert len(keepers - SECOND_DOORS.get(contract["id"], set())) == 1, contract["id"]


STRANGERS = {
    "ward": "from kit.store import database",
    "people": "import kit.ward",
    "core": "import time",
    "node": "import PySide6.QtCore",
    "gui": "import kit.node",
    "exchange": "import nacl.signing",
    "store": "from reportlab.pdfgen import canvas",
    "exercise": "from kit.cli import main",
}
"""Room → an import that it may not have; each breaks another promise."""


def is_code(name: str) -> bool:
    """Folders and Python files; fonts and catalogues need not be copied."""
    return name.endswith(".py") or "." not in name


def test_forbidden_imports_are_caught(tmp_path: Path) -> None:
    """The contracts can fail: each bad line in a copy of the tree is named."""
    shutil.copytree(
        KIT, tmp_path / "kit", ignore=lambda _, names: [n for n in names if not is_code(n)]
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room, line in STRANGERS.items():
        (tmp_path / "kit" / room / "stranger.py").write_text(f'"""A bad import."""\n\n{line}\n')
    run = lint(tmp_path)
    assert run.returncode == 1, run.stdout + run.stderr
    assert not [room for room in STRANGERS if f"kit.{room}.stranger" not in run.stdout]
