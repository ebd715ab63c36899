"""Every event, command and query of the kit, once all rooms have been opened."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import kit
from kit.core.command import COMMANDS, CommandType
from kit.core.event import EVENTS, EventType
from kit.core.query import QUERIES, QueryType
from tests.arch.source import ROOT

GOLDEN = ROOT / "tests" / "golden" / "events"
ROOMS = (
    "store", "people", "ward", "steering", "messages", "sync",
    "exchange", "paper", "watch", "exercise",
)  # fmt: skip
"""The second and third floors declare; the node, the screens and the command line only use."""


@cache
def open_every_room() -> None:
    """Import every module that may declare something."""
    for module in pkgutil.walk_packages(kit.__path__, "kit."):
        if module.name.split(".")[1] in ROOMS:
            importlib.import_module(module.name)


def registered_events() -> list[EventType]:
    """All event types, by name."""
    open_every_room()
    return [EVENTS[name] for name in sorted(EVENTS)]


def registered_commands() -> list[CommandType]:
    """All commands, by name."""
    open_every_room()
    return [COMMANDS[name] for name in sorted(COMMANDS)]


def registered_queries() -> list[QueryType]:
    """All queries, by name."""
    open_every_room()
    return [QUERIES[name] for name in sorted(QUERIES)]
