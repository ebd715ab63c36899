"""The courier's two services: write a bundle for the other kits, read what a stick brought.

`bundle.out {path, to?, everything?}` and `bundle.in {path}` answer with work cut into slices; from
a kit's own stick, `device` names a drive in the place of `path`, opened and taken off around it;
`cancel {job: "bundle"}` stops it. `bundle_out` and `bundle_in` do the same at once for the command
line. Not for: how it is done (`courier_out`, `courier_in`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.core.errors import Refused
from kit.node.courier_in import Report, in_steps
from kit.node.courier_out import Written, out_steps
from kit.node.courier_side import CourierSide
from kit.node.desk import KEY_HOLDER, Desk
from kit.node.medium import drive_of, on_drive
from kit.node.work import Progress, Sliced, Steps
from kit.store.vault import system_random
from kit.sync.courier import BUNDLE
from kit.sync.courier_plan import Recipient
from kit.sync.courier_sentences import read_text, sentence, written_text
from kit.sync.sealing import KEY_BYTES, unseal

if TYPE_CHECKING:
    from kit.node.service import Node

JOB = "bundle"
ACTION = "carry_bundle"
Answer = dict[str, Any]


def side_of(desk: Desk) -> CourierSide:
    """The open kit as the courier sees it."""
    kit = desk.kit
    membership = kit.membership

    def recipients() -> list[Recipient]:
        members = membership.members.directory.members
        return [
            Recipient(device, one.exchange)
            for device, one in sorted(members.items())
            if one.is_member and len(one.exchange) == KEY_BYTES
        ]

    def label(device: bytes) -> str:
        member = membership.members.directory.get(device)
        return member.label if member and member.label else device.hex()[:16]

    return CourierSide(
        device=membership.device, fleet=kit.log.device.fleet, world=kit.log.device.world,
        replica=membership.replica, members=membership.members, recipients=recipients,
        sign=membership.sign, unseal=lambda box: unseal(membership.exchange_seed, box),
        random=system_random, now=desk.now, label=label,
        settle=lambda: _settle(desk), tell=desk.tell, written=kit.written,
    )  # fmt: skip


def _settle(desk: Desk) -> None:
    """The directory changed: keys, quarantine and what is owed follow it."""
    if desk.kit.membership.settle(desk.now(), desk.quality):
        desk.tell({"fleet", "quarantine", "patients"})


def out_work(
    desk: Desk, path: Path, to: tuple[str, ...] = (), *, everything: bool = False
) -> Generator[Progress, None, Answer]:
    """Write a bundle, slice by slice; the service's answer."""
    steps = out_steps(side_of(desk), the_stick(path), to, everything=everything)
    written: Written = yield from steps
    return {
        "entries": written.entries, "feeds": written.feeds, "files": written.files,
        "bytes": written.bytes, "bundles": list(written.bundles),
        "text": written_text(written.entries, written.files, written.bytes),
    }  # fmt: skip


def in_work(desk: Desk, path: Path) -> Generator[Progress, None, Answer]:
    """Read a stick, slice by slice; the service's answer."""
    side = side_of(desk)
    report: Report = yield from in_steps(side, the_stick(path))
    senders = [side.label(device) for device in report.senders]
    return {
        "stored": report.stored, "known": report.known, "bundles": report.bundles,
        "refused": [
            {"code": code, "count": count, "text": sentence(code, {"count": count})}
            for code, count in report.refused.items()
        ],
        "notices": [{"code": code, "text": sentence(code, {})} for code in report.notices],
        "from": senders,
        "text": read_text(report.stored, report.known, sum(report.refused.values()), senders),
    }  # fmt: skip


def the_stick(path: Path) -> Path:
    """The folder that bundles lie in, also where a person chose a bundle itself."""
    return path.parent if BUNDLE.fullmatch(path.name) else path


def bundle_out(
    node: Node, path: Path, to: tuple[str, ...] = (), *, everything: bool = False
) -> Answer:
    """Write a bundle at once. Raises KitError as `out_steps` does."""
    answer: Answer = Sliced(JOB, out_work(node.desk, path, to, everything=everything)).drain()
    return answer


def bundle_in(node: Node, path: Path) -> Answer:
    """Read a stick at once. Raises KitError as `in_steps` does."""
    answer: Answer = Sliced(JOB, in_work(node.desk, path)).drain()
    return answer


def may_carry(node: Node) -> Refused | None:
    """A refusal where whoever asks may not carry entries."""
    if node.who is KEY_HOLDER:
        return None  # whoever has the phrase may carry what is sealed anyway
    return node.desk.permitted(ACTION, node.who)


def _out(node: Node, args: Answer) -> Sliced | Refused:
    if (refused := may_carry(node)) is not None:
        return refused
    to = tuple(str(one) for one in args.get("to") or ())
    everything = bool(args.get("everything"))

    def work(path: Path) -> Steps:
        return out_work(node.desk, path, to, everything=everything)

    node.jobs[JOB] = Sliced(JOB, _where(node, args, work, writable=True))
    return node.jobs[JOB]


def _in(node: Node, args: Answer) -> Sliced | Refused:
    if (refused := may_carry(node)) is not None:
        return refused

    def work(path: Path) -> Steps:
        return in_work(node.desk, path)

    node.jobs[JOB] = Sliced(JOB, _where(node, args, work, writable=False))
    return node.jobs[JOB]


def _where(node: Node, args: Answer, work: Callable[[Path], Steps], *, writable: bool) -> Steps:
    """The work in the folder that was named, or on the drive (`device`) of a kit on a stick."""
    if device := drive_of(node, args):
        return on_drive(node, device, work, writable=writable)
    return work(Path(str(args.get("path", ""))))


SERVICES: dict[str, Callable[[Node, Answer], Any]] = {"bundle.out": _out, "bundle.in": _in}
