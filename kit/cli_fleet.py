"""The command line's part for the fleet: prepare it, take kits in, put them out, use the envelope.

Names and JSON are stable, as in `kit.cli`. Secrets are read from files or standard input and
written to paper only. Not for: what these acts mean (`kit.sync`, `kit.node.fleet`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kit.core.errors import BadInput, Refused

Add = Callable[[str, str], argparse.ArgumentParser]


def add_fleet_commands(add: Add, add_with_kit: Add) -> None:
    """`fleet`, `revoke`: their words."""
    fleet = add("fleet", "prepare a fleet; use or print its root envelope")
    acts = fleet.add_subparsers(dest="act", required=True)
    prepare = acts.add_parser("prepare", help="make N kits at once, with a card each")
    prepare.add_argument("count", type=int, metavar="N")
    prepare.add_argument("--out", required=True, help="an empty folder for kits, cards, envelope")
    prepare.add_argument("--hospital", default="")
    prepare.add_argument("--wards", default="", help="codes with commas; the kits go round them")
    prepare.add_argument("--steering", type=int, default=2)
    prepare.add_argument("--recovery", type=int, default=0, help="kits of the DIM")
    prepare.add_argument("--world", default="REEL", help="REEL or EXERCICE:<id>")
    prepare.add_argument(
        "--phrases", metavar="DIR",
        help="also write each kit's phrase to DIR/<kit>.txt, for this user alone: rehearsals only",
    )  # fmt: skip
    envelope = acts.add_parser("envelope", help="print the root of a kit that founded its fleet")
    envelope.add_argument("--out", required=True, help="a PDF that this user alone can read")
    steer = acts.add_parser("steer", help="make this kit a steering kit with the root envelope")
    _envelope_words(steer)
    for one in (envelope, steer):
        _kit_words(one)
    revoke = add_with_kit("revoke", "put a kit out of the fleet, for good")
    revoke.add_argument("kit", metavar="KIT", help="its label, or first signs of its key")
    revoke.add_argument("--reason", required=True)
    _envelope_words(revoke, required=False)


def _kit_words(parser: argparse.ArgumentParser) -> None:
    from kit.store.home import default_home

    parser.add_argument("--home", default=str(default_home()), help="the kit's folder")
    parser.add_argument("--phrase-file", help="file that holds the kit's phrase; - = stdin")
    parser.add_argument("--as", dest="person", help="who acts: a name or an id")


def _envelope_words(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument("--root-symbol", required=required, help="file: text of the symbol")
    parser.add_argument("--root-words", required=required, help="file: the eight words")


def _fleet(options: argparse.Namespace) -> int:
    return {"prepare": _prepare, "envelope": _envelope, "steer": _steer}[options.act](options)


def _prepare(options: argparse.Namespace) -> int:
    from kit.cli import OK, show
    from kit.node.fleet_preparation import Order, prepare_fleet
    from kit.store.durable import close_to_others, replace_file

    wards = tuple(ward.strip() for ward in options.wards.split(",") if ward.strip())
    order = Order(
        folder=Path(options.out), count=options.count, hospital=options.hospital, wards=wards,
        steering=options.steering, recovery=options.recovery, world=options.world,
    )  # fmt: skip

    def told(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{total}", end="" if done < total else "\n", file=sys.stderr)

    def kept(made: Sequence[Any], _root: Any) -> None:
        if options.phrases is None:
            return
        folder = Path(options.phrases)
        folder.mkdir(parents=True, exist_ok=True)
        close_to_others(folder)
        for card in made:
            phrase = folder / f"{Path(card.folder).name}.txt"
            replace_file(phrase, " ".join(card.words).encode())

    show(prepare_fleet(order, told=told, see=kept))
    return OK


def _envelope(options: argparse.Namespace) -> int:
    from kit.cli import OK, Session, show
    from kit.node.fleet_preparation import print_own_envelope

    with Session(options) as session:
        printed = print_own_envelope(session.node.desk.kit, Path(options.out))
    show(printed)
    return OK


def _steer(options: argparse.Namespace) -> int:
    from kit.cli import Session
    from kit.node.fleet import open_root, steer_by_root

    seed = open_root(_text(options.root_symbol), _text(options.root_words))
    with Session(options) as session:
        if (refused := session.act_as(options.person)) is not None:
            return answer_with(refused)
        return answer_with(steer_by_root(session.node.desk, seed, session.node.sitting.who))


def _revoke(options: argparse.Namespace) -> int:
    from kit.cli import Session
    from kit.node.fleet import open_root, revoke_by_root
    from kit.node.local_socket import is_running

    by_root = bool(options.root_symbol and options.root_words)
    if is_running(Path(options.home)):
        return _revoke_through(options, by_root=by_root)
    seed = open_root(_text(options.root_symbol), _text(options.root_words)) if by_root else b""
    with Session(options) as session:
        if (refused := session.act_as(options.person)) is not None:
            return answer_with(refused)
        desk, who = session.node.desk, session.node.sitting.who
        if by_root:
            return answer_with(revoke_by_root(desk, seed, options.kit, options.reason, who))
        args = {"device": options.kit, "reason": options.reason}
        done = desk.do("device.revoke", args, who)
        if isinstance(done, Refused):
            return answer_with(done)
        desk.kit.membership.settle(desk.now(), desk.quality)
        notices = [notice.code for notice in done.notices]
        return answer_with({**done.answer, "notices": notices})


def _revoke_through(options: argparse.Namespace, *, by_root: bool) -> int:
    """The same at the node that is running in this folder."""
    from kit.cli_pair import Running

    args = {"device": options.kit, "reason": options.reason}
    message: dict[str, Any] = {"do": "device.revoke", "args": args}
    if by_root:
        root = {"symbol": _text(options.root_symbol), "words": _text(options.root_words)}
        args = {**root, "revoke": options.kit, "reason": options.reason}
        message = {"call": "fleet.by_root", "args": args}
    kit = Running(options)
    try:
        value = kit.ask(message)
    finally:
        kit.close()
    if isinstance(value, dict) and "answer" in value:
        notices = [notice["code"] for notice in value["notices"]]
        value = {**value["answer"], "notices": notices}
    return answer_with(value)


def answer_with(value: Any) -> int:
    """Show what was answered, or why not; the exit code."""
    from kit.cli import OK, REFUSED, show
    from kit.node.sentences import text_of

    if isinstance(value, Refused):
        text = text_of(value.code, value.args)
        show({"refused": value.code, "args": value.args, "text": text})
        print(text, file=sys.stderr)
        return REFUSED
    show({"ok": value})
    return OK


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput("CMD-006", path=path) from fault


FLEET_RUN: dict[str, Callable[[argparse.Namespace], int]] = {"fleet": _fleet, "revoke": _revoke}
