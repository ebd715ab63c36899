"""Preparing a fleet in peace time: N kits at once, enrolled and with their keys, a card for each.

The root's seed lives only while this runs; what is left of it is the printed envelope. Folders
hold no secret in clear: each kit is sealed under its own eight words, which stand on its card and
nowhere else. Not for: which kits there are (`kit.sync.founding`), kits that join later (`pairing`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kit.core.clock import Clock
from kit.core.envelope import fleet_id
from kit.core.errors import BadInput
from kit.core.folding import fold
from kit.core.text import language
from kit.node.fleet_joining import directory_feeds
from kit.node.membership import EXCHANGE, TLS
from kit.node.opening import Making, OpenKit, found_kit, system_clock
from kit.node.settings import Capsule, Settings, kept
from kit.paper.card import Card, RootSheets, cards_pdf, root_pdf
from kit.paper.start_card import StartCard, start_cards_pdf
from kit.store import phrase, vault
from kit.store.durable import replace_file
from kit.store.home import BALLAST_BYTES
from kit.sync.authority import ALL_WARDS, Role
from kit.sync.certificate import make_certificate
from kit.sync.founding import (
    DeviceKeys,
    DirectoryFeed,
    Founding,
    Wanted,
    by_root,
    enrolment,
    fingerprint,
    plan,
)
from kit.sync.sealing import RootEnvelope, exchange_public, root_public, wrap_root

CARDS, ENVELOPE, START = "cartes.pdf", "enveloppe-racine.pdf", "demarrer-le-kit.pdf"
HOLDERS = ("Direction", "RSSI")
CARD_MAGIC, ROOT_MAGIC = "KITC1:", "KITR1:"
SEED_BYTES = 32


class Order(msgspec.Struct, frozen=True):
    """What fleet is to be made, and where."""

    folder: Path
    count: int
    hospital: str = ""
    wards: tuple[str, ...] = ()
    steering: int = 2
    recovery: int = 0
    world: str = "REEL"


class Means(msgspec.Struct, frozen=True):
    """By what: cost of the phrases and of the envelope, clock, reserve of each kit (bytes)."""

    cost: vault.Cost = vault.PRODUCTION
    clock: Clock = system_clock
    ballast: int = BALLAST_BYTES


Told = Callable[[int, int], None]
See = Callable[[Sequence[Card], RootSheets], None]


def prepare_fleet(
    order: Order,
    means: Means | None = None,
    *,
    told: Told = lambda _done, _all: None,
    see: See = lambda _cards, _root: None,
) -> dict[str, Any]:
    """Make the kits, the cards and the envelope in an empty folder; what was made, with no secret.

    told: how far it is; see: what goes to paper, for a rehearsal that opens the kits at once.
    Raises BadInput `CMD-008` (the folder is not empty), `SYN-111` (numbers).
    """
    means = means or Means()
    kits = plan(order.count, steering=order.steering, wards=order.wards, recovery=order.recovery)
    if order.folder.exists() and any(order.folder.iterdir()):
        raise BadInput("CMD-008", path=str(order.folder))
    root_seed = vault.system_random(SEED_BYTES)
    seeds = [vault.system_random(SEED_BYTES) for _ in kits]
    enrolments = tuple(
        by_root(enrolment(one, _keys(seed)), root_seed, order.world)
        for one, seed in zip(kits, seeds, strict=True)
    )
    cards: list[Card] = []
    taken: tuple[DirectoryFeed, ...] = ()
    for done, (one, seed) in enumerate(zip(kits, seeds, strict=True)):
        told(done, len(kits))
        events = () if taken else enrolments
        settings = _settings(order, one, root_public(root_seed), means.clock())
        making = Making(
            Founding(seed, taken, events), cost=means.cost, clock=means.clock, ballast=means.ballast
        )
        kit, words = found_kit(order.folder / _folder(one), settings, making)
        try:
            taken = taken or directory_feeds(kit)
            cards.append(_card(kit, one, words))
        finally:
            kit.close()
    told(len(kits), len(kits))
    # Secrets on their way to paper pass through files that this user alone reads.
    replace_file(order.folder / CARDS, cards_pdf(tuple(cards), language()))
    # Apart from the words: this page stays with the stick, and a printer may use both sides.
    replace_file(order.folder / START, start_cards_pdf(_start_cards(cards), language()))
    root = _root_sheets(order, root_seed, means)
    replace_file(order.folder / ENVELOPE, root_pdf(root, language()))
    see(cards, root)
    return {
        "fleet": cards[0].fleet,
        "world": order.world,
        "cards": str(order.folder / CARDS),
        "envelope": str(order.folder / ENVELOPE),
        "start": str(order.folder / START),
        "kits": [
            {"home": card.folder, "label": card.label, "role": card.role, "wards": card.wards}
            for card in cards
        ],
    }


def _keys(seed: bytes) -> DeviceKeys:
    signer = vault.Signer(seed)
    exchange = exchange_public(signer.derived(EXCHANGE))
    return DeviceKeys(signer.public, exchange, make_certificate(signer.derived(TLS)))


def _settings(order: Order, one: Wanted, root: bytes, now: int) -> Settings:
    steers = one.role == Role.STEERING
    ward = next((ward for ward in one.wards if ward != ALL_WARDS), "")
    return Settings(
        capsule=Capsule.STEERING if steers else Capsule.WARD, hospital=order.hospital, ward=ward,
        world=order.world, label=one.label, fleet_root=root, language=language(), created_at=now,
    )  # fmt: skip


def _folder(one: Wanted) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^a-z0-9]+", "-", fold(one.label)).strip("-") or "kit"


def _card(kit: OpenKit, one: Wanted, words: list[str]) -> Card:
    fleet, device = kit.log.device.fleet, kit.membership.device
    named = base64.b32encode(fleet + device).decode().rstrip("=")
    return Card(
        label=one.label, role=one.role, wards=one.wards, hospital=kit.settings.hospital,
        world=kit.settings.world, fleet=fingerprint(fleet), device=device.hex()[:16].upper(),
        words=tuple(words), symbol=CARD_MAGIC + named, folder=str(kit.home.folder),
        made_at=kit.clock(),
    )  # fmt: skip


def _start_cards(cards: Sequence[Card]) -> tuple[StartCard, ...]:
    return tuple(
        StartCard(label=one.label, hospital=one.hospital, world=one.world, made_at=one.made_at)
        for one in cards
    )


def _root_sheets(order: Order, root_seed: bytes, means: Means) -> RootSheets:
    wrapped, words = seal_root(root_seed, order.world, order.hospital, means.cost)
    fleet = fleet_id(root_public(root_seed), order.world)
    return RootSheets(
        hospital=order.hospital, world=order.world, fleet=fingerprint(fleet), wrapped=wrapped,
        words=tuple(words), holders=HOLDERS, made_at=means.clock(),
    )  # fmt: skip


def seal_root(
    root_seed: bytes, world: str, hospital: str, cost: vault.Cost
) -> tuple[str, list[str]]:
    """The text of the envelope's symbol, and the words of the other sheet."""
    words = phrase.generate(vault.system_random)
    bare = RootEnvelope(
        cost.memory_kib, cost.passes, vault.system_random(16), vault.system_random(24), b"",
        root_public(root_seed), world, hospital,
    )  # fmt: skip
    envelope = wrap_root(root_seed, phrase.parse(" ".join(words)), bare)
    data = msgspec.msgpack.encode(envelope)
    return ROOT_MAGIC + base64.b32encode(data).decode().rstrip("="), words


def print_own_envelope(
    kit: OpenKit, path: Path, cost: vault.Cost = vault.PRODUCTION
) -> dict[str, str]:
    """The envelope of a kit that founded its own fleet; the seed stays with it until then.

    From now on the kit holds no root any more: paper does. Raises BadInput `SYN-119` where it has
    none.
    """
    seed = kept(kit.db, "root_seed")
    if seed is None:
        raise BadInput("SYN-119")
    order = Order(path.parent, 1, hospital=kit.settings.hospital, world=kit.settings.world)
    root = _root_sheets(order, seed, Means(cost=cost, clock=kit.clock))
    replace_file(path, root_pdf(root, language()))
    with kit.db.transaction():
        kit.db.execute("delete from kit where name='root_seed'")
    return {"envelope": str(path), "fleet": fingerprint(kit.log.device.fleet)}
