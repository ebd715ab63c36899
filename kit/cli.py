"""The command line: the same kit without a window; what scripts, tests and IT people use.

Prints one JSON document on stdout for machines, plain sentences on stderr for people. Exit codes:
0 done, 1 refused by a rule or a bar missed, 2 wrong usage, 3 fault. Not for: what commands do.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from kit.cli_fleet import FLEET_RUN
from kit.cli_options import parser
from kit.cli_pair import PAIR_RUN
from kit.cli_release import RELEASE_RUN
from kit.cli_stick import STICK_RUN
from kit.core.errors import BadInput, KitError, Refused

OK, REFUSED, USAGE, FAULT = 0, 1, 2, 3
# Events and rows hold no cycles: looking for them as often as by default slows an import.
COLLECT = (50_000, 20, 50)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the process's exit code."""
    words = RUN | FLEET_RUN | PAIR_RUN | STICK_RUN | RELEASE_RUN
    options = parser(words).parse_args(argv)
    gc.set_threshold(*COLLECT)
    try:
        return int(options.run(options))
    except KitError as fault:
        return _complain(fault)
    except KeyboardInterrupt:
        return FAULT


def _complain(fault: KitError) -> int:
    from kit.node.sentences import text_of

    text = text_of(fault.code, fault.args_)
    show({"fault": fault.code, "args": fault.args_, "text": text})
    print(f"{text} [{fault.code}]", file=sys.stderr)
    usage = isinstance(fault, BadInput) and fault.code.startswith("CMD")
    return USAGE if usage else FAULT


