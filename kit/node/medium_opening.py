"""Making and opening the stick's encrypted place before the kit in it: first run, words, seed.

The same words open both. What a cut leaves half made is made again at the next start, and nothing
that somebody's words open is ever overwritten: the place gets its final name only once the kit in
it has been opened, and the seed is erased only after that. Not for: the place itself (root's
server), the store (`opening`).
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kit.core.errors import KitError, NotPermitted, Refused
from kit.node.keeper_line import Answer, KeeperLine
from kit.node.opening import Making, found_kit, open_with_keys
from kit.node.settings import Settings
from kit.node.work import SLICE_S, Progress, Steps
from kit.store import phrase as phrases
from kit.store import slots, vault
from kit.store.home import Home

if TYPE_CHECKING:
    from kit.node.service import Node

T = TypeVar("T")
WRONG_WORDS, OTHERS_THERE, NO_MEDIUM, NO_SEED = "KEY-033", "KEY-022", "KEY-026", "KEY-034"


def may_hold_kit(stick: dict[str, Any], home: Home) -> bool:
    """Whether words are asked for, not a first run: behind a locked place a kit is taken for sure.

    A prepared stick brings its kit along; words that nobody wrote down open nothing.
    """
    if stick["medium"] == "locked" or (stick["medium"] == "absent" and stick.get("seed")):
        return True
    return home.has_kit() and not home.phrase_is_unproven()


def create_steps(node: Node, settings: Settings, facts: Callable[[], Any]) -> Steps:
    """A first run: words, the place they open, the kit in it; the words and the kit's facts."""
    keeper = node.keeper
    said = keeper.status()
    if said.get("fault"):
        return Refused(str(said["fault"]))
    fresh = said["medium"] == "absent" or said.get("unproven")
    if node.kit is not None or not (fresh or said.get("in_memory")):
        return Refused(OTHERS_THERE)
    words = phrases.generate(vault.system_random)
    if fresh:
        node.close()  # lets go of a home in it whose words nobody wrote down
        made = yield from keeper.talk("create", phrase=" ".join(words))
        if isinstance(made, Refused):
            return made
    making = Making(cost=node.cost, clock=node.clock, unproven=True, words=tuple(words))
    kit, _words = found_kit(node.folder, settings, making)  # a store belongs to its thread
    node.use(kit)
    return {"words": words, **facts()}


def open_medium_steps(node: Node, phrase: str, *, repair: bool = False) -> Steps:
    """Open the place, not the kit in it; the medium as it is then."""
    keeper = node.keeper
    if keeper.status()["medium"] == "open":
        return keeper.status()
    said = yield from keeper.talk("unlock", phrase=phrases.canonical(phrase), repair=repair)
    return said if isinstance(said, Refused) else keeper.status()


def open_kit_steps(node: Node, phrase: str, facts: Callable[[], Any]) -> Steps:
    """Open the place where that is still to do, then the kit in it."""
    if node.keeper.status()["medium"] == "absent":
        said = yield from plant_steps(node, phrase)
    else:
        said = yield from open_medium_steps(node, phrase)
    if isinstance(said, Refused):
        return said
    _bring_seed(node)
    home = node.take_home()
    # After a change that was cut off: these words opened the stick, so these are the kit's.
    keys = yield from beside(lambda: vault.unlock_and_settle(home, phrase, vault.system_random))
    node.use(open_with_keys(home, keys, node.clock))
    if not home.phrase_is_unproven():
        settle_medium(node)
    return facts()


def plant_steps(node: Node, phrase: str) -> Steps:
    """A prepared stick's first start: its kit's words make the place, and the kit moves there.

    The seed's own vault is opened first: words that do not open it make nothing.
    """
    keeper, written = node.keeper, phrases.canonical(phrase)
    if not keeper.status().get("seed"):
        return Refused(NO_MEDIUM)
    said = yield from keeper.talk("seed_open")
    if isinstance(said, Refused):
        return said
    seed = Home(Path(str(said["path"])))
    try:
        keys = yield from beside(lambda: vault.unlock(seed, phrase))
    except NotPermitted as fault:
        if fault.code == "STO-022":
            return Refused(WRONG_WORDS)
        raise
    keys.wipe()
    made = yield from keeper.talk("create", phrase=written)
    if isinstance(made, Refused):
        return made
    yield from beside(lambda: move_in(seed.folder, node.folder))
    return keeper.status()


def prove_medium(keeper: KeeperLine) -> Refused | None:
    """The words of the place are somebody's from now on: it is never made anew again."""
    if not keeper.status().get("unproven"):
        return None
    said = keeper.ask("keep")
    return said if isinstance(said, Refused) else None


def settle_medium(node: Node) -> None:
    """The kit in the place has been opened: the place is kept, and its seed is not needed."""
    keeper = node.keeper
    if prove_medium(keeper) is not None or not keeper.status().get("seed"):
        return
    said = keeper.ask("seed_open")
    if isinstance(said, dict) and _kit_id(Path(str(said["path"]))) == _kit_id(node.folder):
        keeper.ask("seed_erase")


def close_medium(node: Node) -> None:
    """The kit was sealed on purpose: its place is closed too, where nothing else uses it."""
    if node.ended and node.kit is None and node.keeper.is_there:
        node.keeper.ask("lock")


def move_in(seed: Path, home: Path) -> None:
    """Copy a sealed kit into its home, its slot files last: with them it counts as there."""
    late = {Home(seed).slots_a.name, Home(seed).slots_b.name}
    paths = sorted(path for path in seed.rglob("*") if path.is_file())
    for path in sorted(paths, key=lambda one: one.name in late):
        if path.name == "tries":
            continue
        copy = home / path.relative_to(seed)
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
        _flush(copy)
    _flush(home)


def beside(work: Callable[[], T]) -> Generator[Progress, None, T]:
    """What takes long and touches no open store, in a thread; yields until it is done."""
    done: list[T] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as fault:  # noqa: BLE001  (it is raised where the answer is waited for)
            faults.append(fault)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(SLICE_S)
        yield {"done": 0, "total": 0, "step": "open"}
    if faults:
        raise faults[0]
    return done[0]


def _bring_seed(node: Node) -> None:
    """A cut came after the place was made and before the kit was in it."""
    if node.keeper.status().get("seed") and not Home(node.folder).has_kit():
        said: Answer = node.keeper.ask("seed_open")
        if isinstance(said, dict):
            move_in(Path(str(said["path"])), node.folder)


def _kit_id(folder: Path) -> bytes | None:
    home = Home(folder)
    try:
        return slots.read((home.slots_a, home.slots_b))[0].slots.kit_id
    except (KitError, IndexError):
        return None


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
