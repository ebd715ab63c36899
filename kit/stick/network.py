"""The stick's networks as a person asks for them: what is there, Wi-Fi joined, a cell of its own.

Every change is a profile for NetworkManager (`profiles`) and a request to use it; what could not be
joined leaves the profiles as they were. Only while the persistence is open, for there they stay.
Not for: who may ask (the node), nor other kits on a network (`kit.sync`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kit.core.errors import BadInput, KitError, Unavailable
from kit.stick import commands, nmcli, persistence, profiles
from kit.stick.commands import Done
from kit.stick.keeper_socket import Act, Answer
from kit.stick.nmcli import Card, Cell
from kit.stick.persistence import Means, Tell
from kit.stick.profiles import CELL, LOGIN, Profile

Args = dict[str, Any]
NO_SERVICE, NOT_THERE = 8, 10
"""Two of nmcli's exit codes: NetworkManager does not run; no such network or card."""
LEAST_SECRET, MOST_SECRET = 8, 63
"""Bytes of a WPA2 passphrase (IEEE 802.11, annex M)."""
# Of letters that lie under the same key on AZERTY, QWERTY and QWERTZ; none looks like a digit.
CONSONANTS, VOWELS = "bcdfghjknprstvx", "eiu"
SIGNS = CONSONANTS.upper()
SYLLABLES, IN_GROUP, NAME_SIGNS = 12, 2, 4
"""12 syllables of 15 times 3: 65 bits, against somebody who guesses at home with many computers."""
# What nmcli says, in English by its environment, where its exit code is 4 for every fault.
_NO_SECRETS = (b"Secrets were required", b"cannot ask without", b"802.1X supplicant", b"802.1x")
_NOT_FOUND = (b"could not be found", b"No network with SSID", b"not available because")