def show(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.buffer.write(msgspec.json.encode(value, order="deterministic") + b"\n")
    sys.stdout.buffer.flush()


def _refused(refused: Refused) -> int:
    from kit.node.sentences import text_of

    text = text_of(refused.code, refused.args)
    show({"refused": refused.code, "args": refused.args, "text": text})
    print(text, file=sys.stderr)
    return REFUSED


def _phrase(options: argparse.Namespace) -> str:
    if options.phrase_file is None:
        import getpass

        return getpass.getpass("Phrase : ")
    if options.phrase_file == "-":
        return sys.stdin.readline()
    try:
        return Path(options.phrase_file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput("CMD-006", path=str(options.phrase_file)) from fault


class Session:
    """An open kit for one command; closes it whatever happens."""

    def __init__(self, options: argparse.Namespace) -> None:
        from kit.node.opening import open_kit
        from kit.node.service import Node

        self.node = Node(Path(options.home))
        self.node.use(open_kit(Path(options.home), _phrase(options)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_gone: object) -> None:
        self.node.close()

    def act_as(self, person: str | None) -> Refused | None:
        """Sign in whom `--as` names; a refusal where there is no such account."""
        if not person:
            return None
        who = self.node.sitting.sign_in_by_phrase(person)
        return who if isinstance(who, Refused) else None


def _new(options: argparse.Namespace) -> int:
    from kit.node.opening import make_kit
    from kit.node.settings import Settings
    from kit.store.home import Home

    home = Path(options.home)
    if Home(home).has_kit():
        raise BadInput("CMD-008", path=str(home))
    settings = Settings(
        capsule=options.capsule, hospital=options.hospital, ward=options.ward,
        world=options.world, label=options.label or options.ward or options.capsule,
        fleet_root=b"", language=options.language,
    )  # fmt: skip
    kit, words = make_kit(home, settings)
    kit_id = kit.db.identity.kit_id.hex()
    kit.close()
    phrase = " ".join(words)
    if options.json:
        show({"home": str(home), "kit": kit_id, "phrase": phrase, "ward": options.ward})
    else:
        print(phrase)
        print("Écrivez ces huit mots : ils ne seront plus montrés.", file=sys.stderr)
    return OK


def _import(options: argparse.Namespace) -> int:
    from kit.exchange.report import report_json
    from kit.node.importing import import_steps
    from kit.node.work import ALONE_S

    with Session(options) as session:
        if (refused := session.act_as(options.person)) is not None:
            return _refused(refused)
        who = session.node.sitting.who
        steps = import_steps(session.node.desk, Path(options.path), who, ALONE_S)
        import_id = _watch(steps)
        report = report_json(session.node.desk.kit.db, import_id)
    show(report)
    return OK


def _watch(steps: Any) -> Any:
    """Run steps to the end, with progress for a person who looks."""
    eager = sys.stderr.isatty()
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            if eager:
                print(file=sys.stderr)
            return end.value
        if eager:
            share = 100 * step["done"] // max(1, step["total"])
            print(f"\r{share:3d} %", end="", file=sys.stderr)


def _query(options: argparse.Namespace) -> int:
    from kit.node import rooms as _rooms  # noqa: F401  (registers every query)
    from kit.node.desk import KEY_HOLDER, describe_all
    from kit.node.local_socket import is_running

    if options.list or not options.name:
        show(describe_all()[1])
        return OK if options.list else USAGE
    args = dict(_pair(text) for text in options.arguments)
    if is_running(Path(options.home)):
        return _through(options, {"ask": options.name, "args": args})
    with Session(options) as session:
        if (refused := session.act_as(options.person)) is not None:
            return _refused(refused)
        who = session.node.sitting.who if options.person else KEY_HOLDER
        rows = session.node.desk.ask(options.name, args, who)
    if isinstance(rows, Refused):
        return _refused(rows)
    show(rows)
    return OK


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput("CMD-002", name=name, why="key=value")
    return name, value


def _do(options: argparse.Namespace) -> int:
    from kit.node import rooms as _rooms  # noqa: F401  (registers every command)
    from kit.node.desk import describe_all
    from kit.node.local_socket import is_running

    if options.list or not options.name:
        show(describe_all()[0])
        return OK if options.list else USAGE
    text = sys.stdin.read() if options.arguments == "-" else options.arguments or "{}"
    try:
        args = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError) as fault:
        raise BadInput("CMD-005", why=str(fault)[:120]) from fault
    if is_running(Path(options.home)):
        if not options.person:
            raise BadInput("CMD-007")
        message = {"do": options.name, "args": args, "key": options.key}
        return _through(options, message | {"second": {"person": options.second}})
    with Session(options) as session:
        if (refused := session.act_as(options.person)) is not None:
            return _refused(refused)
        sitting = session.node.sitting
        who = sitting.seconded(sitting.who, {"person": options.second})
        if isinstance(who, Refused):
            return _refused(who)
        done = session.node.desk.do(options.name, args, who, options.key)
    if isinstance(done, Refused):
        return _refused(done)
    show({"ok": {"entries": done.entries, **done.answer, "notices": _told(done.notices)}})
    return OK


def _through(options: argparse.Namespace, message: dict[str, Any]) -> int:
    """Ask the node that is running in this folder; what it answers, shown as without one."""
    from kit.node.local_socket import Caller
    from kit.node.sentences import text_of

    caller = Caller(Path(options.home))
    try:
        answered = caller.ask({**message, "as": options.person or ""})
    finally:
        caller.close()
    if "ok" not in answered:
        kind = "refused" if "refused" in answered else "fault"
        said = answered[kind]
        text = said["args"].pop("text", "") or text_of(said["code"], said["args"])
        show({kind: said["code"], "args": said["args"], "text": text})
        print(text, file=sys.stderr)
        usage = kind == "fault" and said["code"].startswith("CMD")
        return USAGE if usage else REFUSED if kind == "refused" else FAULT
    value = answered["ok"]
    if "do" in message:
        done = value["answer"] if isinstance(value.get("answer"), dict) else {}
        notices = [
            {**notice, "text": text_of(notice["code"], notice["args"])}
            for notice in value["notices"]
        ]
        value = {"ok": {"entries": value["entries"], **done, "notices": notices}}
    show(value)
    return OK


def _told(notices: Sequence[Any]) -> list[dict[str, Any]]:
    from kit.node.sentences import text_of

    return [{"code": n.code, "args": n.args, "text": text_of(n.code, n.args)} for n in notices]


def _print(options: argparse.Namespace) -> int:
    import asyncio

    from kit.node.desk import KEY_HOLDER
    from kit.node.work import Sliced, carried_out

    with Session(options) as session:
        if (refused := session.act_as(options.person)) is not None:
            return _refused(refused)
        who = session.node.sitting.who if options.person else KEY_HOLDER
        printing = session.node.printing
        args = {"ward": options.ward, "patient": options.patient}
        rendered = _watch(printing.steps(options.pack, args, who))
        if isinstance(rendered, Refused):
            return _refused(rendered)
        if options.out:
            saved = printing.save(rendered["job"], Path(options.out), who)
        else:
            sent = printing.send(rendered["job"], options.printer, options.copies, who)
            saved = asyncio.run(carried_out(Sliced("print", sent)))
    show({**rendered, **saved})
    return OK


def _verify(options: argparse.Namespace) -> int:
    from kit.node.checking import verify_kit

    with Session(options) as session:
        report = verify_kit(session.node.desk.kit)
    show(report)
    return OK if report["ok"] else FAULT


def _node(options: argparse.Namespace) -> int:
    import asyncio

    from kit.node.network import Plan
    from kit.node.server import serve_alone, serve_stdio
    from kit.node.service import Node
    from kit.sync.address import read_address, read_listening_place

    plan = None
    if options.listen or options.peer or options.no_discovery:
        plan = Plan(
            listen=tuple(read_listening_place(text) for text in options.listen),
            static=tuple(read_address(text) for text in options.peer),
            discover=not options.no_discovery,
        )
    if options.stdio:
        node = Node(Path(options.home))
        node.plan = plan
        return serve_stdio(node)
    with Session(options) as session:
        session.node.plan = plan
        asyncio.run(serve_alone(session.node, show))
    return OK


def _peers(options: argparse.Namespace) -> int:
    from kit.node.local_socket import is_running

    if is_running(Path(options.home)):
        return _through(options, {"call": "peers"})
    with Session(options) as session:
        show(session.node.begin({"call": "peers"}))
    return OK


def _bundle(options: argparse.Namespace) -> int:
    from kit.node.desk import KEY_HOLDER
    from kit.node.local_socket import is_running

    call = {
        "call": f"bundle.{options.direction}",
        "args": {"path": str(Path(options.path).absolute())},
    }
    if is_running(Path(options.home)):
        return _through(options, call)
    with Session(options) as session:
        if (refused := session.act_as(options.person)) is not None:
            return _refused(refused)
        work = session.node.begin(call, session.node.sitting.who if options.person else KEY_HOLDER)
        done = work if isinstance(work, Refused) else _watch(work.steps)
    if isinstance(done, Refused):
        return _refused(done)
    show(done)
    return OK


def _demo(options: argparse.Namespace) -> int:
    from kit.node.demo import make_demo

    made = make_demo(Path(options.home), options.seed)
    show(made)
    return OK


def _gui(options: argparse.Namespace) -> int:
    if options.bare:
        from kit.gui.bare import main as open_bare_window

        return open_bare_window()
    from kit.gui.app import main as open_window

    phrase = _phrase(options) if options.phrase_file else ""
    return open_window(Path(options.home), phrase=phrase)


def _run(options: argparse.Namespace) -> int:
    from kit.rehearsal import run_demo

    return run_demo(Path(options.out), real_data=options.real_data, off_screen=options.off_screen)


def _selftest(options: argparse.Namespace) -> int:
    from kit.selftest import run_checks

    found = run_checks(options.names)
    show(found)
    return OK if found["ok"] else FAULT


def _bench(options: argparse.Namespace) -> int:
    from kit.bench import run_benches

    rows = run_benches(options.names)
    if options.json:
        show({"rows": rows})
    else:
        for row in rows:
            print(
                "{name:44} {ours:>10} {reference:>10} {unit:8} {ratio:>8} {bar:>8} {ok}".format(
                    **row
                )
            )
    return OK if all(row["ok"] for row in rows) else REFUSED


RUN: dict[str, Callable[[argparse.Namespace], int]] = {
    "new": _new,
    "import": _import,
    "query": _query,
    "do": _do,
    "print": _print,
    "verify": _verify,
    "node": _node,
    "peers": _peers,
    "bundle": _bundle,
    "demo": _demo,
    "gui": _gui,
    "run": _run,
    "selftest": _selftest,
    "bench": _bench,
}


if __name__ == "__main__":
    sys.exit(main())
