"""The node's services behind messages: commands, questions, and everything that is neither.

`handle` answers one message at once (tests, command line); `begin` may return work to be carried
out in slices or in a thread (the event loop). Codes go out, never sentences with data in a log.
Not for: bytes and pipes (`server`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from kit import __version__
from kit.core.clock import Clock
from kit.core.errors import BadInput, KitError, Refused
from kit.core.text import choose_language
from kit.node import (
    access,
    courier,
    delivery,
    drafts,
    envelope,
    fleet,
    medium,
    medium_network,
    medium_opening,
    pairing,
    pairing_stick,
    places,
    printers,
    release,
    release_sources,
    rephrase,
    rights,
    segments,
    transfer,
)
from kit.node.desk import NOBODY, Desk, Who
from kit.node.importing import import_steps
from kit.node.keeper_line import JOB, KeeperLine
from kit.node.network import Network, Plan
from kit.node.opening import OpenKit, make_kit, open_with_keys, system_clock
from kit.node.printing import Printing
from kit.node.sentences import text_of
from kit.node.settings import Settings
from kit.node.sitting import Sitting
from kit.node.status import status
from kit.node.work import Awaited, Sliced, Slow, Steps
from kit.store import vault
from kit.store.home import Home

Message = dict[str, Any]
Tell = Callable[[Message], None]
WITHOUT_KIT = ("hello", "create", "unlock", "seal")


class Node:
    """One node: a home folder, sealed or open."""

    def __init__(
        self, folder: Path, *, clock: Clock = system_clock, cost: vault.Cost = vault.PRODUCTION
    ) -> None:
        self.folder, self.clock, self.cost = folder, clock, cost
        self.tell: Tell = lambda _message: None
        self.kit: OpenKit | None = None
        self.home: Home | None = None
        self.jobs: dict[str, Sliced] = {}
        self.ended = False
        self.keeper = KeeperLine()
        """Root's server, where this kit runs from a stick."""
        self.network: Network | None = None
        self.plan: Plan | None = None
        """How to meet others; None = as the kit was prepared to."""
        self.who = NOBODY
        """Who asks the service that is being answered just now."""
        self.on_open: list[Callable[[], None]] = []
        """Called each time a kit has been opened here."""
        self.on_fleet: list[Callable[[], None]] = []
        """Called when the open kit has entered another fleet."""
        self.drawn: list[str] = []
        """Words that were drawn to take the place of the kit's and are being written down."""
        self._desk: Desk | None = None
        self._sitting: Sitting | None = None
        self._printing: Printing | None = None

    @property
    def desk(self) -> Desk:
        """The desk of the open kit. Raises BadInput `NOD-002` while it is sealed."""
        if self._desk is None:
            raise BadInput("NOD-002")
        return self._desk

    @property
    def sitting(self) -> Sitting:
        """Who sits here. Raises BadInput `NOD-002` while the kit is sealed."""
        if self._sitting is None:
            raise BadInput("NOD-002")
        return self._sitting

    @property
    def sitting_or_nobody(self) -> Who:
        """Who is signed in at the screens; nobody while the kit is sealed."""
        return self._sitting.who if self._sitting is not None else NOBODY

    @property
    def printing(self) -> Printing:
        """The print jobs. Raises BadInput `NOD-002` while the kit is sealed."""
        if self._printing is None:
            raise BadInput("NOD-002")
        return self._printing

    def use(self, kit: OpenKit) -> None:
        """Work with this open kit."""
        self.kit = kit
        self._desk = Desk(kit)
        self._sitting = Sitting(self._desk)
        self._printing = Printing(self._desk)
        self._desk.listeners.append(lambda topics: self.tell({"changed": sorted(topics)}))
        choose_language(kit.settings.language)
        for opened in self.on_open:
            opened()

    def close(self) -> None:
        """Sign out and close; the kit is sealed again."""
        if self._sitting is not None:
            self._sitting.sign_out("seal")
        if self.kit is not None:
            self.kit.close()
        elif self.home is not None:
            self.home.unlock()
        self.drawn = []
        self.home = self.kit = self._desk = self._sitting = self._printing = None

    def handle(self, message: Message) -> Message:
        """Answer one message, whatever it takes."""
        try:
            value = self.begin(message)
            if isinstance(value, Sliced | Slow):
                value = value.drain()
            elif isinstance(value, Awaited):
                raise BadInput("NOD-006")
        except KitError as fault:
            return fault_answer(message, fault)
        return answer(message, value)

    def begin(self, message: Message, who: Who | None = None) -> Any:
        """Start answering: a value, Refused, or work to carry out. Raises KitError.

        who: somebody else than the person who sits here (the command line).
        """
        asked = self._asked_by(who or self.sitting_or_nobody, message.get("second"))
        if isinstance(asked, Refused):
            return asked
        self.who = asked
        if "do" in message:
            key = str(message.get("key", ""))
            return self.desk.do(message["do"], message.get("args") or {}, self.who, key)
        if "ask" in message:
            return self.desk.ask(message["ask"], message.get("args") or {}, self.who)
        name = str(message.get("call", ""))
        service = SERVICES.get(name)
        if service is None:
            raise BadInput("CMD-004", name=name)
        return service(self, dict(message.get("args") or {}))

    def _asked_by(self, who: Who, second: Any) -> Who | Refused:
        """Whoever asks, with the second person whose PIN came with the message."""
        if not isinstance(second, dict) or self.kit is None:
            return who
        return self.sitting.seconded(who, second)

    def take_home(self) -> Home:
        """The home's lock, taken once."""
        if self.home is None:
            home = Home(self.folder)
            home.prepare()
            home.lock()
            self.home = home
        return self.home


