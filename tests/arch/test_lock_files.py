"""The locked packages are the declared ones, each with hashes, from no named place."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from tests.arch.source import ROOT

LOCKS = ("run", "dev")
EVERY = (*LOCKS, "freeze")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = {"run": PROJECT["dependencies"], "dev": PROJECT["optional-dependencies"]["dev"]}


def wanted(lock: str) -> list[str]:
    """The requirements of an input file, without comments and constraints."""
    text = (ROOT / "requirements" / f"{lock}.in").read_text()
    return [line for line in text.splitlines() if line and not line.startswith(("#", "-c"))]


def locked(lock: str) -> dict[str, str]:
    """Each pinned package by name, with its block of hashes."""
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", text))
    return {block.partition("==")[0]: block for block in blocks if block.strip()}


def normal(requirement: str) -> str:
    """The name alone, as lock files write it."""
    return re.split(r"[=<>!\[; ]", requirement)[0].lower().replace("_", "-")


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_declared_is_what_is_locked(lock: str) -> None:
    """pyproject.toml, the input file and the lock file name the same packages."""
    assert sorted(wanted(lock)) == sorted(DECLARED[lock])
    assert {normal(requirement) for requirement in wanted(lock)} <= set(locked(lock))


@pytest.mark.parametrize("lock", EVERY)
def test_every_package_is_pinned_with_its_hashes(lock: str) -> None:
    """An altered wheel is refused before it can run."""
    for name, block in locked(lock).items():
        assert re.match(r"[a-z0-9-]+==[0-9][\w.]*", block), name
        assert "--hash=sha256:" in block, name


@pytest.mark.parametrize("lock", EVERY)
def test_a_lock_names_no_place(lock: str) -> None:
    """Where packages come from is the machine's business, not the project's."""
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_what_freezes_the_kit_agrees_with_what_runs_it() -> None:
    """Both lock files go into one environment: no package stands in them with two versions."""
    pins = [
        {name: block.split()[0] for name, block in locked(lock).items()}
        for lock in ("run", "freeze")
    ]
    both = pins[0].keys() & pins[1].keys()
    assert {name for name in both if pins[0][name] != pins[1][name]} == set()
    assert "pyinstaller" in pins[1]
    assert "pyinstaller" not in pins[0]
