"""The stick as the node serves it to the screens: its state, its drives, its care, the session.

On a computer that was not started from a stick there is no keeper: the state is `none` and every
other request is refused in words. `medium.unlock` and `medium.create` open the place for the kit;
`unlock` and `create` do that by themselves too (`medium_opening`). Long work is told as job
`medium` and stops by `cancel {"job": "medium"}`. Not for: disks; root's server alone touches those.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.core.errors import KitError, Refused
from kit.node.keeper_line import JOB
from kit.node.medium_opening import beside, open_medium_steps, plant_steps
from kit.node.sentences import text_of
from kit.node.work import Progress, Sliced, Steps
from kit.store import phrase as phrases
from kit.store import vault

if TYPE_CHECKING:
    from kit.node.service import Node

Args = dict[str, Any]
Service = Callable[[Any, Args], Any]
NO_STICK = Refused("KEY-020")
CLONE, UPDATE, ENVELOPE = "carry_bundle", "take_release", "seal_envelope"


def on_drive(
    node: Node, device: str, work: Callable[[Path], Steps], *, writable: bool
) -> Generator[Progress, None, Any]:
    """Work in the folder of a drive that is opened for it and taken off afterwards.

    The answer says so in `ejected`: a drive that is still in use must not be pulled.
    """
    name = "export_mount" if writable else "import_mount"
    said = yield from node.keeper.talk(name, device=device)
    if isinstance(said, Refused):
        return said
    try:
        answer = yield from work(Path(str(said["path"])))
    except BaseException:  # stopped or failed: nobody waits for what is still to be written
        node.keeper.ask("eject", device=device)
        raise
    ejected = yield from node.keeper.talk("eject", device=device)
    if isinstance(answer, dict):
        answer["ejected"] = isinstance(ejected, dict)
    return answer


def drive_of(node: Node, args: Args) -> str:
    """The drive that a request names; empty for a folder, and where there is no stick."""
    return str(args.get("device", "")) if node.keeper.is_there else ""


def short(name: str, *fields: str) -> Service:
    """A service that is answered at once by the keeper's request of this name."""

    def ask(node: Node, args: Args) -> Any:
        if not node.keeper.is_there:
            return NO_STICK
        return node.keeper.ask(name, **{one: args[one] for one in fields if one in args})

    return ask


def long(name: str, *fields: str, action: str = "", stops: bool = True) -> Service:
    """A service whose work is told. action: what an open kit asks for; stops: by `cancel`."""

    def talk(node: Node, args: Args) -> Any:
        if not node.keeper.is_there:
            return NO_STICK
        if (refused := _not_permitted(node, action)) is not None:
            return refused
        given = {one: args[one] for one in fields if one in args}
        work = Sliced(JOB, node.keeper.talk(name, **given))
        if stops:
            node.jobs[JOB] = work
        return work

    return talk


def _checked(name: str, *fields: str) -> Service:
    """A check of a stick, each part that is not right with its sentence."""
    check = long(name, *fields)

    def talk(node: Node, args: Args) -> Any:
        work = check(node, args)
        if isinstance(work, Sliced):
            work.steps = _explained(work.steps)
        return work

    return talk


def _explained(steps: Steps) -> Steps:
    answer = yield from steps
    if isinstance(answer, dict):
        for row in answer.get("parts", []):
            row["text"] = text_of(row["why"], {"part": row["name"]}) if row.get("why") else ""
    return answer


def _status(node: Node, _args: Args) -> Args:
    return node.keeper.status()


def _unlock(node: Node, args: Args) -> Sliced | Refused:
    if not node.keeper.is_there:
        return NO_STICK
    phrase, repair = str(args.get("phrase", "")), bool(args.get("repair"))
    return Sliced(JOB, open_medium_steps(node, phrase, repair=repair))


def _create(node: Node, args: Args) -> Sliced | Refused:
    if not node.keeper.is_there:
        return NO_STICK
    return Sliced(JOB, plant_steps(node, str(args.get("phrase", ""))))


def _set_time(node: Node, args: Args) -> Any:
    """The system's clock; an open kit takes it as a person's word as well."""
    if not node.keeper.is_there:
        return NO_STICK
    said = node.keeper.ask("set_time", ms=args.get("ms"))
    if isinstance(said, dict) and node.kit is not None:
        node.desk.set_time(int(args["ms"]))
    return said


def _recovery(node: Node, args: Args) -> Sliced | Refused:
    """`medium.recovery {phrase}`: words for the safe, which open the stick and its kit as well."""
    if not node.keeper.is_there:
        return NO_STICK
    if (refused := node.desk.permitted(ENVELOPE, node.who)) is not None:
        return refused
    return Sliced(JOB, _recovery_steps(node, str(args.get("phrase", ""))))


def _recovery_steps(node: Node, phrase: str) -> Steps:
    home, words = node.desk.kit.home, phrases.generate(vault.system_random)
    # The store first: words that open the stick alone would promise too much.
    yield from beside(lambda: vault.add_envelope(home, phrase, words, vault.system_random))
    said = yield from node.keeper.talk(
        "recovery", phrase=phrases.canonical(phrase), recovery=" ".join(words)
    )
    return said if isinstance(said, Refused) else {"words": words}


def _not_permitted(node: Node, action: str) -> Refused | None:
    """A sealed kit asks nobody: what may be done then holds no secret and overwrites no data."""
    if not action or node.kit is None:
        return None
    try:
        return node.desk.permitted(action, node.who)
    except KitError as fault:
        return Refused(fault.code, fault.args_)


SERVICES: dict[str, Service] = {
    "medium.status": _status,
    "medium.unlock": _unlock,
    "medium.create": _create,
    "medium.recovery": _recovery,
    "medium.work_without": short("work_without"),
    "medium.drives": long("drives", stops=False),
    "medium.import_mount": long("import_mount", "device", stops=False),
    "medium.export_mount": long("export_mount", "device", stops=False),
    "medium.eject": long("eject", "device", stops=False),
    "medium.verify": _checked("verify_medium"),
    "medium.verify_medium": _checked("verify_medium"),
    "medium.verify_stick": _checked("verify_stick", "device"),
    "medium.clone": long("clone", "device", "serial", "erase", action=CLONE),
    "medium.sources": long("sources", stops=False),
    "medium.update_check": long("update_check", "source"),
    "medium.update_apply": long("update_apply", "source", "confirmed", action=UPDATE),
    "medium.mark_good": long("mark_good", stops=False),
    "medium.set_time": _set_time,
    "medium.set_layout": short("set_layout", "layout"),
    "medium.mark": short("mark", "text"),
    "medium.restart": short("restart"),
    "medium.poweroff": short("poweroff"),
}
