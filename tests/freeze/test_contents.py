"""What goes into the frozen folder: nothing that is used is dropped, all of the kit is there."""

from __future__ import annotations

import ast
import importlib.util
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.frozen import contents
from tests.arch.source import ROOT, modules

QT = Path(importlib.util.find_spec("PySide6").submodule_search_locations[0])  # type: ignore[union-attr,index]


def imports(kept_only: bool = True) -> Iterator[tuple[str, str]]:
    """Module of ours, and each module that it imports by a statement."""
    for one in modules():
        name = ".".join(Path(one.name).with_suffix("").parts).removesuffix(".__init__")
        if kept_only and not contents.is_ours(name):
            continue
        for node in ast.walk(one.tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield name, node.module
                yield from ((name, f"{node.module}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from ((name, alias.name) for alias in node.names)


def used_of_qt() -> set[str]:
    """The Qt modules that the screens import."""
    found = {target.split(".")[1] for _name, target in imports() if target.startswith("PySide6.")}
    return {name for name in found if name.startswith("Qt")}


@pytest.mark.req("HZ-202")
def test_no_module_of_qt_that_is_imported_is_dropped() -> None:
    assert used_of_qt() == set(contents.QT_MODULES)
    for name in used_of_qt():
        bare = name.removeprefix("Qt")
        assert not contents.is_dropped(f"PySide6/{name}.abi3.so")
        assert not contents.is_dropped(f"PySide6/Qt/lib/libQt6{bare}.so.6")


@pytest.mark.parametrize(
    "pattern",
    [
        "platforms/libqwayland*.so", "platforms/libqxcb.so", "platforms/libqoffscreen.so",
        "wayland-shell-integration/libxdg-shell.so", "imageformats/libqjpeg.so",
        "imageformats/libqsvg.so", "iconengines/*.so", "platforminputcontexts/libcompose*.so",
        "xcbglintegrations/*.so",
    ],
)  # fmt: skip
def test_the_plug_ins_that_show_and_write_french_stay(pattern: str) -> None:
    """They exist in the wheel under these names, so that a new Qt cannot rename them unseen."""
    found = list((QT / "Qt" / "plugins").glob(pattern))
    assert found
    for path in found:
        assert not contents.is_dropped(f"PySide6/{path.relative_to(QT).as_posix()}")


def test_qt_speaks_french_and_nothing_else() -> None:
    names = [path.name for path in (QT / "Qt" / "translations").glob("*.qm")]
    kept = [name for name in names if not contents.is_dropped(f"PySide6/Qt/translations/{name}")]
    assert kept == ["qtbase_fr.qm"]


def test_what_is_excluded_is_imported_nowhere() -> None:
    roots = {target.split(".")[0] for _name, target in imports()}
    assert roots & {one for one in contents.EXCLUDED if "." not in one} == set()


def test_what_is_left_at_home_is_opened_by_nothing_that_goes_along() -> None:
    """But for the bench's own command, which a frozen kit does not offer."""
    reached = {(name, target) for name, target in imports() if target.startswith("kit.")}
    missing = {(name, target) for name, target in reached if not contents.is_ours(target)}
    assert {name for name, _target in missing} <= {"kit.cli"}


def test_every_module_of_the_kit_goes_along() -> None:
    """Rooms and screens are opened by name: an analysis of imports alone would miss them."""
    listed = set(contents.modules_of(ROOT))
    assert {"kit.cli", "kit.ward.vitals", "kit.gui.ward.board", "kit.stick.keeper"} <= listed
    files = list((ROOT / "kit").rglob("*.py"))
    measuring = [path for path in files if "bench" in path.parts]
    others = [one for one in contents.LEFT_AT_HOME if one != "kit.bench"]
    assert len(files) - len(measuring) - len(others) == len(listed)


@pytest.mark.req("HZ-202")
def test_every_data_file_of_the_package_goes_along() -> None:
    """The same files as an installed wheel would hold, each in its own folder."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    globs = project["tool"]["setuptools"]["package-data"]["kit"]
    wanted = {
        path
        for glob in globs
        for path in (ROOT / "kit").glob(glob)
        if path.is_file() and "__pycache__" not in path.parts
    }
    code = {path for path in wanted if path.suffix in (".py", ".md")}
    collected = dict(contents.data_of(ROOT))
    assert wanted - code - set(collected) == set()
    assert {path.suffix for path in collected} >= {".toml", ".csv", ".svg", ".ttf", ".txt", ".mo"}
    for path, folder in collected.items():
        assert (ROOT / folder).samefile(path.parent)


Graph = dict[str, list[str]]
names = st.sampled_from("abcdefgh")


@given(st.dictionaries(names, st.lists(names, max_size=4)), st.sets(names))
def test_a_library_stays_exactly_where_something_kept_reaches_it(
    graph: Graph, roots: set[str]
) -> None:
    libraries = set("abcdefgh")
    found = contents.reached(libraries, roots, lambda name: graph.get(name, []))
    for root in roots:
        assert set(graph.get(root, [])) <= found
    for name in found:
        assert set(graph.get(name, [])) <= found
        assert any(name in graph.get(other, []) for other in found | roots)


@pytest.mark.parametrize("spec", ["freeze/kit.spec", "windows/kit.spec"])
def test_a_recipe_is_sound_python_and_asks_rules_that_exist(spec: str) -> None:
    """The Windows one is run by nobody here: at least its words are right."""
    tree = ast.parse((ROOT / "packaging" / spec).read_text("utf-8"))
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "contents"
    }
    assert {"modules_of", "data_of", "is_dropped", "EXCLUDED"} <= asked
    assert all(hasattr(contents, name) for name in asked)
