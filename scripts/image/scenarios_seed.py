"""Prepared sticks for the boot tests: sealed kits whose words are known, made on this machine.

What `kit fleet prepare` and `kit demo` make, in the place where a prepared stick has it. Not for:
how a stick is prepared for a hospital (`build_usb_image.py --fleet`).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.stick import layout
from scripts.image.qemu_disk import Esp
from scripts.image.scenarios import Bench

MAKING_S = 600


@dataclass(frozen=True)
class Seed:
    """A sealed kit on this machine: its folder, its eight words, the PIN of whoever is first."""

    home: Path
    words: str
    pin: str = ""


def demo_seed(folder: Path) -> Seed:
    """A ward of the demo hospital with its patients; one PIN for everybody."""
    made = _kit("demo", "--home", str(_empty(folder)))
    return Seed(folder, made["phrase"], made["pin"])


def prepared(bench: Bench) -> tuple[Path, Seed]:
    """A fresh stick with the demo's ward sealed on it. The ward is made once for all scenarios."""
    folder = bench.folder.parent / "seed"
    kept = folder.with_suffix(".json")
    if kept.exists() and folder.exists():
        made = json.loads(kept.read_text("utf-8"))
        seed = Seed(folder, made["phrase"], made["pin"])
    else:
        seed = demo_seed(folder)
        kept.write_text(json.dumps({"phrase": seed.words, "pin": seed.pin}), encoding="utf-8")
    stick = bench.stick()
    put_seed(seed, stick)
    return stick, seed


def fleet_seeds(folder: Path, count: int, ward: str) -> list[Seed]:
    """Kits that know one another, one of them for steering; nobody has an account there yet."""
    phrases = _empty(folder / "phrases")
    _kit(
        "fleet", "prepare", str(count), "--out", str(_empty(folder / "kits")), "--phrases",
        str(phrases), "--wards", ward, "--steering", "1", "--world", "EXERCICE:essai",
        "--hospital", "Essai",
    )  # fmt: skip
    return [
        Seed(folder / "kits" / written.stem, written.read_text("utf-8").strip())
        for written in sorted(phrases.glob("*.txt"))
    ]


def give(seed: Seed, command: str, args: dict[str, Any]) -> None:
    """Record something in a seed before it goes on a stick, as the holder of its key."""
    words = seed.home.parent / f"{seed.home.name}.words"
    words.write_text(seed.words, encoding="utf-8")
    try:
        _kit(
            "do", "--home", str(seed.home), "--phrase-file", str(words), command, json.dumps(args)
        )  # fmt: skip
    finally:
        words.unlink()


def put_seed(seed: Seed, stick: Path) -> None:
    """Lay a sealed kit on a stick's first partition."""
    Esp(stick).put_folder(seed.home, layout.SEED)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def _kit(*words: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-m", "kit.cli", *words],
        capture_output=True, check=True, timeout=MAKING_S, text=True,
    )  # fmt: skip
    made: dict[str, Any] = json.loads(ran.stdout or "{}")
    return made
