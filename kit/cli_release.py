"""The command line's part for releases between kits: keep one for the others, take another kit's.

Asks the node that runs in the folder, since releases travel on its lines; fetching goes on there
when this command is stopped. Not for: putting a release onto the stick (`kit stick update`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit.core.errors import BadInput, Refused

Add = Callable[[str, str], argparse.ArgumentParser]


def add_release_commands(add_with_kit: Add) -> None:
    """`release`: its words."""
    release = add_with_kit("release", "newer versions of the kit that travel between kits")
    acts = release.add_subparsers(dest="act", required=True)
    acts.add_parser("list", help="what is kept here, offered by others, on its way")
    keep = acts.add_parser("keep", help="keep a .kitupdate here; all kits in reach may fetch it")
    keep.add_argument("path", metavar="FILE|FOLDER")
    take = acts.add_parser("take", help="fetch what another kit offers; may be stopped and resumed")
    take.add_argument("version", metavar="VERSION")
    acts.add_parser("drop", help="keep none any more")


def _release(options: argparse.Namespace) -> int:
    from kit.cli_fleet import answer_with
    from kit.cli_pair import Running
    from kit.node.local_socket import is_running

    if not is_running(Path(options.home)):
        raise BadInput("NOD-006")
    kit = Running(options)
    try:
        return answer_with(_done(kit, options))
    finally:
        kit.close()


def _done(kit: Any, options: argparse.Namespace) -> Any:
    if options.act == "keep":
        path = str(Path(options.path).absolute())
        return kit.ask({"call": "release.keep", "args": {"path": path}})
    if options.act == "drop":
        return kit.ask({"call": "release.drop"})
    state = kit.ask({"call": "releases"})
    if options.act == "list" or isinstance(state, Refused):
        return state
    named = [row["name"] for row in state["offers"] if row["version"] == options.version]
    name = named[0] if named else ""
    begun = kit.ask({"call": "release.take", "args": {"name": name}})
    return begun if isinstance(begun, Refused) else _followed(kit)


def _followed(kit: Any) -> Any:
    """Until it is here or has failed; stopping this command leaves it on its way."""
    while True:
        state = kit.ask({"call": "releases"})
        fetching = state["fetching"]
        if fetching is None:
            return state["held"]
        if fetching["fault"]:
            return Refused(fetching["fault"])
        if sys.stderr.isatty():
            share = fetching["done"] * 100 // (fetching["total"] or 1)
            print(f"\r\033[K{fetching['version']} {share} %", end="", file=sys.stderr, flush=True)
        kit.wait()


RELEASE_RUN: dict[str, Callable[[argparse.Namespace], int]] = {"release": _release}
