"""What may happen in a run, each with its weight; an act takes the world and the run's chance.

Not for: hostile peers' frames (`hostile`), what must hold afterwards (`invariants`).
"""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec

from kit.sync.authority import State
from kit.sync.fleet import (
    DeviceEndorsed,
    DeviceRevoked,
    EntriesAdopted,
    EntryName,
    ReportsAdopted,
)
from kit.sync.fleet_acts import cut_of
from tests.sync.simulator.founding import PARTS, prepared
from tests.sync.simulator.kit import SimKit
from tests.sync.simulator.lines import CHUNKS, HARMS
from tests.sync.simulator.world import World

Act = Callable[[World, random.Random], None]
YEAR_MS = 365 * 86_400_000
CLOCKS = (-56, -50, -16, 0, 20, 50)
WARDS = ("CARD", "NEPH")


def _any(world: World, chance: random.Random) -> SimKit:
    return chance.choice(world.running)


def _ward_of(kit: SimKit, chance: random.Random) -> str:
    return chance.choice(kit.part.wards or ("",))


def write(world: World, chance: random.Random) -> None:
    """A kit writes what its role writes."""
    kit = _any(world, chance)
    ward = _ward_of(kit, chance)
    with world.powered(kit):
        if kit.part.role not in ("ward", "steering"):
            return
        if not ward or chance.random() < 0.15:
            world.author.operations(kit, chance)
        else:
            draw = chance.random()
            author = world.author
            act = (
                author.care if draw < 0.5
                else author.change if draw < 0.8
                else author.strike if draw < 0.93
                else author.future
            )  # fmt: skip
            act(kit, chance, ward)


def dial(world: World, chance: random.Random) -> None:
    """Two kits connect; the line may be slow, or its programme broken."""
    if len(world.running) < 2:
        return
    one, two = chance.sample(world.running, 2)
    line = world.connect(one, two)
    if line is None:
        return
    line.pace = chance.choice(CHUNKS)
    if chance.random() < 0.25:
        line.harm, line.rarity = chance.choice(HARMS), chance.choice((1, 2, 6))
        world.situations.seen(f"frames harmed: {line.harm}")
    else:
        world.watch_promises(line)
    world.carry(line, chance.choice((0, 1, 3, 10, 40)))


def attack(world: World, chance: random.Random) -> None:
    """The kit with the attacker's programme calls one or two others."""
    if "x1" not in world.kits:
        return
    mallory = world.kits["x1"]
    victims = [kit for kit in world.running if kit is not mallory]
    for victim in chance.sample(victims, min(2, len(victims))):
        line = world.connect(mallory, victim, hostile=True)
        if line is None:
            continue
        world.situations.seen("attack")
        world.carry(line, 30)
        talker = next(end.talker for end in line.ends if end.kit is mallory)
        for name in getattr(talker, "done", ()):
            world.situations.seen("attack: " + name.removeprefix("do_").replace("_", " "))
        world.drop(line)


def meet(world: World, chance: random.Random) -> None:
    """Two kits exchange all they have and part."""
    if len(world.running) < 2:
        return
    one, two = chance.sample(world.running, 2)
    line = world.connect(one, two)
    if line is not None:
        world.watch_promises(line)
        world.carry(line, 200)
        world.drop(line)


def carry(world: World, chance: random.Random) -> None:
    """Bytes move on some lines."""
    for line in chance.sample(world.lines, min(len(world.lines), 3)):
        if line.open:
            world.carry(line, chance.choice((1, 2, 5, 30)))


def cut(world: World, chance: random.Random) -> None:
    """A line is cut with what is on it."""
    if world.lines:
        line = chance.choice(world.lines)
        if line.waiting:
            world.situations.seen("line cut with bytes on it")
        world.drop(line)


def deafen(world: World, chance: random.Random) -> None:
    """One end of a line reads nothing any more, or reads again."""
    if world.lines:
        end = chance.choice(chance.choice(world.lines).ends)
        end.reads = not end.reads
        if not end.reads:
            world.situations.seen("peer that does not read")


