"""The screens know words and rows; they load nothing that holds a key, a socket or a printer."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum

import msgspec

from tests.arch.source import ROOT, Module, modules

HEAVY = {
    "asyncio", "nacl", "numpy", "PIL", "pypdfium2", "python_calamine", "reportlab", "socket",
    "sqlcipher3", "sqlite3", "ssl", "zeroconf", "zxingcpp",
}  # fmt: skip
SPOKEN = {
    "kit.ward.words",
    "kit.ward.sentences",
    "kit.ward.news2",
    "kit.ward.clinical_table.is_confirmed",
}
"""Words that screens and paper must say alike, and the score that is shown while it is typed."""
LOOK = """
import importlib, pkgutil, sys
import kit.gui
for module in pkgutil.walk_packages(kit.gui.__path__, "kit.gui."):
    if not module.name.endswith(("__main__", ".shots")):
        importlib.import_module(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules}), sep="\\n")
"""


def clinical_imports(module: Module) -> Iterator[tuple[str, str, str]]:
    """(place, module, name) of what one file takes from the rooms of care and of people."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                if node.module.startswith(("kit.ward", "kit.people")):
                    yield module.at(node), node.module, one.name
        elif isinstance(node, ast.Import):
            for one in node.names:
                if one.name.startswith(("kit.ward", "kit.people")):
                    yield module.at(node), one.name, "*"


def is_a_word(module: str, name: str) -> bool:
    """Is it a type that travels in a frame (row, command, query), or how one is said?"""
    if f"{module}.{name}" in SPOKEN or module in SPOKEN:
        return True
    found = getattr(importlib.import_module(module), name, None)
    return isinstance(found, type) and issubclass(found, msgspec.Struct | Enum)


def test_screens_take_only_words_from_the_rooms() -> None:
    """No rule, no fold and no SQL of a room is within a screen's reach."""
    found = [
        f"{place} {origin}.{name}"
        for module in modules("kit/gui")
        for place, origin, name in clinical_imports(module)
        if not is_a_word(origin, name)
    ]
    assert not found


def test_all_screens_together_load_nothing_heavy() -> None:
    """The lock screen is there at once, and a fault in a screen cannot reach a key or a printer."""
    run = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    loaded = set(run.stdout.split())
    assert "PySide6" in loaded
    assert not loaded & HEAVY
