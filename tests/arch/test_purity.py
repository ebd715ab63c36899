"""Time and chance come in as arguments: only the adapters named here may fetch them.

A rule that reads the clock cannot be tested at 03:59 on the night the hour changes, and an id drawn
inside a rule cannot be replayed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.arch.source import Module, dotted, modules

# Where the outside world is allowed in, and why.
ADAPTERS = {
    "kit/node/": "the one composition root: gives clock and chance to everything else",
    "kit/store/vault.py": "draws the kit key, the slots' salts and the words of the phrase",
    "kit/cli": "stamps a new kit and measures; it is a composition root too",
    "kit/bench/": "measures: time is what it is about",
    "kit/stick/keeper.py": "the composition root of root's server: sets the clock, draws marks",
    "kit/gui/port.py": "the screens' door to the node: a clock to show, a key for each request",
}

FORBIDDEN = (
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "os.urandom",
    "os.getrandom",
    "uuid.uuid1",
    "uuid.uuid4",
    "secrets",
    "random",
    "nacl.utils.random",
    "PySide6.QtCore.QDateTime.currentDateTime",
    "PySide6.QtCore.QDateTime.currentDateTimeUtc",
    "PySide6.QtCore.QDateTime.currentMSecsSinceEpoch",
    "PySide6.QtCore.QDateTime.currentSecsSinceEpoch",
    "PySide6.QtCore.QDate.currentDate",
    "PySide6.QtCore.QTime.currentTime",
    "PySide6.QtCore.QUuid.createUuid",
    "PySide6.QtCore.QRandomGenerator",
)
SEEDED = "random.Random"
"""A generator whose seed is given repeats itself: chance as an argument."""


def aliases(module: Module) -> dict[str, str]:
    """Local name → full name, for every import of a module."""
    names: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                local = one.asname or one.name.partition(".")[0]
                names[local] = one.name if one.asname else local
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return names


def seeded_calls(module: Module) -> set[ast.expr]:
    """The callees of `random.Random(seed)`."""
    return {node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call) and node.args}


def uses(module: Module) -> Iterator[str]:
    """Every mention of a clock or of chance in one module."""
    names, seeded = aliases(module), seeded_calls(module)
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        head, _, rest = dotted(node).partition(".")
        full = ".".join(filter(None, [names.get(head, ""), rest]))
        if full == SEEDED and (node in seeded or not isinstance(node.ctx, ast.Load)):
            continue
        if any(full == one or full.startswith(f"{one}.") for one in FORBIDDEN):
            yield f"{module.at(node)} {full}"


def annotated(module: Module) -> set[str]:
    """Lines where `random.Random` is only the type of a parameter: the generator is given."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        note = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if isinstance(note, ast.expr):
            found |= {
                f"{module.at(inner)} {SEEDED}"
                for inner in ast.walk(note)
                if isinstance(inner, ast.Attribute | ast.Name)
            }
    return found


def strangers(module: Module) -> list[str]:
    """What one module uses without being allowed to."""
    known = annotated(module)
    bare = {"random", "secrets"}
    return [use for use in uses(module) if use not in known and use.rpartition(" ")[2] not in bare]


def test_only_the_adapters_read_clocks_or_draw_chance() -> None:
    """Everything else is given its time, ids and randomness."""
    outside = [module for module in modules() if not module.name.startswith(tuple(ADAPTERS))]
    found = [use for module in outside for use in strangers(module)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import time\nx = time.time()", True),
        ("from datetime import datetime as d\nx = d.now()", True),
        ("import datetime\nx = datetime.datetime.now", True),
        ("from uuid import uuid4\nx = uuid4()", True),
        ("import random\nx = random.choice([1])", True),
        ("import random\nx = random.Random()", True),
        ("import random\nx = random.Random(7)", False),
        ("import random\ndef f(chance: random.Random) -> None: ...", False),
        ("import time\nx = time.monotonic()", False),
    ],
)
def test_a_clock_or_chance_is_seen(
    source: str, seen: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The search finds each way to write it, and lets a seeded generator pass."""
    path = tmp_path_factory.mktemp("purity") / "sample.py"
    path.write_text(source)
    sample = Sample(path)
    assert bool(strangers(sample)) is seen


class Sample(Module):
    """A module outside the checkout."""

    @property
    def name(self) -> str:
        """Only for the message."""
        return self.path.name
