"""A frozen kit starts its node and its limited reader through itself: there is no interpreter."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from kit.cli_options import parser
from kit.core.programme import READER, Programme, this_programme
from kit.gui.port import ProcessNode
from kit.sync.courier_pipe import reader_command
from tests.arch.source import ROOT, modules

FROZEN = Programme("/opt/cyber-kit/kit", frozen=True)
PYTHON = Programme("/usr/bin/python3", frozen=False)


def test_the_command_line_of_a_frozen_kit_is_its_executable_and_the_words() -> None:
    assert FROZEN.command("node", "--stdio") == ["/opt/cyber-kit/kit", "node", "--stdio"]
    assert PYTHON.command("node")[1:] == ["-m", "kit.cli", "node"]


def test_the_reader_keeps_the_users_packages_and_the_folder_out() -> None:
    """An interpreter is told so; a frozen one is made so (checked on the real one by `soak`)."""
    assert PYTHON.reader("/media/x")[1:3] == ["-s", "-P"]
    assert FROZEN.reader("/media/x") == ["/opt/cyber-kit/kit", READER, "/media/x"]


def test_this_process_is_not_frozen() -> None:
    assert this_programme() == Programme(sys.executable, frozen=False)


@pytest.mark.req("HZ-200")
def test_a_frozen_kit_gives_no_module_option_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """`kit -m …` would be wrong usage: the window would wait for ever for a node."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/cyber-kit/kit")
    started = [ProcessNode(Path("/home/kit"))._command, reader_command(Path("/media/x"))]
    assert [command[0] for command in started] == ["/opt/cyber-kit/kit"] * 2
    assert all("-m" not in command for command in started)
    assert started[0][1:] == ["node", "--stdio", "--home", "/home/kit"]


def test_only_one_place_of_the_product_knows_how_it_is_started() -> None:
    """A second `sys.executable` would work in the checkout and break where it counts."""
    at_home = ("kit/bench/", "kit/core/programme.py")
    knowing = [one.name for one in modules() if "sys.executable" in one.text]
    assert [name for name in knowing if not name.startswith(at_home)] == []


def test_a_frozen_kit_offers_no_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """It measures a checkout; its modules are not in the folder."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    top = parser(defaultdict(lambda: lambda _options: 0))
    with pytest.raises(SystemExit):
        top.parse_args(["bench"])
    assert top.parse_args(["selftest"]).command == "selftest"


def test_the_reader_does_not_load_the_command_line(tmp_path: Path) -> None:
    """The process that reads foreign files is given as little as it can work with."""
    entry = ROOT / "packaging" / "freeze" / "kit_entry.py"
    code = (
        "import runpy, sys\n"
        f"sys.path.insert(0, {str(entry.parent)!r})\n"
        f"sys.argv = ['kit', {READER!r}, {str(tmp_path)!r}]\n"
        "try:\n"
        f"    runpy.run_path({str(entry)!r}, run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        "assert 'kit.sync.courier_reader' in sys.modules\n"
        "assert 'kit.cli' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.req("HZ-201")
def test_programmes_of_the_system_find_the_systems_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Printing and the stick's tools would otherwise load the folder's libraries, and may fail."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/cyber-kit/_internal")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/usr/local/lib")
    monkeypatch.setenv("_PYI_ARCHIVE_FILE", "/opt/cyber-kit/kit")
    start = runpy.run_path(str(ROOT / "packaging" / "freeze" / "start.py"))
    start["forget_loader"]()
    assert os.environ["LD_LIBRARY_PATH"] == "/usr/local/lib"
    start["forget_loader"]()
    assert "LD_LIBRARY_PATH" not in os.environ
    assert not [name for name in os.environ if name.startswith("_PYI_")]
