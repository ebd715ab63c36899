"""The command line's words: each command, its options and their help.

Not for: what a command does (`kit.cli`). The names and the JSON are stable.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from kit import __version__
from kit.cli_fleet import add_fleet_commands
from kit.cli_pair import add_pair_commands
from kit.cli_release import add_release_commands
from kit.cli_stick import add_stick_commands
from kit.core.programme import this_programme
from kit.store.home import default_home

Run = Callable[[argparse.Namespace], int]
Add = Callable[[str, str], argparse.ArgumentParser]
DEMO_SEED = 7


def parser(run: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The whole parser; each command's namespace carries the function that `run` names for it."""
    top = argparse.ArgumentParser(prog="kit", description="Cyber Kit")
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(dest="command", required=True)

    def add(name: str, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(run=run[name])
        return made

    def add_with_kit(name: str, about: str) -> argparse.ArgumentParser:
        made = add(name, about)
        made.add_argument("--home", default=str(default_home()), help="the kit's folder")
        made.add_argument("--phrase-file", help="file that holds the kit's phrase; - = stdin")
        made.add_argument("--as", dest="person", help="who acts: a name or an id")
        made.add_argument("--json", action="store_true", help="JSON only")
        return made

    _making(add_with_kit)
    _acting(add_with_kit)
    _printing(add_with_kit)
    _running(add, add_with_kit)
    add_fleet_commands(add, add_with_kit)
    add_pair_commands(add_with_kit)
    add_stick_commands(add)
    add_release_commands(add_with_kit)
    return top


def _making(add: Add) -> None:
    new = add("new", "make a kit; prints its phrase once")
    new.add_argument("--capsule", choices=("ward", "steering"), default="ward")
    new.add_argument("--hospital", required=True)
    new.add_argument("--ward", default="")
    new.add_argument("--label", default="")
    new.add_argument("--world", default="REEL", help="REEL or EXERCICE:<id>")
    new.add_argument("--language", choices=("fr", "en"), default="fr")
    demo = add("demo", "make the demo hospital")
    demo.add_argument("--seed", type=int, default=DEMO_SEED)
    importing = add("import", "read a snapshot in; prints the account of it")
    importing.add_argument("path")


def _acting(add: Add) -> None:
    query = add("query", "answer a registered query with JSON rows")
    query.add_argument("name", nargs="?")
    query.add_argument("arguments", nargs="*", metavar="key=value")
    query.add_argument("--list", action="store_true", help="every query and its fields")
    do = add("do", "record an act: a command's name and its JSON")
    do.add_argument("name", nargs="?")
    do.add_argument("arguments", nargs="?", metavar="JSON")
    do.add_argument("--key", default="", help="a name for this act: given twice, recorded once")
    do.add_argument("--second", default="", help="who stands beside: acts that take two persons")
    do.add_argument("--list", action="store_true", help="every command and its fields")


def _printing(add: Add) -> None:
    printing = add("print", "print a pack or forms")
    printing.add_argument("pack", help="ward-pack, patient, blank:CODE, or form codes with commas")
    printing.add_argument("--ward", default="")
    printing.add_argument("--patient", default="")
    where = printing.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", help="save as this PDF")
    where.add_argument("--printer", help="a CUPS queue or an ipp:// address")
    printing.add_argument("--copies", type=int, default=1)


def _running(add: Add, add_with_kit: Add) -> None:
    add_with_kit("verify", "check every feed, and the tables against a rebuild")
    node = add_with_kit("node", "the node without a window")
    node.add_argument("--stdio", action="store_true", help="framed messages on stdin and stdout")
    node.add_argument(
        "--listen", action="append", default=[], metavar="ADDR:PORT",
        help="where other kits reach this one; without it everywhere, on the fixed port",
    )  # fmt: skip
    node.add_argument(
        "--peer", action="append", default=[], metavar="ADDR:PORT",
        help="a kit that is called whether or not it is found",
    )  # fmt: skip
    node.add_argument("--no-discovery", action="store_true", help="neither announce nor listen")
    add_with_kit("peers", "the other kits: who is there, who lacks what")
    bundle = add_with_kit("bundle", "carry entries on a stick: out onto it, or in from it")
    bundle.add_argument("direction", choices=("out", "in"))
    bundle.add_argument("path", metavar="DIR")
    gui = add_with_kit("gui", "open the window")
    gui.add_argument("--bare", action="store_true", help="a window with nothing: the screen's test")
    run = add("run", "show the demo hospital; off screen where there is no display")
    run.add_argument("--out", default="build/run")
    run.add_argument("--real-data", default="", help="a snapshot to open beside the demo")
    run.add_argument("--off-screen", action="store_true")
    selftest = add("selftest", "is this copy whole? a throw-away kit, screen, sheet and reader")
    selftest.add_argument("names", nargs="*", metavar="CHECK")
    if not this_programme().frozen:  # it measures a checkout
        bench = add("bench", "measure against the bars")
        bench.add_argument("names", nargs="*")
        bench.add_argument("--json", action="store_true")