def answer(message: Message, value: Any) -> Message:
    """The message that answers with a value or a refusal."""
    if isinstance(value, Refused):
        return {"id": message.get("id"), "refused": _said(value.code, value.args)}
    return {"id": message.get("id"), "ok": msgspec.to_builtins(value, builtin_types=(bytes,))}


def fault_answer(message: Message, fault: KitError) -> Message:
    """The message that answers with a fault."""
    return {"id": message.get("id"), "fault": _said(fault.code, fault.args_)}


def _said(code: str, args: Message) -> Message:
    """A code with its arguments and, among them, the sentence that a person reads."""
    return {"code": code, "args": {**args, "text": text_of(code, args)}}


def _hello(node: Node, args: Message) -> Message:
    if language := args.get("language"):
        choose_language(str(language))
    home, stick = Home(node.folder), node.keeper.status()
    facts: Message = {
        "open": node.kit is not None, "version": __version__,
        "has_kit": medium_opening.may_hold_kit(stick, home),
        "home": str(node.folder), "now_ms": node.clock(), "medium": stick,
    }  # fmt: skip
    if node.kit is not None:
        facts |= _facts(node)
    return facts


def _facts(node: Node) -> Message:
    assert node.kit is not None  # noqa: S101  (called only while open)
    s, who = node.kit.settings, node.sitting.who
    return {
        "capsule": s.capsule, "hospital": s.hospital, "ward": s.ward, "world": s.world,
        "label": s.label, "language": s.language, "demo": s.demo,
        "person": msgspec.to_builtins(who) if who.person else None,
        "status": status(node.desk),
    }  # fmt: skip


def _create(node: Node, args: Message) -> Slow | Sliced:
    settings = Settings(
        capsule=str(args.get("capsule") or "ward"), hospital=str(args.get("hospital") or ""),
        ward=str(args.get("ward") or ""), world=str(args.get("world") or "REEL"),
        label=str(args.get("label") or args.get("ward") or "kit"),
        fleet_root=b"", language=str(args.get("language") or "fr"),
        created_at=node.clock(),
    )  # fmt: skip

    if node.keeper.is_there:
        steps = medium_opening.create_steps(node, settings, lambda: _facts(node))
        return Sliced(JOB, steps)

    def made() -> Message:
        kit, words = make_kit(
            node.folder, settings, cost=node.cost, clock=node.clock, unproven=True
        )
        node.use(kit)
        return {"words": words, **_facts(node)}

    return Slow(lambda: None, lambda _none: made())


def _unlock(node: Node, args: Message) -> Slow | Sliced | Message:
    if node.kit is not None:
        return _facts(node)
    phrase = str(args.get("phrase", ""))
    if node.keeper.is_there:
        return Sliced(JOB, medium_opening.open_kit_steps(node, phrase, lambda: _facts(node)))
    home = node.take_home()

    def opened(keys: vault.Keys) -> Message:
        node.use(open_with_keys(home, keys, node.clock))
        return _facts(node)

    return Slow(lambda: vault.unlock_and_settle(home, phrase, vault.system_random), opened)


def _seal(node: Node, _args: Message) -> Message:
    node.close()
    node.ended = True
    return {"open": False}


def _sign_in(node: Node, args: Message) -> Who | Refused:
    return node.sitting.sign_in(str(args.get("person", "")), str(args.get("pin", "")))


def _enrol(node: Node, args: Message) -> Any:
    texts = (str(args.get(name, "")) for name in ("name", "profession", "pin"))
    return node.sitting.enrol(*texts)


def _phrase_proven(node: Node, _args: Message) -> bool | Refused:
    """A person has typed words of the new kit from paper: it is somebody's from now on."""
    if (refused := medium_opening.prove_medium(node.keeper)) is not None:
        return refused
    node.desk.kit.home.unwritten.unlink(missing_ok=True)
    return True


def _lock(node: Node, _args: Message) -> bool:
    node.sitting.sign_out("lock")
    return True


