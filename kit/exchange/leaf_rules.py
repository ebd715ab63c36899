"""The table of what is done with each leaf, by kind of unit: `leaves.toml`.

Not for: counting (`accounting`). A leaf that no line of the table names is unmapped, and reported.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from kit.core.errors import Misconfigured
from kit.exchange.unit import Fate

ANY = "*"


class Verdict(msgspec.Struct, frozen=True):
    """What the table says of a path; rule: the name of the rule that ignores it."""

    fate: Fate
    rule: str = ""


class KindRules(msgspec.Struct, frozen=True):
    """The lines of one kind: verdict by path prefix."""

    prefixes: dict[str, Verdict]


UNMAPPED = Verdict(Fate.UNMAPPED)


@cache
def rule_table() -> dict[str, Any]:
    """The file itself. Raises Misconfigured `IMP-001` where a rule has no reason."""
    text = (resources.files("kit.exchange") / "leaves.toml").read_text("utf-8")
    table = tomllib.loads(text)
    for kind, lines in table["kind"].items():
        for rule in lines.get("ignored", {}):
            if rule not in table["rule"]:
                raise Misconfigured("IMP-001", kind=kind, rule=rule)
    return table


@cache
def kind_rules(kind: str) -> KindRules:
    """The lines of a kind, with those for any kind behind them."""
    kinds = rule_table()["kind"]
    prefixes = _prefixes(kinds[ANY])
    prefixes |= _prefixes(kinds.get(kind) or kinds.get(kind.partition(":")[0], {}))
    return KindRules(prefixes)


def _prefixes(lines: dict[str, Any]) -> dict[str, Verdict]:
    found = {path: Verdict(Fate.MAPPED) for path in lines.get("mapped", ())}
    found |= {path: Verdict(Fate.KEPT) for path in lines.get("kept", ())}
    found |= dict.fromkeys(lines.get("unmapped", ()), UNMAPPED)
    for rule, paths in lines.get("ignored", {}).items():
        found |= {path: Verdict(Fate.IGNORED, rule) for path in paths}
    return found


def verdict(kind: str, path: str) -> Verdict:
    """The verdict of the longest prefix of a dotted path; unmapped where there is none."""
    prefixes = kind_rules(kind).prefixes
    parts = path.split(".")
    for rule, names in rule_table()["anywhere"].items():
        if parts[-1] in names:
            return Verdict(Fate.IGNORED, rule)
    if any(part.startswith("modifierExtension") for part in parts):
        return UNMAPPED
    for end in range(len(parts), -1, -1):
        found = prefixes.get(".".join(parts[:end]))
        if found is not None:
            return found if end == len(parts) else _beside(parts, found)
    return UNMAPPED


def _beside(parts: list[str], found: Verdict) -> Verdict:
    """A code or system beside words that are shown is ignored by name, unless listed itself."""
    if found.fate in (Fate.MAPPED, Fate.KEPT):
        tail = ".".join(parts[-2:])
        for rule, tails in rule_table()["beside"].items():
            if tail in tails or parts[-1] in tails:
                return Verdict(Fate.IGNORED, rule)
    return found


def is_dangerous(kind: str, path: str) -> bool:
    """Whether an unmapped leaf there must be shown red: health-data.md §5.3."""
    return kind in rule_table()["danger"]["kinds"] or "modifierExtension" in path


def leaf_name(key: str) -> str:
    """A key as it stands in a path: without the dot that divides paths, and not endless."""
    return key.replace(".", "·")[:120]


def rules_with_reasons() -> dict[str, str]:
    """Every named rule and why it may ignore a leaf."""
    return dict(rule_table()["rule"])
