"""What every file of the kit has in common: a purpose, honest names, colours from one place."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.arch.source import Module, modules

EMPTY_NAMES = {"utils", "util", "manager", "helper", "helpers", "common", "base", "misc"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
TOKENS = "kit/gui/theme.py"
"""The one file that may name a colour or a size of type."""
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
TYPE_SIZE = re.compile(r"font(?:-size)?\s*:[^;$]*\d")
SIZE_SETTERS = {"setPointSize", "setPointSizeF", "setPixelSize"}
OPEN_TASK = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
REFERENCE = re.compile(r"#\d+|docs/adr/\d{4}")


def words(name: str) -> set[str]:
    """`VitalsManager`, `vitals_manager` → {"vitals", "manager"}."""
    return {word.lower() for word in WORD.findall(name)}


def strings(module: Module) -> Iterator[ast.Constant]:
    """String constants that are not docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node


def comments(module: Module) -> Iterator[tuple[int, str]]:
    """(line, text) of every comment."""
    with tokenize.open(module.path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_every_module_says_what_it_is_for() -> None:
    """A stranger who opens a file reads its purpose first."""
    mute = [module.name for module in modules() if not ast.get_docstring(module.tree)]
    assert not mute


def test_no_name_says_nothing() -> None:
    """A file or class called helper, manager or utils collects what nobody placed."""
    found = [
        f"{module.name} {name}"
        for module in modules()
        for name in [module.path.stem, *(one.name for one in module.classes())]
        if words(name) & EMPTY_NAMES
    ]
    assert not found


def test_colours_and_type_sizes_come_from_the_tokens() -> None:
    """One file decides what amber is, so dark mode and print cannot disagree with it."""
    screens = [module for module in modules("kit/gui") if module.name != TOKENS]
    found = [
        f"{module.at(node)} {node.value!r}"
        for module in screens
        for node in strings(module)
        if COLOUR.search(str(node.value)) or TYPE_SIZE.search(str(node.value))
    ]
    found += [
        f"{module.at(node)} {node.func.attr}"
        for module in screens
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SIZE_SETTERS
        and any(isinstance(argument, ast.Constant) for argument in node.args)
    ]
    assert not found, "\n".join(found)


def test_an_open_task_names_its_issue() -> None:
    """A TODO without a reference is a wish nobody will find again."""
    found = [
        f"{module.name}:{line} {text}"
        for module in [*modules(), *modules("scripts")]
        for line, text in comments(module)
        if OPEN_TASK.search(text) and not REFERENCE.search(text)
    ]
    assert not found


def test_no_error_is_shown_raw() -> None:
    """`str(error)` of a caught exception never becomes text for a person in the screens."""
    found = [
        f"{module.at(node)}"
        for module in modules("kit/gui")
        for handler in ast.walk(module.tree)
        if isinstance(handler, ast.ExceptHandler) and handler.name
        for node in ast.walk(handler)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "str"
        and [argument.id for argument in node.args if isinstance(argument, ast.Name)]
        == [handler.name]
    ]
    assert not found


@pytest.mark.parametrize("name", ["VitalsManager", "utils", "patient_helpers", "BaseScreen"])
def test_an_empty_name_is_seen(name: str) -> None:
    """The word is found in every way of writing names."""
    assert words(name) & EMPTY_NAMES


@pytest.mark.parametrize("name", ["Database", "baseline", "Commonplace"])
def test_a_full_name_is_left_alone(name: str) -> None:
    """A word that merely contains another is not it."""
    assert not words(name) & EMPTY_NAMES
