"""Releases between kits: what this one keeps and offers, what others offer, one on its way here.

Whoever has a whole, signed bundle offers it; a person on any kit asks for it by its name. Putting
it onto the stick is a second act (`medium.update_apply` with the path that `releases` tells). Not
for: frames (`kit.sync.release`), signatures (`kit.stick`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kit.core.clock import Clock
from kit.core.errors import BadInput, Refused
from kit.node.medium import drive_of, on_drive
from kit.node.release_fetch import Fetch
from kit.node.release_shelf import ReleaseShelf
from kit.node.work import Progress, Sliced
from kit.stick.layout import UPDATE_SUFFIX
from kit.sync.frames import Offer, Piece
from kit.sync.release import ReleaseTalk

if TYPE_CHECKING:
    from kit.node.service import Node

ACTION = "take_release"
JOB = "release"
NOBODY_OFFERS, NO_BUNDLE = "UPD-080", "UPD-082"
Args = dict[str, Any]


class Lines(Protocol):
    """The network, as releases see it."""

    def talk_with(self, peer: bytes) -> ReleaseTalk | None:
        """The line to a peer; None where there is none."""
        ...

    def wake(self, peer: bytes | None) -> None:
        """There is something to say to a peer, or to all."""
        ...

    def releases_changed(self) -> None:
        """Screens that show releases should ask again."""
        ...


class Releases:
    """The shelf of one open kit, as its lines and its screens see it."""

    def __init__(self, shelf: ReleaseShelf, lines: Lines, steady: Clock) -> None:
        self.shelf = shelf
        self.fetch: Fetch | None = None
        self.offers: dict[bytes, Offer] = {}
        """Peer → what it has told that it can give."""
        self._lines, self._steady = lines, steady

    # ------------------------------------------------------------------ what a line asks

    def offer(self) -> Offer:
        """What can be fetched here."""
        return self.shelf.offer()

    def read(self, name: bytes, block: int, at: int, count: int) -> tuple[bytes, bool] | None:
        """Bytes of a block and whether they are its last ones; None for what is not here."""
        return self.shelf.read(name, block, at, count)

    def offered(self, peer: bytes, offer: Offer) -> None:
        """A peer has said what it can give."""
        self.offers.pop(peer, None)
        if offer.name:
            self.offers[peer] = offer
        self.beat()
        self._lines.releases_changed()

    def arrived(self, peer: bytes, piece: Piece) -> None:
        """A piece of a block that was asked for."""
        if self.fetch is not None:
            self.fetch.arrived(peer, piece)

    def ask(self, peer: bytes, name: bytes, block: int) -> bool:
        """Ask a peer for a block; whether it could be asked."""
        talk = self._lines.talk_with(peer)
        if talk is None:
            return False
        talk.ask(name, block)
        self._lines.wake(peer)
        return True

    # ------------------------------------------------------------------ what the node asks

    def gone(self, peer: bytes) -> None:
        """The line to a peer is over; it tells anew when it is back."""
        if self.offers.pop(peer, None) is not None:
            self.beat()
            self._lines.releases_changed()

    def beat(self) -> None:
        """Time has passed or somebody came or went: what waits may go on."""
        if self.fetch is not None:
            name = self.fetch.offer.name
            self.fetch.pump([peer for peer, one in self.offers.items() if one.name == name])

    def take(self, name: bytes) -> Refused | None:
        """Fetch the release of this name; one at a time, the last one asked for counts."""
        offer = next((one for one in self.offers.values() if one.name == name), None)
        if offer is None:
            return Refused(NOBODY_OFFERS)
        self.stop()
        self.fetch = Fetch(self.shelf, offer, self, self._steady, self._fetched)
        self.beat()
        return None

    def stop(self) -> bool:
        """Leave what is on its way; what is here already stays for another time."""
        fetch, self.fetch = self.fetch, None
        if fetch is not None:
            fetch.stop()
        return fetch is not None

    def kept(self) -> None:
        """Another release is on the shelf, or none: others are told."""
        self._lines.wake(None)
        self._lines.releases_changed()

    def close(self) -> None:
        """The kit is being sealed."""
        self.stop()
        self.shelf.close()

    def rows(self, names: dict[bytes, str]) -> Args:
        """`held`, `offers`, `fetching`, `trusts`. names: device → what people call it."""
        held = self.shelf.release
        return {
            "trusts": bool(self.shelf.ring.keys),
            "held": {
                "version": held.manifest.version, "size": self.shelf.offer().size,
                "path": str(self.shelf.path), "name": self.shelf.offer().name.hex(),
            } if held is not None else None,
            "offers": [
                {"device": peer.hex()[:16], "label": names.get(peer, ""), "version": one.version,
                 "size": one.size, "name": one.name.hex()}
                for peer, one in sorted(self.offers.items())
            ],
            "fetching": self._fetching(),
        }  # fmt: skip

    def _fetching(self) -> Args | None:
        one = self.fetch
        if one is None:
            return None
        return {
            "version": one.offer.version, "name": one.offer.name.hex(), "fault": one.fault,
            "done": one.done_bytes, "total": one.total,
        }  # fmt: skip

    def _fetched(self) -> None:
        if self.fetch is not None and not self.fetch.fault:
            self.fetch = None
        self.kept()


# ------------------------------------------------------------------------------ services


def _releases(node: Node) -> Releases:
    if node.network is None:
        raise BadInput("NOD-006")
    return node.network.releases


def _rows(node: Node, _args: Args) -> Args:
    members = node.desk.kit.membership.members.directory.members
    return _releases(node).rows({device: one.label for device, one in members.items()})


def _take(node: Node, args: Args) -> Any:
    if (refused := node.desk.permitted(ACTION, node.who)) is not None:
        return refused
    try:
        name = bytes.fromhex(str(args.get("name", "")))
    except ValueError:
        name = b""
    refused = _releases(node).take(name)
    return refused if refused is not None else True


def _stop(node: Node, _args: Args) -> bool:
    return _releases(node).stop()


def _drop(node: Node, _args: Args) -> Any:
    if (refused := node.desk.permitted(ACTION, node.who)) is not None:
        return refused
    _releases(node).shelf.drop()
    _releases(node).kept()
    return True


def _keep(node: Node, args: Args) -> Sliced | Refused:
    """`{path}` of a bundle or of a folder that has one, or `{device}`: kept here for the others."""
    if (refused := node.desk.permitted(ACTION, node.who)) is not None:
        return refused
    releases = _releases(node)

    def keep(place: Path) -> Generator[Progress, None, Any]:
        source = bundle_in(place)
        if source is None:
            return Refused(NO_BUNDLE)
        release = yield from releases.shelf.keep_steps(source)
        releases.kept()
        return {"version": release.manifest.version, "path": str(releases.shelf.path)}

    device = drive_of(node, args)
    if device:
        node.jobs[JOB] = Sliced(JOB, on_drive(node, device, keep, writable=False))
    else:
        node.jobs[JOB] = Sliced(JOB, keep(Path(str(args.get("path", "")))))
    return node.jobs[JOB]


def bundle_in(place: Path) -> Path | None:
    """A bundle, or the last by name of those in a folder."""
    if place.is_file():
        return place
    found = sorted(place.glob(f"*{UPDATE_SUFFIX}")) if place.is_dir() else []
    return found[-1] if found else None


SERVICES: dict[str, Callable[[Node, Args], Any]] = {
    "releases": _rows,
    "release.keep": _keep,
    "release.take": _take,
    "release.stop": _stop,
    "release.drop": _drop,
}