def part(world: World, chance: random.Random) -> None:
    """The network falls into two halves, or is whole again."""
    if world.parted and chance.random() < 0.5:
        world.parted.clear()
        return
    names = list(world.kits)
    chance.shuffle(names)
    half = chance.randrange(1, max(2, len(names)))
    world.parted = {frozenset((a, b)) for a in names[:half] for b in names[half:]}
    for line in list(world.lines):
        if frozenset(end.kit.name for end in line.ends) in world.parted:
            world.drop(line)
    world.situations.seen("partition")


def tick(world: World, chance: random.Random) -> None:
    """Time passes: a moment, or long enough for a peer to be given up."""
    world.tick(chance.choice((50, 250, 1_600, 5_000, 13_000)))


def clock(world: World, chance: random.Random) -> None:
    """A kit's clock jumps by years."""
    kit = _any(world, chance)
    years = CLOCKS[(chance.randrange(len(CLOCKS)) + world.clocks) % len(CLOCKS)]
    kit.offset_ms = years * YEAR_MS + chance.randrange(100_000)
    kit.quality = chance.randrange(4)
    if kit.offset_ms > YEAR_MS or kit.offset_ms < 0:
        world.situations.seen("clock years off")


def fuse(world: World, chance: random.Random) -> None:
    """A kit's power will go at a statement or around a commit, or its disk is full for a while."""
    kit = _any(world, chance)
    if kit.fuse is not None:
        world.mend(kit)
        return
    kind = chance.choice(("statement", "before", "after", "after", "full"))
    world.arm(kit, kind, chance.randrange(60) if kind == "statement" else chance.randrange(4))


def restart(world: World, chance: random.Random) -> None:
    """A kit is switched off and on."""
    world.restart(_any(world, chance))


def keep_copy(world: World, chance: random.Random) -> None:
    """Somebody makes a copy of a kit's disk."""
    kit = _any(world, chance)
    if kit.fuse is not None:
        return
    to = world.folder / f"copy{len(world.copies)}"
    kit.copy_disk(to)
    world.copies.append((kit.name, to))


def put_back(world: World, chance: random.Random) -> None:
    """A kit's disk becomes an older copy; it may notice or not."""
    mine = [(name, copy) for name, copy in world.copies if name in world.kits]
    if not mine:
        keep_copy(world, chance)
        return
    name, copy = chance.choice(mine)
    noticed = chance.random() < 0.4
    world.put_back(world.kits[name], copy, noticed=noticed)
    world.situations.seen("restored, noticed" if noticed else "restored, unnoticed")


def clone(world: World, chance: random.Random) -> None:
    """A kit's disk is copied into a second machine; both go on writing."""
    kit = _any(world, chance)
    name = kit.name + "~"
    if kit.fuse is not None or name in world.kits or len(name) > 4:
        return
    to, seed = world.folder / f"image-{name}", chance.randrange(1 << 30)
    kit.copy_disk(to)
    world.add(name, kit.part, to)
    world.situations.seen("disk cloned")
    if chance.random() < 0.5:
        for one in (kit, world.kits[name]):
            with world.powered(one):
                if one.part.wards:
                    world.author.care(one, random.Random(seed), one.part.wards[0])


def _steering(world: World) -> list[SimKit]:
    found = []
    for kit in world.running:
        mine = kit.members.directory.get(kit.device)
        if mine is not None and mine.steers:
            found.append(kit)
    return found


def revoke(world: World, chance: random.Random) -> None:
    """A steering kit puts a kit out, up to what it has of it."""
    steering = _steering(world)
    if not steering:
        return
    kit = chance.choice(steering)
    others = [
        member for member in kit.members.directory.members.values()
        if member.is_member and member.device != kit.device and member.grant.role != "steering"
    ]  # fmt: skip
    if len(others) < 3:
        return
    target = chance.choice(sorted(others, key=lambda member: member.label))
    cuts = cut_of(kit.db, target.device)
    with world.powered(kit):
        kit.say(DeviceRevoked(device=target.device, cut=cuts, reason="stolen"))
        world.situations.seen("kit revoked")


