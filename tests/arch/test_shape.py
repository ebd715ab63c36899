"""Nothing in the kit grows past what one person can hold in mind; there is no exemption.

The limits are hard: a module, class or function that reaches one is divided. They are counted here
and not only by the linter, so that no `noqa` can lift them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.arch.source import Module, modules

MODULE_LINES = 500
CLASS_LINES = 300
FUNCTION_LINES = 60
BRANCHES = 10
PARAMETERS = 6
STATEMENTS = 40
RETURNS = 6
TEST_MODULE_LINES = 800

EXEMPT: frozenset[str] = frozenset()
"""Stays empty: the test below says so."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHING = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions and classes inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def lines(node: Function | ast.ClassDef) -> int:
    """Lines from the first decorator to the end."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return (node.end_lineno or node.lineno) - first + 1


def parameters(function: Function) -> int:
    """Parameters a caller may give; `self` and `cls` are not given."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([one for one in given if one.arg not in {"self", "cls"}])


def measures(function: Function) -> Iterator[tuple[str, int, int]]:
    """(what, figure, limit) for one function."""
    own = list(own_nodes(function))
    yield "lines", lines(function), FUNCTION_LINES
    yield "branches", 1 + sum(isinstance(node, BRANCHING) for node in own), BRANCHES
    yield "parameters", parameters(function), PARAMETERS
    yield "statements", sum(isinstance(node, ast.stmt) for node in own), STATEMENTS
    yield "returns", sum(isinstance(node, ast.Return) for node in own), RETURNS


def excesses(module: Module) -> Iterator[str]:
    """Everything in one module that is past its limit, as an editor can open it."""
    if (total := len(module.text.splitlines())) > MODULE_LINES:
        yield f"{module.name}: {total} lines (limit {MODULE_LINES})"
    for one in module.classes():
        if lines(one) > CLASS_LINES:
            yield f"{module.at(one)} class {one.name}: {lines(one)} lines (limit {CLASS_LINES})"
    for function in module.functions():
        for what, figure, limit in measures(function):
            if figure > limit:
                yield f"{module.at(function)} {function.name}: {figure} {what} (limit {limit})"


def test_nothing_is_larger_than_its_limit() -> None:
    """Modules, classes and functions of the kit stay under the hard limits."""
    found = [
        excess for module in modules() if module.name not in EXEMPT for excess in excesses(module)
    ]
    assert not found, "\n".join(found)


def test_nobody_is_exempt() -> None:
    """The way out of a limit is a smaller function."""
    assert not EXEMPT


def test_test_modules_stay_readable() -> None:
    """A test file may be a long table of cases, but not a book."""
    long = [
        module.name
        for module in modules("tests")
        if len(module.text.splitlines()) > TEST_MODULE_LINES
    ]
    assert not long


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("def f():\n" + "    x = 1\n" * 41, "statements"),
        ("def f(a, b, c, d, e, *, g, h): pass", "parameters"),
        ("def f(x):\n" + "    if x: x()\n" * 10, "branches"),
        ("def f(x):\n" + "    if x: return 1\n" * 7, "returns"),
        ("def f():\n    '''" + "\n" * 70 + "'''", "lines"),
    ],
)
def test_an_excess_is_seen(source: str, what: str) -> None:
    """Each measure can fail."""
    function = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    assert what in [name for name, figure, limit in measures(function) if figure > limit]
