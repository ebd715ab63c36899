"""`kit bench`: each figure that matters, as a ratio against a reference measured in the same run.

Not for tests: no assertion depends on a time. Bars come from the product's issues and are recorded
with their last figures in `docs/benchmarks.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

BENCHES = {
    "vitals": "kit.bench.store:vitals_batch",
    "command": "kit.bench.store:one_command",
    "search": "kit.bench.store:search_keystroke",
    "import": "kit.bench.exchange:clinosim_bulk",
    "pack": "kit.bench.paper:ward_pack",
    "lock": "kit.bench.screens:lock_screen",
    "board": "kit.bench.screens:board_after_unlock",
    "keystroke": "kit.bench.screens:keystroke_while_importing",
    "lines": "kit.bench.lines:tls_lines",
    "sync": "kit.bench.sync:all_figures",
    "catch-up": "kit.bench.sync:catch_up",
    "pouchdb": "kit.bench.pouchdb:against_pouchdb",
    "live": "kit.bench.live:one_entry",
    "windows": "kit.bench.windows:window_to_window",
    "frozen": "kit.bench.frozen:frozen_start",
    "netns": "kit.bench.netns:on_a_switch",
}

BY_NAME_ONLY = frozenset({"catch-up", "netns"})
"""A part of another one, and one that takes many minutes."""


def run_benches(names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Run the named benches, or all but a few; rows as the command line prints them."""
    rows: list[dict[str, Any]] = []
    for name in names or [one for one in BENCHES if one not in BY_NAME_ONLY]:
        module, _, function = BENCHES[name].partition(":")
        rows += getattr(import_module(module), function)()
    return rows