def adopt(world: World, chance: random.Random) -> None:
    """A kit takes over some of what is set apart."""
    waiting = [kit for kit in world.running if kit.db.row("select 1 from quarantine")]
    wards = [kit for kit in waiting if kit.part.role == "ward"]
    if not wards:
        return
    kit = chance.choice(wards)
    rows = kit.db.rows(
        """select substr(f.feed,1,16), q.n & 4294967295, f.device, f.scope
           from quarantine q join feed f on f.n=q.n>>32 order by 1, 2"""
    )
    scopes = {f"w:{ward}" for ward in kit.part.wards} | {"ops"}
    ours = [row for row in rows if row[3] in scopes]
    if not ours:
        return
    feed, seq, device, scope = chance.choice(ours)
    name = (EntryName(bytes(feed), seq),)
    kind = ReportsAdopted if scope == "ops" else EntriesAdopted
    with world.powered(kit):
        kit.say(kind(device=bytes(device), entries=name), ward=scope[2:] or None)
        world.situations.seen("entry adopted")


def stolen(world: World, chance: random.Random) -> None:
    """A ward kit is put out, has not heard of it, writes on, and meets one that has not either."""
    steering = _steering(world)
    wards = [kit for kit in world.running if kit.part.role == "ward"]
    if not steering or len(wards) < 2:
        return
    thief, mate = chance.sample(wards, 2)
    kit = chance.choice(steering)
    if thief.device == mate.device or not kit.members.is_member(thief.device):
        return
    with world.powered(kit):
        kit.say(DeviceRevoked(device=thief.device, cut=cut_of(kit.db, thief.device), reason="?"))
    with world.powered(thief):
        world.author.care(thief, chance, thief.part.wards[0])
    for one, two in ((thief, mate), (kit, mate)):
        line = world.connect(one, two)
        if line is not None:
            world.carry(line, 60)
            world.drop(line)
    adopt(world, chance)


def enrol(world: World, chance: random.Random) -> None:
    """A steering kit takes a newcomer in, and gives it the directory over a pinned line."""
    steering = _steering(world)
    free = [name for name in ("n1", "n2", "n3") if name not in world.kits]
    if not steering:
        return
    kit = chance.choice(steering)
    if not free or chance.random() < 0.3:
        _enrol_again(world, chance, kit)
        return
    name = chance.choice(free)
    newcomer = world.add(name, PARTS[name], prepared() / f"{name}.db")
    with world.powered(kit):
        kit.say(newcomer.part.enrolment())
        world.situations.seen("newcomer enrolled")
    line = world.connect(kit, newcomer, pinned=True) if kit.up else None
    if line is not None:
        world.carry(line, 60)


def _enrol_again(world: World, chance: random.Random, kit: SimKit) -> None:
    """Two steering kits enrol one device, perhaps at once and differently."""
    members = [
        member for member in kit.members.directory.members.values()
        if member.grant.role != "steering" and member.state is not State.REVOKED
    ]  # fmt: skip
    if not members:
        return
    member = chance.choice(sorted(members, key=lambda one: one.label))
    again = PARTS[member.label.split("+")[0]].enrolment()
    again = msgspec.structs.replace(
        again, label=f"{again.label}+", edition=member.edition + 1,
        wards=tuple(sorted({*again.wards, chance.choice(WARDS)})) if again.wards else (),
    )  # fmt: skip
    with world.powered(kit):
        kit.say(again)
        world.situations.seen("enrolled again")


def endorse(world: World, chance: random.Random) -> None:
    """A second steering kit agrees to a proposed steering kit."""
    for kit in _steering(world):
        for member in kit.members.directory.members.values():
            if member.state is State.PENDING and chance.random() < 0.7:
                digest = PARTS[member.label].enrolment().digest
                with world.powered(kit):
                    kit.say(DeviceEndorsed(device=member.device, digest=digest))
                    world.situations.seen("steering kit endorsed")
                return


ACTS: tuple[tuple[int, Act], ...] = (
    (30, write), (14, dial), (10, meet), (16, carry), (5, cut), (2, deafen), (2, part), (6, tick),
    (3, clock), (4, fuse), (2, restart), (2, keep_copy), (2, put_back), (2, clone), (1, revoke),
    (2, adopt), (1, stolen), (1, enrol), (1, endorse), (6, attack),
)  # fmt: skip
