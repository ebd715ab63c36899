"""Other eight words for the kit that is open, and on a stick for the place that it lies in.

The words are drawn, written down and typed back before anything changes. Then the store learns the
new words beside the old, the stick changes from the old to the new, and the store forgets the old:
whichever words open the stick at a cut open the kit in it as well. Not for: the envelope's words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kit.core.errors import Refused
from kit.node.keeper_line import JOB, KeeperLine
from kit.node.medium_opening import beside
from kit.node.work import Sliced, Steps
from kit.store import phrase as phrases
from kit.store import vault
from kit.store.home import Home

if TYPE_CHECKING:
    from kit.node.service import Node

ACTION = "seal_envelope"
OTHER_WORDS, ENDED_BEFORE, NOT_SEEN = "KEY-061", "KEY-062", "KEY-063"
WRONG_WORDS = "KEY-027"
Args = dict[str, Any]


def change_steps(keeper: KeeperLine, home: Home, phrase: str, words: str) -> Steps:
    """From one phrase to another, in store and stick; `changed`, or a refusal that says which open.

    Raises what `vault.unlock` raises for a phrase that does not open the kit: nothing has changed.
    """
    old, new = phrases.canonical(phrase), phrases.canonical(words)
    yield from beside(lambda: vault.add_phrase(home, old, new, vault.system_random))
    if keeper.is_there:
        said = yield from keeper.talk("change", old=old, new=new)
        if isinstance(said, Refused):
            return Refused(ENDED_BEFORE if said.code == WRONG_WORDS else NOT_SEEN)
    yield from beside(lambda: vault.settle_phrase(home, new, vault.system_random))
    return {"changed": True}


def _draw(node: Node, _args: Args) -> Any:
    """`phrase.draw`: new words to be written down. Nothing has changed yet."""
    if (refused := node.desk.permitted(ACTION, node.who)) is not None:
        return refused
    node.drawn = phrases.generate(vault.system_random)
    return {"words": node.drawn}


def _change(node: Node, args: Args) -> Any:
    """`phrase.change {phrase, words}`: words are those drawn, typed back from paper."""
    if (refused := node.desk.permitted(ACTION, node.who)) is not None:
        return refused
    words = phrases.canonical(str(args.get("words", "")))
    if words != " ".join(node.drawn):
        return Refused(OTHER_WORDS)
    phrase = str(args.get("phrase", ""))
    return Sliced(JOB, _forgotten(node, phrase, words))


def _forgotten(node: Node, phrase: str, words: str) -> Steps:
    """The change; the drawn words are forgotten once it was made or may have been."""
    said = yield from change_steps(node.keeper, node.desk.kit.home, phrase, words)
    node.drawn = []
    return said


SERVICES: dict[str, Callable[[Node, Args], Any]] = {
    "phrase.draw": _draw,
    "phrase.change": _change,
}
