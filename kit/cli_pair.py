"""The command line's part for pairing: open the door, join, compare; or by files on a stick.

Works at a node that runs in the folder, and else opens the kit itself for as long as it takes.
Not for: what pairing is (`kit.node.pairing`).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit.core.errors import KitError, Refused

Add = Callable[[str, str], argparse.ArgumentParser]
POLL_S = 0.1


def add_pair_commands(add_with_kit: Add) -> None:
    """`pair`: its words."""
    pair = add_with_kit("pair", "take another kit into the fleet, or enter one")
    acts = pair.add_subparsers(dest="act", required=True)
    host = acts.add_parser("host", help="open the door on a steering kit for two minutes")
    host.add_argument("--listen", default="", metavar="ADDR:PORT")
    answer = acts.add_parser("answer", help="take in the kit whose request is on this stick")
    for one in (host, answer):
        one.add_argument("--role", default="ward")
        one.add_argument("--label", default="")
        one.add_argument("--wards", default="", help="codes with commas")
    join = acts.add_parser("join", help="enter the fleet of a kit that is open for pairing")
    join.add_argument("where", metavar="ADDR:PORT|CODE")
    request = acts.add_parser("request", help="ask to be taken in, on a stick")
    accept = acts.add_parser("accept", help="enter the fleet whose answer is on this stick")
    accept.add_argument("--fleet", default="", help="the fingerprint that you expect")
    for one in (answer, request, accept):
        one.add_argument("path")
    for one in (host, answer, join, request, accept):
        # Also after the act's name, where one looks for them; never over what stood before it.
        one.add_argument("--home", default=argparse.SUPPRESS)
        one.add_argument("--phrase-file", default=argparse.SUPPRESS)
        one.add_argument("--as", dest="person", default=argparse.SUPPRESS)


class Running:
    """A node that runs in the folder, asked through its door."""

    def __init__(self, options: argparse.Namespace) -> None:
        from kit.node.local_socket import Caller

        self._caller, self._person = Caller(Path(options.home)), options.person or ""

    def ask(self, message: dict[str, Any]) -> Any:
        """The answer's value, or Refused. Raises KitError for a fault."""
        answered = self._caller.ask({**message, "as": self._person})
        if "fault" in answered:
            raise KitError(answered["fault"]["code"], **_plain(answered["fault"]["args"]))
        if "refused" in answered:
            return Refused(answered["refused"]["code"], _plain(answered["refused"]["args"]))
        return answered["ok"]

    def wait(self) -> None:
        """A moment."""
        asyncio.run(asyncio.sleep(POLL_S))

    def close(self) -> None:
        """Hang up."""
        self._caller.close()


def _plain(args: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name not in ("code", "text")}


class Alone:
    """The kit of the folder, opened by this process, with an event loop for its sockets."""

    def __init__(self, options: argparse.Namespace) -> None:
        from kit.cli import Session
        from kit.node.desk import KEY_HOLDER

        self._session = Session(options)
        self.refused = self._session.act_as(options.person)
        self._who = None if options.person else KEY_HOLDER
        self._loop = asyncio.new_event_loop()

    def ask(self, message: dict[str, Any]) -> Any:
        """The answer's value, or Refused."""

        async def asked() -> Any:
            return self._session.node.begin(message, self._who)

        return self.refused or self._loop.run_until_complete(asked())

    def wait(self) -> None:
        """A moment in which the sockets work."""
        self._loop.run_until_complete(asyncio.sleep(POLL_S))

    def close(self) -> None:
        """End what is open and seal the kit."""

        async def ended() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)

        self._loop.run_until_complete(ended())
        self._loop.close()
        self._session.node.close()


def _pair(options: argparse.Namespace) -> int:
    from kit.cli_fleet import answer_with
    from kit.node.local_socket import is_running

    kit = (Running if is_running(Path(options.home)) else Alone)(options)
    try:
        begun = kit.ask({"call": f"pairing.{options.act}", "args": _args(options)})
        if options.act in ("host", "join") and not isinstance(begun, Refused):
            begun = _until_over(kit, begun)
        return answer_with(begun)
    finally:
        kit.close()


def _args(options: argparse.Namespace) -> dict[str, Any]:
    named = ("role", "label", "wards", "listen", "path", "fleet")
    args = {name: getattr(options, name) for name in named if hasattr(options, name)}
    return args | ({"code": options.where} if options.act == "join" else {})


def _until_over(kit: Running | Alone, state: dict[str, Any]) -> Any:
    """Follow it to its end; the digits are shown, and the person's word is read from stdin."""
    if state["qr"]:
        print(f"{state['address']}\n{state['qr']}", file=sys.stderr, flush=True)
    asked = ""
    while state["phase"] not in ("done", "failed"):
        if state["phase"] == "comparing" and state["digits"] != asked:
            asked = state["digits"]
            kit.ask({"call": "pairing.confirm", "args": {"same": _same(asked)}})
        kit.wait()
        state = kit.ask({"call": "pairing.state"})
    if state["phase"] == "failed":
        return Refused(state["reason"], {"text": state["text"]})
    return {"paired": state["peer_label"], "address": state["address"]}


def _same(digits: str) -> bool:
    shown = f"{digits[:3]} {digits[3:]}"
    print(f"{shown} : les mêmes chiffres sur l’autre kit ? [o/n]", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("o", "oui", "y", "yes")


PAIR_RUN: dict[str, Callable[[argparse.Namespace], int]] = {"pair": _pair}
