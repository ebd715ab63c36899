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
SCREENS = ("kit.gui", "kit.cli", "kit.assets", "kit.paper")
"""Declare nothing: they only show what the rooms declare."""


@cache
def open_every_room() -> None:
    """Import every module that may declare something."""
    for module in pkgutil.walk_packages(kit.__path__, "kit."):
        if not module.name.startswith(SCREENS) and not module.name.endswith("__main__"):
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
