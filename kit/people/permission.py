"""Permissions: one table, role × action, enforced in the node; the screens only hide.

The table is `permission.toml`, after the role matrix of the store study (§4); its cells are
explained there. What an issue to come will narrow (care team, break-glass, two persons, own
accesses, exercise) is already in the table; today the `unit` cells count as yes, the others as no.
`two_or_reason` is yes for whoever has a second person beside them, or says why not (`second`).
Not for: proving who somebody is (`person`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

PROFESSIONS = (
    "AS", "IDE", "MED", "PHA", "CAD", "DIR", "SI", "DPO", "COM", "LOG", "ADM", "AUD", "ANI",
)  # fmt: skip
GRANTED = ("yes", "unit", "unit_or_break_glass", "two_or_reason")


@cache
def _table() -> dict[str, Any]:
    text = (resources.files("kit.people") / "permission.toml").read_text("utf-8")
    return tomllib.loads(text)["action"]  # type: ignore[no-any-return]  # TOML is untyped


def grant(action: str, profession: str) -> str:
    """The cell of the table; an action or a profession that it does not name: `no`."""
    row = _table().get(action, {})
    return next((cell for cell, who in row.items() if profession in who), "no")


def may(action: str, profession: str) -> bool:
    """Whether this profession may do this now; an empty action is open to all."""
    return not action or grant(action, profession) in GRANTED


def takes_two(action: str, profession: str) -> bool:
    """Whether this profession does this with a second person, or with a reason why alone."""
    return grant(action, profession) == "two_or_reason"


def actions() -> tuple[str, ...]:
    """Every action that the table names."""
    return tuple(_table())
