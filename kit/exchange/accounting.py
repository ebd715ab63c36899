"""Leaf accounting: every leaf of a unit meets exactly one fate, counted by shape.

Units of one source repeat a few hundred shapes, so a unit's leaves are collected as a tuple of
small numbers, and what such a tuple means is worked out once. Not for: the table of fates
(`leaf_rules`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from kit.exchange.leaf_rules import Verdict, is_dangerous, leaf_name, verdict
from kit.exchange.unit import Account, Fate, LeafTally

KEYED = {"extension": "url", "modifierExtension": "url", "contained": "resourceType"}
Demotions = tuple[tuple[str, Verdict], ...]


class _Node:
    """A place in the tree of paths of one kind."""

    __slots__ = ("children", "index", "keyed", "path", "tree")

    def __init__(self, tree: _Tree, path: str, keyed: str) -> None:
        self.tree, self.path, self.keyed = tree, path, keyed
        self.children: dict[str, _Node] = {}
        self.index = len(tree.paths)
        tree.paths.append(path)

    def child(self, key: str) -> _Node:
        found = self.children.get(key)
        if found is None:
            name = leaf_name(key)
            path = f"{self.path}.{name}" if self.path else name
            found = self.children[key] = _Node(self.tree, path, KEYED.get(key, ""))
        return found

    def variant(self, item: dict[str, Any]) -> _Node:
        """`extension(race)`: the place of one extension, told apart by its address."""
        name = str(item.get(self.keyed, "")).rpartition("/")[2].replace(".", "·")[:80]
        found = self.children.get(f"({name}")
        if found is None:
            found = self.children[f"({name}"] = _Node(self.tree, f"{self.path}({name})", "")
        return found


class _Tree:
    __slots__ = ("paths", "root")

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.root = _Node(self, "", "")


def _collect(value: dict[str, Any], node: _Node, add: Callable[[int], None]) -> None:
    """Add the number of each leaf's path, in order. The hottest loop of an import."""
    children = node.children
    for key, item in value.items():
        child = children.get(key)
        if child is None:
            child = node.child(key)
        kind = type(item)
        if kind is str:
            add(child.index)
        elif kind is dict:
            _collect(item, child, add)
        elif kind is list:
            _collect_list(item, child, add)
        else:
            add(child.index)


def _collect_list(items: list[Any], node: _Node, add: Callable[[int], None]) -> None:
    for item in items:
        kind = type(item)
        if kind is dict:
            _collect(item, node.variant(item) if node.keyed else node, add)
        elif kind is list:
            _collect_list(item, node, add)
        else:
            add(node.index)


class Shape(msgspec.Struct, frozen=True):
    """What one shape of unit means: its account, and (path, verdict, count, danger) lines."""

    account: Account
    lines: tuple[tuple[str, Verdict, int, bool], ...]


class Accountant:
    """Counts the leaves of an import's units and totals them batch by batch."""

    def __init__(self) -> None:
        self._trees: dict[str, _Tree] = {}
        self._shapes: dict[tuple[str, tuple[int, ...], Demotions], Shape] = {}
        self._met: dict[int, tuple[Shape, int, str, str]] = {}

    def shape(self, kind: str, unit: dict[str, Any], demoted: Demotions = ()) -> Shape:
        """The account of one unit; `demoted`: prefixes that meet another fate in this unit."""
        tree = self._trees.get(kind)
        if tree is None:
            tree = self._trees[kind] = _Tree()
        out: list[int] = []
        _collect(unit, tree.root, out.append)
        key = (kind, tuple(out), demoted)
        found = self._shapes.get(key)
        if found is None:
            found = self._shapes[key] = _shape(kind, [tree.paths[i] for i in out], demoted)
        return found

    def meet(self, shape: Shape, file: str, position: str) -> None:
        """Count one unit of this shape towards the batch in hand."""
        met = self._met.get(id(shape))
        self._met[id(shape)] = (
            (shape, met[1] + 1, met[2], met[3]) if met else (shape, 1, file, position)
        )

    def take(self) -> tuple[LeafTally, ...]:
        """The tallies since the last call, by path."""
        totals: dict[tuple[str, Verdict], list[Any]] = {}
        for shape, units, file, position in self._met.values():
            for path, what, count, danger in shape.lines:
                line = totals.get((path, what))
                if line is None:
                    totals[path, what] = [count * units, file, position, danger]
                else:
                    line[0] += count * units
        self._met.clear()
        return tuple(
            LeafTally(path, what.fate, count, file, position, what.rule, danger)
            for (path, what), (count, file, position, danger) in totals.items()
        )


def _shape(kind: str, paths: list[str], demoted: Demotions) -> Shape:
    lines = []
    sums: Counter[str] = Counter()
    for path, count in Counter(paths).items():
        what = _demoted(path, demoted) or verdict(kind, path)
        danger = what.fate is Fate.UNMAPPED and is_dangerous(kind, path)
        lines.append((f"{kind}.{path}", what, count, danger))
        sums[what.fate] += count
    account = Account(
        len(paths), sums[Fate.MAPPED], sums[Fate.KEPT], sums[Fate.IGNORED], sums[Fate.UNMAPPED]
    )
    return Shape(account, tuple(lines))


def _demoted(path: str, demoted: Demotions) -> Verdict | None:
    for prefix, what in demoted:
        if not prefix or path == prefix or path.startswith((f"{prefix}.", f"{prefix}(")):
            return what
    return None
