"""The command line's part for the stick that this computer runs from, and for other sticks.

Asks root's server as the screens do, and after an update the kit that runs, which offers it to the
others; only `phrase` asks for the kit's words. JSON on stdout,
progress on stderr, exit codes as in `kit.cli`; `verify` and `check` end with 1 where a part is not
right. Not for: what the server does (`kit.stick`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit.core.errors import BadInput, KitError, Refused

Add = Callable[[str, str], argparse.ArgumentParser]


def add_stick_commands(add: Add) -> None:
    """`stick`: its words."""
    from kit.stick.machine import Machine
    from kit.stick.persistence import KIT_FOLDER
    from kit.stick.wire import LAYOUTS, SOCKET

    stick = add("stick", "the stick that this computer runs from, and other sticks")
    stick.add_argument("--keeper", default=SOCKET, help=argparse.SUPPRESS)
    acts = stick.add_subparsers(dest="act", required=True)
    for name, about in (
        ("status", "what runs here: version, slot, data, clock"),
        ("drives", "every drive that can be taken out"),
        ("verify", "read this stick whole and compare it with its signed list"),
        ("sources", "where a newer version may come from"),
        ("poweroff", "switch this computer off"),
    ):
        acts.add_parser(name, help=about)
    check = acts.add_parser("check", help="read another stick whole, without opening it")
    clone = acts.add_parser("clone", help="make another stick from this one; no record is copied")
    for one in (check, clone):
        one.add_argument("device", metavar="DRIVE", help="its name in “kit stick drives”")
    clone.add_argument("--serial", help="its number; asked for where it is not given")
    clone.add_argument("--erase", action="store_true", help="although it holds a kit's records")
    update = acts.add_parser("update", help="take in a newer version, tried at the next start")
    update.add_argument("source", metavar="SOURCE", help="one of “kit stick sources”")
    update.add_argument("--only-check", action="store_true", help="signature and version alone")
    update.add_argument("--older", action="store_true", help="although it is older")
    update.add_argument("--home", default=str(Machine().persist / KIT_FOLDER), help="the kit's")
    update.add_argument("--as", dest="person", help="who acts at the kit: a name or an id")
    eject = acts.add_parser("eject", help="take drives off, so that they can be pulled")
    eject.add_argument("device", nargs="?", default="", metavar="DRIVE")
    phrase = acts.add_parser("phrase", help="other eight words for this kit and its stick")
    phrase.add_argument("home", metavar="HOME", help="the kit's folder; on a stick /persist/app")
    layout = acts.add_parser("layout", help="another keyboard; the screens start again")
    layout.add_argument("layout", choices=LAYOUTS)


def _stick(options: argparse.Namespace) -> int:
    from kit.cli_fleet import answer_with
    from kit.node.keeper_line import KeeperLine

    keeper = KeeperLine(Path(options.keeper))
    if options.act == "phrase":
        return answer_with(_other_words(keeper, Path(options.home)))
    if options.act == "status":
        return answer_with(keeper.status())
    if not keeper.is_there:
        return answer_with(Refused("KEY-020"))
    request, args = _request(options, keeper)
    answer = _followed(keeper, request, args)
    if request == "update_apply" and isinstance(answer, dict):
        answer |= _offered(options)
    code = answer_with(answer)
    altered = isinstance(answer, dict) and answer.get("verdict", "right") != "right"
    return 1 if altered else code


def _offered(options: argparse.Namespace) -> dict[str, Any]:
    """The kit that runs here keeps what was installed and offers it to the others.

    As after an update on screen: the update is done either way, so no reason against it is a fault.
    """
    from kit.cli_pair import Running
    from kit.node.local_socket import is_running

    if not is_running(Path(options.home)):
        return {"offered": False, "why": "NOD-006"}
    kit = Running(options)
    try:
        said = kit.ask({"call": "medium.offer_release", "args": {}})
    except KitError as fault:
        return {"offered": False, "why": fault.code}
    finally:
        kit.close()
    return {"offered": False, "why": said.code} if isinstance(said, Refused) else {"offered": True}


def _other_words(keeper: Any, folder: Path) -> Any:
    """The old words, new ones on screen, typed back from paper; then the change."""
    from getpass import getpass

    from kit.node.rephrase import OTHER_WORDS, change_steps
    from kit.node.work import Sliced
    from kit.store import phrase as phrases
    from kit.store import vault
    from kit.store.home import Home

    home, old = Home(folder), getpass("> ")
    vault.unlock(home, old).wipe()  # wrong words are said before anybody writes new ones down
    words = " ".join(phrases.generate(vault.system_random))
    print(words, file=sys.stderr)
    if phrases.canonical(getpass("> ")) != words:
        return Refused(OTHER_WORDS)
    return Sliced("", change_steps(keeper, home, old, words)).drain()


def _request(options: argparse.Namespace, keeper: Any) -> tuple[str, dict[str, Any]]:
    """The keeper's request for these words."""
    if options.act == "clone":
        serial = options.serial or _asked_serial(keeper, options.device)
        return "clone", {"device": options.device, "serial": serial, "erase": options.erase}
    if options.act == "update":
        if options.only_check:
            return "update_check", {"source": options.source}
        return "update_apply", {"source": options.source, "confirmed": options.older}
    names = {"verify": "verify_medium", "check": "verify_stick", "layout": "set_layout"}
    given = {name: getattr(options, name, "") for name in ("device", "layout")}
    args = {name: value for name, value in given.items() if value}
    return names.get(options.act, options.act), args


def _asked_serial(keeper: Any, device: str) -> str:
    """Model, size and number of the drive on screen; its number typed back."""
    found = _followed(keeper, "drives", {})
    rows = [] if isinstance(found, Refused) else found["drives"]
    drive = next((row for row in rows if row["device"] == device), None)
    if drive is None or not sys.stdin.isatty():
        raise BadInput("KEY-038")
    size = f"{drive['bytes'] / 1e9:.1f}"
    print(f"{drive['model']}  {size} GB  {drive['label']}\n{drive['serial']}", file=sys.stderr)
    return input("> ").strip()


def _followed(keeper: Any, request: str, args: dict[str, Any]) -> Any:
    """The answer; progress on the terminal meanwhile."""
    talk = keeper.talk(request, **args)
    said = ""
    while True:
        try:
            step = next(talk)
        except StopIteration as end:
            if said:
                print(file=sys.stderr)
            return end.value
        told = f"{step['step']} {step['done'] * 100 // (step['total'] or 1)} %"
        if sys.stderr.isatty() and told != said and step["step"]:
            print(f"\r\033[K{told}", end="", file=sys.stderr, flush=True)
            said = told


STICK_RUN: dict[str, Callable[[argparse.Namespace], int]] = {"stick": _stick}