def _draft_save(node: Node, args: Message) -> bool:
    kit, person, now = node.desk.kit, node.sitting.who.person, node.desk.now()
    slot, body = str(args["slot"]), args.get("body")
    kit.written(lambda: drafts.save_draft(kit.db, person, slot, body, now))
    return True


def _draft_load(node: Node, args: Message) -> Any:
    return drafts.load_drafts(node.desk.kit.db, node.sitting.who.person, str(args.get("slot", "")))


def _draft_drop(node: Node, args: Message) -> bool:
    kit, person, slot = node.desk.kit, node.sitting.who.person, str(args["slot"])
    kit.written(lambda: drafts.drop_draft(kit.db, person, slot))
    return True


def _import_start(node: Node, args: Message) -> Sliced | Refused:
    who = node.sitting.who
    if (refused := node.desk.permitted("import_snapshot", who)) is not None:
        return refused
    steps = import_steps(node.desk, Path(str(args.get("path", ""))), who)
    node.jobs["import"] = Sliced("import", steps)
    return node.jobs["import"]


def _cancel(node: Node, args: Message) -> bool:
    job = node.jobs.get(str(args.get("job", "import")))
    if job is not None:
        job.cancelled = True
    return job is not None


def _print_render(node: Node, args: Message) -> Sliced:
    document = str(args.get("document", "ward-pack"))
    steps = node.printing.steps(document, dict(args.get("args") or {}), node.sitting.who)
    node.jobs["print"] = Sliced("print", steps)
    return node.jobs["print"]


def _print_page(node: Node, args: Message) -> Slow:
    return node.printing.page(str(args["job"]), int(args.get("page", 1)), int(args.get("dpi", 96)))


def _print_save(node: Node, args: Message) -> Message | Sliced:
    """Into a file, or `{device, name}`: onto a drive that is opened for it and taken off after."""
    job, who, device = str(args["job"]), node.sitting.who, medium.drive_of(node, args)
    if not device:
        return node.printing.save(job, Path(str(args["path"])), who)

    def write(folder: Path) -> Steps:
        yield {"done": 0, "total": 1, "step": "saving"}
        return node.printing.save_on(job, folder, str(args.get("name", "")), who)

    return Sliced("print", medium.on_drive(node, device, write, writable=True))


def _print_send(node: Node, args: Message) -> Sliced:
    """`{job, printer, copies, confirmed}`; progress `step`: ask, queue, send, out."""
    copies, confirmed = int(args.get("copies", 1)), bool(args.get("confirmed"))
    steps = node.printing.send(
        str(args["job"]), str(args["printer"]), copies, node.sitting.who, confirmed=confirmed
    )
    node.jobs["print"] = Sliced("print", steps)
    return node.jobs["print"]


def _peers(node: Node, _args: Message) -> list[Message]:
    """The kits of the fleet; without a network, as they are known from the directory."""
    return node.network.peers.rows() if node.network is not None else []


def _dial(node: Node, args: Message) -> Awaited:
    network = node.network
    if network is None:
        raise BadInput("NOD-006")

    async def dialled() -> Any:
        outcome = await network.dial(str(args.get("address", "")))
        if outcome.code:
            return Refused(outcome.code, {"address": args.get("address", "")})
        return {"device": outcome.device.hex()[:16]}

    return Awaited(dialled)


def _clock_set(node: Node, args: Message) -> Message:
    node.desk.set_time(int(args["at_ms"]))
    return status(node.desk)


SERVICES: dict[str, Callable[[Node, Message], Any]] = {
    "hello": _hello,
    "create": _create,
    "unlock": _unlock,
    "seal": _seal,
    "sign_in": _sign_in,
    "enrol": _enrol,
    "phrase.proven": _phrase_proven,
    "lock": _lock,
    "status": lambda node, _args: status(node.desk),
    "draft.save": _draft_save,
    "draft.load": _draft_load,
    "draft.drop": _draft_drop,
    "import.start": _import_start,
    "cancel": _cancel,
    "import.cancel": _cancel,
    "print.render": _print_render,
    "print.page": _print_page,
    "print.save": _print_save,
    "print.send": _print_send,
    "clock.set": _clock_set,
    "peers": _peers,
    "peers.dial": _dial,
}
SERVICES |= courier.SERVICES | segments.SERVICES | delivery.SERVICES
SERVICES |= rights.SERVICES | printers.SERVICES
SERVICES |= places.SERVICES | release.SERVICES
SERVICES |= fleet.SERVICES | pairing.SERVICES | pairing_stick.STICK_SERVICES
SERVICES |= transfer.SERVICES | medium.SERVICES | medium_network.SERVICES
SERVICES |= access.SERVICES | envelope.SERVICES | rephrase.SERVICES
# The same questions about updates, with other kits among the sources.
SERVICES |= release_sources.SERVICES
