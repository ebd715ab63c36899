"""The source of the kit as the architecture tests see it: files, their trees, their names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
KIT = ROOT / "kit"


@dataclass(frozen=True)
class Module:
    """One Python file, parsed once."""

    path: Path

    @cached_property
    def text(self) -> str:
        """The whole file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text, str(self.path))

    @property
    def name(self) -> str:
        """Path from the root with slashes: `kit/ward/vitals.py`."""
        return self.path.relative_to(ROOT).as_posix()

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def classes(self) -> Iterator[ast.ClassDef]:
        """Every class, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef):
                yield node

    def at(self, node: ast.stmt | ast.expr) -> str:
        """Where a node stands, as an editor wants it: `kit/ward/vitals.py:12`."""
        return f"{self.name}:{node.lineno}"


@cache
def modules(folder: str = "kit") -> tuple[Module, ...]:
    """Every Python file under a folder of the checkout, in a stable order."""
    return tuple(Module(path) for path in sorted((ROOT / folder).rglob("*.py")))


def dotted(node: ast.expr) -> str:
    """`datetime.now` of an attribute chain; empty where the chain does not start at a name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
