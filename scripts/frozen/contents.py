"""What goes into the frozen folder and what is left out; rules only, so that tests can ask them.

The spec (`packaging/freeze/kit.spec`) hands its lists through here. What is dropped is named; the
sweep (`sweep.py`) proves afterwards that nothing that was kept misses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

QT_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg")
"""The modules of Qt that the screens import; a test compares them with the code."""

EXCLUDED = (
    "tkinter", "turtle", "idlelib", "lib2to3", "ensurepip", "venv", "pydoc", "pydoc_data",
    "doctest", "unittest", "test", "pdb", "distutils", "setuptools", "pkg_resources", "pip",
    "_distutils_hack", "babel", "fontTools", "pytest", "_pytest", "hypothesis", "numpy", "psutil",
    "openpyxl", "multiprocessing",
    "pypdfium2_cli", "PIL.ImageTk", "PIL.ImageQt", "IPython", "sqlite3",
    "PySide6.QtNetwork", "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtDBus",
)  # fmt: skip
"""Modules that some library would take along if it found them; none is used at run time."""

LEFT_AT_HOME = ("kit.bench", "kit.shots", "kit.gui.painted_exchange")
"""Rooms of the kit that measure and photograph a checkout; nothing that goes along opens them."""

_DROPPED = (
    # Qt as it is not used: no QML, no network, no database, no other way to a screen.
    r"PySide6/Qt/lib/libQt6(Qml|Quick|Labs|VirtualKeyboard|Designer|UiTools|Help)\w*\.so.*",
    r"PySide6/Qt/lib/libQt6(Sql|Test|Lottie|Network|EglFS|WaylandComp|Xml|Concurrent)\w*\.so.*",
    r"PySide6/Qt/qml/.*",
    r"PySide6/Qt(Network|Qml|Quick\w*|OpenGL\w*|PrintSupport|DBus|Sql|Test|Xml)\.\w+.*",
    r"PySide6/Qt/plugins/(egldeviceintegrations|networkinformation|tls|generic|sqldrivers)/.*",
    r"PySide6/Qt/plugins/(wayland-graphics-integration-server|qmltooling|designer)/.*",
    r"PySide6/Qt/plugins/platforms/libq(eglfs|linuxfb|minimal|minimalegl|vkkhrdisplay|vnc)\.so",
    r"PySide6/Qt/plugins/platformthemes/libqgtk3\.so",
    r"PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin\.so",
    r"PySide6/Qt/plugins/imageformats/libq(icns|ico|pdf|tga|tiff|wbmp|webp)\.so",
    r"PySide6/Qt/plugins/wayland-shell-integration/lib(ivi-shell|qt-shell)\.so",
    r"PySide6/Qt/plugins/wayland-graphics-integration-client/.*",
    # Qt's own sentences: French alone; English is in the code.
    r"PySide6/(Qt/)?translations/(?!qtbase_fr\.qm$).*",
    # Libraries of the machine that draws: always the target's own, beside its drivers.
    r"lib(gtk|gdk|gdk_pixbuf|atk|atspi|pango|cairo|epoxy|harfbuzz|thai|datrie|fribidi)[\w.+-]*\.so.*",
    r"libLLVM.*|libgallium.*|libz3\.so.*",
    # Fonts and examples of reportlab; the kit brings its own and embeds them.
    r"reportlab/fonts/.*",
)
_ANY_DROPPED = re.compile("|".join(f"(?:{one})" for one in _DROPPED))

_NO_DATA = frozenset({".py", ".pyc", ".po", ".part", ".md", ".pyi"})


def is_dropped(inside: str) -> bool:
    """Whether the file at this place of the folder (slashes, no `_internal/`) is left out."""
    return _ANY_DROPPED.fullmatch(inside) is not None


def is_ours(module: str) -> bool:
    """Whether a module of the kit goes along: all but what serves a checkout only."""
    return not any(module == one or module.startswith(f"{one}.") for one in LEFT_AT_HOME)


def modules_of(source: Path) -> list[str]:
    """Every module of the kit that goes along; rooms are opened by name, so none is guessed."""
    names = []
    for path in sorted((source / "kit").rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return [name for name in names if is_ours(name)]


def data_of(source: Path) -> list[tuple[Path, str]]:
    """Every file of the kit that is not code, with the folder it belongs in."""
    return [
        (path, path.parent.relative_to(source).as_posix())
        for path in sorted((source / "kit").rglob("*"))
        if path.is_file() and path.suffix not in _NO_DATA and "__pycache__" not in path.parts
        and is_ours(".".join(path.parent.relative_to(source).parts))
    ]  # fmt: skip


def reached(
    names: Iterable[str], roots: Iterable[str], needs: Callable[[str], Iterable[str]]
) -> set[str]:
    """The libraries of `names` that something in `roots` loads, directly or through another.

    `needs` tells which library names a file asks its loader for. The rest was only there for
    something that has been dropped.
    """
    by_file: dict[str, list[str]] = {}
    for name in names:
        by_file.setdefault(name.rpartition("/")[2], []).append(name)
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        for wanted in needs(waiting.pop()):
            for name in by_file.get(wanted.rpartition("/")[2], ()):
                if name not in found:
                    found.add(name)
                    waiting.append(name)
    return found
