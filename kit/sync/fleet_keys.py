"""Scope keys between kits: who is owed a box, which keys are turned, which boxes are ours to open.

Steering turns and hands out keys; it makes ward keys without keeping them, and a ward's own kits
hand on what it cannot read. Everything owed is worked out from the directory, so a kit that died
half-way finds what is left to do. Not for: keeping keys (`kit.store.keyring`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

import msgspec

from kit.core.envelope import key_number
from kit.sync.authority import Directory, Fact, Member, Role
from kit.sync.fleet import Box, ScopeKeyIssued
from kit.sync.sealing import KEY_BYTES, seal, unseal

BOXES_IN_ENTRY = 300
"""About 36 KB of the 64 KiB that an entry may have."""


class OpenedKey(msgspec.Struct, frozen=True):
    """A scope key from a box of ours. issued: sorts by canonical order of its first issue."""

    scope: str
    kid: int
    key: bytes
    issued: bytes


def opened_keys(
    directory: Directory,
    device: bytes,
    exchange_seed: bytes,
    known: Container[tuple[str, int]] = (),
) -> Iterator[OpenedKey]:
    """The keys sealed for this kit, but those `known`; a box that does not hold its key is none."""
    first: dict[tuple[str, int], bytes] = {}
    done: set[tuple[str, int]] = set()
    for fact in directory.keys:
        name = (fact.data.scope, fact.data.kid)
        issued = first.setdefault(name, issue_order(fact))
        if name in known or name in done:
            continue
        for box in fact.data.boxes:
            key = unseal(exchange_seed, box.sealed) if box.device == device else None
            if key is not None and len(key) == KEY_BYTES and key_number(key) == name[1]:
                done.add(name)
                yield OpenedKey(*name, key, issued)
                break


def issue_order(fact: Fact) -> bytes:
    """Canonical order as bytes that sort alike."""
    return fact.lam.to_bytes(8, "big") + fact.feed + fact.seq.to_bytes(8, "big") + fact.id8


def issue(scope: str, key: bytes, readers: Sequence[Member]) -> list[ScopeKeyIssued]:
    """The entries that give these kits this key; a kit without an exchange key gets none."""
    boxes = [
        Box(reader.device, seal(reader.exchange, key))
        for reader in readers
        if len(reader.exchange) == KEY_BYTES
    ]
    parts = range(0, max(1, len(boxes)), BOXES_IN_ENTRY)
    number = key_number(key)
    return [
        ScopeKeyIssued(scope=scope, kid=number, boxes=tuple(boxes[at : at + BOXES_IN_ENTRY]))
        for at in parts
    ]


def boxed(directory: Directory) -> dict[tuple[str, int], set[bytes]]:
    """(scope, kid) → the kits that were given it, in the order of first issue."""
    given: dict[tuple[str, int], set[bytes]] = {}
    for fact in directory.keys:
        name = (fact.data.scope, fact.data.kid)
        given.setdefault(name, set()).update(box.device for box in fact.data.boxes)
    return given


def due_boxes(
    directory: Directory, me: bytes, held: Iterable[tuple[str, int, bytes]]
) -> list[ScopeKeyIssued]:
    """What this kit has to hand out of the keys it holds (scope, kid, key), ready to be recorded.

    Keys in use go to newcomers, keys of its own making to all who read the scope.
    """
    mine = directory.get(me)
    if mine is None or not mine.is_member:
        return []
    given = boxed(directory)
    due: list[ScopeKeyIssued] = []
    for scope, kid, key in held:
        has = given.get((scope, kid))
        if has is not None and not _hands_on(directory, mine, scope):
            continue
        lacking = [
            reader for reader in directory.readers(scope) if reader.device not in (has or ())
        ]
        if lacking:
            due += issue(scope, key, lacking)
    return due


def _hands_on(directory: Directory, mine: Member, scope: str) -> bool:
    """Whether a key that is in use already is this kit's to give to newcomers."""
    if scope.startswith(("w:", "p:", "audit:")):
        return directory.may_read(mine.device, scope)
    return mine.steers


def due_rotations(directory: Directory, me: bytes) -> list[str]:
    """Scopes whose key in force is known to a kit that may no longer read them.

    Only those whose turning is this kit's: it put that kit out or had taken it in, or nobody who
    did steers any more.
    """
    mine = directory.get(me)
    if mine is None or not mine.steers:
        return []
    in_force: dict[str, set[bytes]] = {}
    for (scope, _kid), devices in boxed(directory).items():
        in_force[scope] = devices
    return [
        scope
        for scope, devices in sorted(in_force.items())
        if not scope.startswith(("audit:", "p:")) and _may_turn(mine, scope)
        and any(_answers_for(directory, me, device, scope) for device in devices)
    ]  # fmt: skip


def _may_turn(mine: Member, scope: str) -> bool:
    return mine.grant.role == Role.STEERING or not scope.startswith("w:")


def _answers_for(directory: Directory, me: bytes, device: bytes, scope: str) -> bool:
    if directory.may_read(device, scope):
        return False
    member = directory.get(device)
    if member is None:
        return False  # its enrolment has not arrived here yet
    said = (*member.revoked_by, *member.by)
    others = [directory.get(one) for one in said]
    return me in said or not any(one is not None and one.steers for one in others)


def missing_scopes(directory: Directory, scopes: Iterable[str]) -> list[str]:
    """Those of these scopes that have a reader and no key yet."""
    keyed = {scope for scope, _kid in boxed(directory)}
    return [scope for scope in scopes if scope not in keyed and directory.readers(scope)]
