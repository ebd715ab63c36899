"""The stick's three questions about updates, with the releases of other kits among the sources.

`medium.sources` lists what peers offer as `peer:<name>`; looking at one fetches it onto the shelf
first, where root's server finds it as a file. Without a network these are the stick's own three.
Not for: fetching (`release_fetch`), nor for checking and writing (root's server).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.core.errors import Refused
from kit.node import medium
from kit.node.keeper_line import JOB
from kit.node.release import ACTION, NOBODY_OFFERS, Releases
from kit.node.work import WAIT, Sliced, Steps

if TYPE_CHECKING:
    from kit.node.service import Node

PEER = "peer:"
FETCHING = "fetching"
NO_NETWORK = "NOD-006"
LOOK_S = 0.1
Args = dict[str, Any]


def _releases(node: Node) -> Releases | None:
    return node.network.releases if node.network is not None and node.kit is not None else None


def _sources(node: Node, args: Args) -> Any:
    work = medium.SERVICES["medium.sources"](node, args)
    releases = _releases(node)
    if isinstance(work, Sliced) and releases is not None:
        members = node.desk.kit.membership.members.directory.members
        labels = {device: member.label for device, member in members.items()}
        work.steps = _with_peers(work.steps, releases, labels)
    return work


def _with_peers(steps: Steps, releases: Releases, labels: dict[bytes, str]) -> Steps:
    said = yield from steps
    if isinstance(said, dict):
        held = releases.offer().name
        rows = {
            offer.name: {
                "source": PEER + offer.name.hex(), "kind": "peer",
                "label": labels.get(peer, ""), "version": offer.version,
            }
            for peer, offer in releases.offers.items()
            if offer.name != held
        }  # fmt: skip
        said["sources"] = [*said.get("sources", []), *rows.values()]
    return said


def _on_source(name: str, *fields: str) -> Callable[[Node, Args], Any]:
    """A question of the stick about one source, which may be another kit's release."""

    def ask(node: Node, args: Args) -> Any:
        source, releases = str(args.get("source", "")), _releases(node)
        if not source.startswith(PEER) or releases is None:
            return medium.SERVICES[f"medium.{name}"](node, args)
        if not node.keeper.is_there:
            return medium.NO_STICK
        if (refused := node.desk.permitted(ACTION, node.who)) is not None:
            return refused
        given = {one: args[one] for one in fields if one in args}
        node.jobs[JOB] = Sliced(JOB, _fetched_first(node, releases, source, name, given))
        return node.jobs[JOB]

    return ask


def _fetched_first(node: Node, releases: Releases, source: str, name: str, given: Args) -> Steps:
    """The release is brought onto the shelf; then root's server is asked about that file."""
    wanted = bytes.fromhex(source.removeprefix(PEER)) if _is_hex(source) else b""
    if releases.offer().name != wanted:
        refused = releases.take(wanted)
        if refused is not None:
            return refused
        try:
            while (fetch := releases.fetch) is not None and not fetch.fault:
                yield {
                    "done": fetch.done_bytes, "total": fetch.total, "step": FETCHING, WAIT: LOOK_S,
                }  # fmt: skip
        finally:
            # Whoever stops keeps what came: asking again fetches the rest.
            if releases.fetch is not None and not releases.fetch.fault:
                releases.stop()
        if releases.fetch is not None:
            return Refused(releases.fetch.fault)
    if releases.offer().name != wanted or releases.shelf.path is None:
        return Refused(NOBODY_OFFERS)
    return (yield from node.keeper.talk(name, source=str(releases.shelf.path), **given))


def _offer(node: Node, _args: Args) -> Any:
    """The newest release of this very stick is kept as a bundle and offered to the other kits."""
    releases = _releases(node)
    if not node.keeper.is_there:
        return medium.NO_STICK
    if (refused := node.desk.permitted(ACTION, node.who)) is not None:
        return refused
    if releases is None:
        return Refused(NO_NETWORK)
    node.jobs[JOB] = Sliced(JOB, _offered(node, releases))
    return node.jobs[JOB]


def _offered(node: Node, releases: Releases) -> Steps:
    releases.shelf.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = yield from node.keeper.talk("release_out")
    if isinstance(said, Refused):
        return said
    release = releases.shelf.adopt(Path(str(said["path"])))
    releases.kept()
    return {"version": release.manifest.version}


def _is_hex(source: str) -> bool:
    text = source.removeprefix(PEER)
    return len(text) == 64 and all(sign in "0123456789abcdef" for sign in text)


SERVICES: dict[str, Callable[[Node, Args], Any]] = {
    "medium.sources": _sources,
    "medium.offer_release": _offer,
    "medium.update_check": _on_source("update_check"),
    "medium.update_apply": _on_source("update_apply", "confirmed"),
}
