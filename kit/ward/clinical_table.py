"""Clinical tables that a hospital may edit: thresholds, lists, times; each with its source.

They ship as TOML beside this module and say `source` and `verified_on`; while `verified_on` is
empty, screens and paper mark what comes from them "à confirmer". Not for: projected SQL tables.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from kit.core.errors import Misconfigured


@cache
def clinical_table(name: str) -> dict[str, Any]:
    """The table `name`.toml. Raises Misconfigured `TAB-001` without a source, or not TOML."""
    try:
        text = (resources.files("kit.ward") / "data" / f"{name}.toml").read_text("utf-8")
        table = tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise Misconfigured("TAB-001", table=name) from fault
    if "source" not in table or "verified_on" not in table:
        raise Misconfigured("TAB-001", table=name)
    return table


def is_confirmed(name: str) -> bool:
    """Whether a named person has confirmed this table for this hospital."""
    return bool(clinical_table(name)["verified_on"])
