"""A throw-away kit on the real disk, and a node over it that is talked to through its pipe."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kit.node.opening import OpenKit, make_kit
from kit.node.piped import Client
from kit.node.settings import Settings
from kit.store import vault

WORLD = "TEST:bench"
WARD = "CARD"


def settings() -> Settings:
    """A ward kit in a world of its own, whose phrase costs nothing."""
    return Settings(
        capsule="ward", hospital="Banc", ward=WARD, world=WORLD, label="Banc", fleet_root=bytes(32)
    )


@contextmanager
def temporary_kit() -> Iterator[tuple[OpenKit, str]]:
    """A new open kit and its phrase; its folder goes when it ends."""
    with tempfile.TemporaryDirectory(prefix="kit-bench-", dir=Path.cwd()) as folder:
        kit, words = make_kit(Path(folder) / "home", settings(), cost=vault.TEST_ONLY, ballast=4096)
        try:
            yield kit, " ".join(words)
        finally:
            kit.close()


@contextmanager
def temporary_node(fill: Any) -> Iterator[tuple[Client, Path, str]]:
    """A node over a kit that `fill(kit)` filled, its one nurse signed in; its home and phrase."""
    with tempfile.TemporaryDirectory(prefix="kit-bench-", dir=Path.cwd()) as folder:
        home = Path(folder) / "home"
        kit, words = make_kit(home, settings(), cost=vault.TEST_ONLY, ballast=4096)
        try:
            fill(kit)
        finally:
            kit.close()
        client = Client(home, " ".join(words))
        try:
            made = client.request(
                {
                    "call": "enrol",
                    "args": {"name": "Claire DUBOIS", "profession": "IDE", "pin": "2468"},
                }
            )
            client.request(
                {"call": "sign_in", "args": {"person": made["answer"]["person"], "pin": "2468"}}
            )
            yield client, home, " ".join(words)
        finally:
            client.close()
