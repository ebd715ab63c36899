"""Tables of words and times that the import reads by, as data files with their source.

Not for: clinical thresholds (`kit.ward.clinical_table`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from kit.core.errors import Misconfigured


@cache
def exchange_table(name: str) -> dict[str, Any]:
    """The table `name`.toml. Raises Misconfigured `IMP-002` without a source, or no TOML."""
    try:
        text = (resources.files("kit.exchange") / "data" / f"{name}.toml").read_text("utf-8")
        table = tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise Misconfigured("IMP-002", table=name) from fault
    if "source" not in table or "verified_on" not in table:
        raise Misconfigured("IMP-002", table=name)
    return table