class Network:
    """The acts about networks; one change at a time."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self.machine, self.run = means.machine, means.run
        self._changing = threading.Lock()

    def acts(self) -> dict[str, Act]:
        """Every request's act. None works on a disk, so none waits for what does."""
        return {
            "networks": Act(self._networks),
            "wifi_join": Act(self._change(self._wifi_join)),
            "wifi_forget": Act(self._change(self._wifi_forget)),
            "cell_open": Act(self._change(self._cell_open)),
            "cell_close": Act(self._change(self._cell_close)),
            "wired_login": Act(self._change(self._wired_login)),
            "wired_login_forget": Act(self._change(self._wired_login_forget)),
        }

    # ------------------------------------------------------------------ what is there

    def _networks(self, _args: Args, _tell: Tell) -> Answer:
        cards = self._cards()
        has_wifi = any(card.kind == "wifi" and card.state != "off" for card in cards)
        cells = self._cells(search=True) if has_wifi else []
        known = profiles.known(self.machine)
        names = {profiles.uuid_of(f"{profiles.WIFI}{ssid.hex()}"): ssid for ssid in known}
        return {
            "open": persistence.is_open(self.machine),
            "kept": not profiles.is_in_memory(self.machine),
            "cards": [_card_row(card, names) for card in cards],
            "cells": [_cell_row(cell, known) for cell in cells],
            "known": [{"ssid": ssid.hex(), "name": nmcli.name_of(ssid)} for ssid in known],
            "cell": self._cell(cards),
            "login": profiles.value_of(profiles.kept(self.machine, LOGIN), "identity"),
        }

    def _cell(self, cards: list[Card]) -> Args | None:
        """This kit's own cell, where one is set up; `running` once it is on the air."""
        data = profiles.kept(self.machine, CELL)
        if data is None:
            return None
        own = profiles.uuid_of(CELL)
        on_air = any(card.uuid == own and card.state == "joined" for card in cards)
        name = nmcli.name_of(profiles.ssid_of(data))
        return {"ssid": name, "secret": profiles.value_of(data, "psk"), "running": on_air}

    def _cards(self) -> list[Card]:
        done = self._asked(commands.network_cards(nmcli.CARD_FIELDS))
        return nmcli.cards_of(done.said)

    def _cells(self, *, search: bool) -> list[Cell]:
        done = self._asked(commands.wifi_cells(nmcli.CELL_FIELDS, search=search))
        return nmcli.cells_of(done.said)

    def _asked(self, command: commands.Command) -> Done:
        """Raises Unavailable `KEY-065` where NetworkManager does not answer."""
        done = self.run(command)
        if done.code == NO_SERVICE:
            raise Unavailable("KEY-065")
        return done

    # ------------------------------------------------------------------ changing it

    def _change(self, work: Callable[[Args], Args]) -> Callable[[Args, Tell], Answer]:
        def act(args: Args, _tell: Tell) -> Answer:
            if not self._changing.acquire(blocking=False):
                raise Unavailable("KEY-005")
            try:
                if not persistence.is_open(self.machine):
                    raise Unavailable("KEY-064")
                return work(args)
            finally:
                self._changing.release()

        return act

    def _wifi_join(self, args: Args) -> Args:
        ssid, secret = bytes.fromhex(args["ssid"]), str(args.get("secret", ""))
        cards = self._wifi_cards()
        if self._cell_stands_in_the_way(cards):
            raise Unavailable("KEY-072")
        seen = [cell for cell in self._cells(search=False) if cell.ssid == ssid]
        profile = self._profile_for(ssid, secret, seen)
        with self._or_as_before(profile.name, "KEY-069", nmcli.name_of(ssid)):
            self._use(profile)
        return {"joined": args["ssid"], "kept": not profiles.is_in_memory(self.machine)}

    def _profile_for(self, ssid: bytes, secret: str, seen: list[Cell]) -> Profile:
        """With a secret it joins only what has one, whatever is on the air under the same name."""
        name, asks = nmcli.name_of(ssid), {cell.asks for cell in seen}
        if secret:
            only_wpa3 = bool(seen) and all(cell.only_wpa3 for cell in seen)
            if not only_wpa3 and not LEAST_SECRET <= len(secret.encode()) <= MOST_SECRET:
                raise BadInput("KEY-068")
            if asks and nmcli.PERSONAL not in asks:
                raise Unavailable("KEY-067", name=name)
            return profiles.wifi(ssid, secret, only_wpa3=only_wpa3, hidden=not seen)
        kept = profiles.kept(self.machine, f"{profiles.WIFI}{ssid.hex()}")
        if kept is not None:
            return Profile(f"{profiles.WIFI}{ssid.hex()}", kept.decode("utf-8", "replace"))
        if not seen:
            raise Unavailable("KEY-070", name=name)
        if nmcli.OPEN in asks:
            return profiles.wifi(ssid, "")
        raise BadInput("KEY-068") if nmcli.PERSONAL in asks else Unavailable("KEY-067", name=name)

    def _wifi_forget(self, args: Args) -> Args:
        return {"forgotten": self._drop(f"{profiles.WIFI}{args['ssid']}")}

    def _cell_open(self, _args: Args) -> Args:
        cards = self._wifi_cards()
        if (running := self._cell(cards)) is not None and running["running"]:
            return running
        able = [card for card in cards if card.makes_cells]
        if not able:
            raise Unavailable("KEY-073")
        card = min(able, key=lambda one: one.state == "joined")
        kept = profiles.kept(self.machine, CELL)
        if kept is not None:  # who joined it before joins it again by themselves
            profile = Profile(CELL, kept.decode("utf-8", "replace"))
        else:
            name, secret = drawn(self._means.random)
            profile = profiles.cell(name.encode(), secret)
        with self._or_as_before(profile.name, "KEY-073", card.device):
            self._use(profile, card.device)
        made = self._cell(cards)
        return {**made, "running": True} if made else {}

    def _cell_close(self, _args: Args) -> Args:
        return {"closed": self._drop(CELL)}

    def _wired_login(self, args: Args) -> Args:
        plugged = [card for card in self._cards() if card.kind == "wired" and card.carrier]
        profile = profiles.login(args["identity"], args["secret"])
        if not plugged:
            self._write(profile)
            return {"joined": False, "kept": not profiles.is_in_memory(self.machine)}
        with self._or_as_before(profile.name, "KEY-074", args["identity"]):
            self._use(profile, plugged[0].device)
        return {"joined": True, "kept": not profiles.is_in_memory(self.machine)}

    def _wired_login_forget(self, _args: Args) -> Args:
        return {"forgotten": self._drop(LOGIN)}

    # ------------------------------------------------------------------ inside

    def _wifi_cards(self) -> list[Card]:
        """Raises Unavailable `KEY-066` where there is none that is on."""
        cards = [card for card in self._cards() if card.kind == "wifi" and card.state != "off"]
        if not cards:
            raise Unavailable("KEY-066")
        return cards

    def _cell_stands_in_the_way(self, cards: list[Card]) -> bool:
        """One card is either a cell or in one: who joined the cell would be cut off unasked."""
        cell = self._cell(cards)
        return cell is not None and cell["running"] and len(cards) == 1

    def _write(self, profile: Profile) -> None:
        path = profiles.write(self.machine, profile.name, profile.text.encode())
        self._asked(commands.load_network(path))

    def _use(self, profile: Profile, device: str = "") -> None:
        self._write(profile)
        done = self._asked(commands.join_network(profile.uuid, device))
        if done.code:
            raise Unavailable(_why(done))

    @contextmanager
    def _or_as_before(self, name: str, code: str, shown: str) -> Iterator[None]:
        """Put a profile back as it was where the work with it fails.

        code: of secrets that were not taken; shown: the network or the account in the sentence.
        """
        before = profiles.kept(self.machine, name)
        try:
            yield
        except KitError as fault:
            self._put_back(name, before)
            if fault.code == "KEY-069":
                raise Unavailable(code, name=shown) from None
            raise Unavailable(fault.code, **{**fault.args_, "name": shown}) from None

    def _put_back(self, name: str, before: bytes | None) -> None:
        if before is None:
            profiles.remove(self.machine, name)
        else:
            profiles.write(self.machine, name, before)
        self.run(commands.reload_networks())

    def _drop(self, name: str) -> bool:
        """Leave a network and forget it."""
        self.run(commands.leave_network(profiles.uuid_of(name)))
        was_there = profiles.remove(self.machine, name)
        self._asked(commands.reload_networks())
        return was_there


def drawn(random: Callable[[int], bytes]) -> tuple[str, str]:
    """A name and a secret for a cell: to be read aloud and typed on any keyboard."""
    name = "".join(_one_of(SIGNS, random) for _ in range(NAME_SIGNS))
    syllables = [_one_of(CONSONANTS, random) + _one_of(VOWELS, random) for _ in range(SYLLABLES)]
    groups = ["".join(syllables[at : at + IN_GROUP]) for at in range(0, SYLLABLES, IN_GROUP)]
    return f"KIT-{name}", "-".join(groups)


def _one_of(signs: str, random: Callable[[int], bytes]) -> str:
    return signs[int.from_bytes(random(8), "big") % len(signs)]


def _why(done: Done) -> str:
    if any(words in done.said for words in _NO_SECRETS):
        return "KEY-069"
    if done.code == NOT_THERE or any(words in done.said for words in _NOT_FOUND):
        return "KEY-070"
    return "KEY-071"


def _card_row(card: Card, names: dict[str, bytes]) -> Args:
    ssid = names.get(card.uuid)
    given = any(not one.startswith(nmcli.LINK_LOCAL) for one in card.addresses)
    return {
        "device": card.device, "kind": card.kind, "state": card.state, "carrier": card.carrier,
        "makes_cells": card.makes_cells, "network": nmcli.name_of(ssid) if ssid else "",
        "own_cell": card.uuid == profiles.uuid_of(CELL),
        "login": card.uuid == profiles.uuid_of(LOGIN), "addresses": list(card.addresses),
        "address": "given" if given else "own" if card.addresses else "none",
    }  # fmt: skip


def _cell_row(cell: Cell, known: list[bytes]) -> Args:
    return {
        "ssid": cell.ssid.hex(), "name": nmcli.name_of(cell.ssid), "signal": cell.signal,
        "asks": cell.asks, "joined": cell.joined, "known": cell.ssid in known,
    }  # fmt: skip
