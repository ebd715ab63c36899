"""Networks of the stick: kept encrypted, never in an argument, put back where they fail."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from kit.core.errors import KitError, Refused
from kit.stick import network, persistence, profiles
from kit.stick.commands import Command, Done
from kit.stick.nmcli import CELL_FIELDS
from tests.stick.keeper_on_files import keeper_of
from tests.stick.machines import Bench, needs_tools

PHRASE = bytearray(b"abeille sapin")
WARD = b"CH-Soins"
SECRET = "Garde de nuit; 7\\z "
CABLE = (
    "GENERAL.DEVICE:eth0\nGENERAL.TYPE:ethernet\nGENERAL.STATE:100 (connected)\n"
    "GENERAL.CON-UUID:6f1a2b66-1f0f-5c0e-9d53-0d6c0d1f5a01\nWIRED-PROPERTIES.CARRIER:on\n"
    "IP4.ADDRESS[1]:10.1.2.3/24\n"
)


def silent(_done: int, _total: int, _step: str) -> None:
    """Tell nobody."""


class Air:
    """NetworkManager as far as nmcli shows it: one Wi-Fi card, cells, how joining ends."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.wifi_state, self.makes_cells = "30 (disconnected)", True
        self.cells = [(WARD, "WPA2"), (b"Accueil", ""), (b"Compte", "WPA2 802.1X")]
        self.cable = CABLE
        self.joining = Done(0, b"")
        self.joined = ""
        self.answers = True
        bench._nmcli = self.nmcli  # type: ignore[method-assign, assignment]

    def nmcli(self, command: Command) -> Done:
        words = command.words
        if not self.answers:
            return Done(8, b"Error: NetworkManager is not running.")
        if "show" in words:
            return Done(0, f"{self.cable}\n{self._card()}".encode())
        if "list" in words:
            return Done(0, self._list().encode())
        if "up" in words:
            if self.joining.code == 0:
                self.joined, self.wifi_state = words[words.index("uuid") + 1], "100 (connected)"
            return self.joining
        if "down" in words and words[words.index("uuid") + 1] == self.joined:
            self.joined, self.wifi_state = "", "30 (disconnected)"
        return Done(0, b"")

    def _card(self) -> str:
        if not self.wifi_state:
            return ""
        makes = "yes" if self.makes_cells else "no"
        return (
            f"GENERAL.DEVICE:wlan0\nGENERAL.TYPE:wifi\nGENERAL.STATE:{self.wifi_state}\n"
            f"GENERAL.CON-UUID:{self.joined}\nWIFI-PROPERTIES.AP:{makes}\n"
        )

    def _list(self) -> str:
        assert CELL_FIELDS[0] == "SSID-HEX"
        return "".join(f"{ssid.hex()}:60:{lock}: :Infra:wlan0\n" for ssid, lock in self.cells)


class Kit:
    """A running stick and the acts of its keeper."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder)
        self.bench.stick()
        self.own = self.bench.root / profiles.OWN_FOLDER
        self.own.mkdir(parents=True)
        self.air = Air(self.bench)
        self.acts = keeper_of(self.bench).acts()

    def ask(self, name: str, **args: Any) -> dict[str, Any]:
        said = self.acts[name].run(args, silent)
        assert not isinstance(said, Refused)
        return said

    def refused(self, name: str, **args: Any) -> str:
        with pytest.raises(KitError) as raised:
            self.acts[name].run(args, silent)
        return raised.value.code

    def kept(self) -> list[str]:
        return sorted(one.name for one in self.own.iterdir())


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    """Open, with the folder of its networks in place."""
    kit = Kit(tmp_path)
    persistence.work_without(kit.bench.means())
    return kit


@needs_tools
def test_what_was_joined_is_on_the_stick_after_a_power_cut(tmp_path: Path) -> None:
    """In the encrypted place, for root alone; a locked stick holds no word of it."""
    kit = Kit(tmp_path)
    persistence.create(kit.bench.means(), PHRASE, silent)
    persistence.keep(kit.bench.means())
    said = kit.ask("wifi_join", ssid=WARD.hex(), secret=SECRET)
    assert said == {"joined": WARD.hex(), "kept": True}
    inside = kit.bench.machine.persist / profiles.KEPT_FOLDER
    (file,) = inside.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(inside.stat().st_mode) == 0o700
    kit.bench.power_cut()
    assert kit.kept() == []
    persistence.unlock(kit.bench.means(), PHRASE)
    assert kit.bench.ran[-1].words == ("nmcli", "connection", "reload")
    assert kit.ask("networks")["known"] == [{"ssid": WARD.hex(), "name": "CH-Soins"}]
    persistence.lock(kit.bench.means())
    assert kit.kept() == []
    assert persistence.state(kit.bench.machine) == "locked"


@pytest.mark.req("HZ-284")
@pytest.mark.parametrize("fault", ["--bind", "reload"])
def test_a_stick_opens_whatever_becomes_of_its_networks(tmp_path: Path, fault: str) -> None:
    """Charts come first; what is set then is said to be in memory alone."""
    kit = Kit(tmp_path)
    kit.bench.fail[fault] = 1
    persistence.work_without(kit.bench.means())
    assert persistence.state(kit.bench.machine) == "open"
    assert kit.ask("networks")["kept"] is False


def test_closing_that_fails_leaves_the_networks_in_place(kit: Kit) -> None:
    """Whoever goes on working stays connected."""
    kit.bench.fail[str(kit.bench.machine.persist)] = 1
    with pytest.raises(KitError):
        persistence.lock(kit.bench.means())
    assert profiles.is_bound(kit.bench.machine)


def test_nothing_is_set_while_the_place_is_closed(tmp_path: Path) -> None:
    """It would be gone when the place opens; looking is free."""
    kit = Kit(tmp_path)
    assert kit.refused("wifi_join", ssid=WARD.hex(), secret=SECRET) == "KEY-064"
    assert kit.refused("cell_open") == "KEY-064"
    assert kit.ask("networks")["open"] is False


@pytest.mark.req("HZ-282")
def test_secrets_are_in_no_command_line(kit: Kit) -> None:
    """Wi-Fi, cell and account: in files that root alone reads."""
    kit.ask("wifi_join", ssid=WARD.hex(), secret=SECRET)
    kit.ask("wired_login", identity="kit7", secret="Compte secret")
    kit.ask("wifi_forget", ssid=WARD.hex())
    cell = kit.ask("cell_open")
    words = " ".join(word for one in kit.bench.ran for word in one.words)
    for secret in ("Garde", "Compte", "kit7", cell["secret"]):
        assert secret not in words
    assert {stat.S_IMODE(one.stat().st_mode) for one in kit.own.iterdir()} == {0o600}


@pytest.mark.req("HZ-280")
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"Error: Connection activation failed: (7) Secrets were required, but not provided",
         "KEY-069"),
        (b"Error: Connection activation failed: The Wi-Fi network could not be found", "KEY-070"),
        (b"Error: Timeout expired (45 seconds)", "KEY-071"),
    ],
)  # fmt: skip
def test_a_network_that_did_not_let_in_is_not_kept(kit: Kit, said: bytes, code: str) -> None:
    """The one before under this name is put back as it was."""
    kit.ask("wifi_join", ssid=WARD.hex(), secret=SECRET)
    before = (kit.own / kit.kept()[0]).read_bytes()
    kit.air.joining = Done(4, said)
    assert kit.refused("wifi_join", ssid=WARD.hex(), secret="autre chose") == code
    assert (kit.own / kit.kept()[0]).read_bytes() == before
    assert kit.refused("wifi_join", ssid=b"Accueil".hex()) == code
    assert len(kit.kept()) == 1


@pytest.mark.req("HZ-280")
def test_a_known_network_is_never_joined_without_its_lock(kit: Kit) -> None:
    """An open one of the same name is on the air: the profile that asks for the secret is used."""
    kit.ask("wifi_join", ssid=WARD.hex(), secret=SECRET)
    before = (kit.own / kit.kept()[0]).read_bytes()
    kit.air.cells = [(WARD, "")]
    assert kit.refused("wifi_join", ssid=WARD.hex(), secret=SECRET) == "KEY-067"
    kit.ask("wifi_join", ssid=WARD.hex())
    assert (kit.own / kit.kept()[0]).read_bytes() == before


@pytest.mark.parametrize(
    ("ssid", "secret", "code"),
    [
        (WARD, "", "KEY-068"),
        (WARD, "court", "KEY-068"),
        (WARD, "é" * 40, "KEY-068"),
        (b"Compte", "", "KEY-067"),
        (b"Compte", "assez long", "KEY-067"),
        (b"Ailleurs", "", "KEY-070"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_changes(
    kit: Kit, ssid: bytes, secret: str, code: str
) -> None:
    """Nothing is written and nobody is asked to join."""
    args = {"secret": secret} if secret else {}
    assert kit.refused("wifi_join", ssid=ssid.hex(), **args) == code
    assert kit.kept() == []
    assert not [one for one in kit.bench.ran if "up" in one.words]


def test_a_network_that_hides_its_name_is_asked_for(kit: Kit) -> None:
    """It is in no list; its profile says so."""
    kit.ask("wifi_join", ssid=b"Cache".hex(), secret=SECRET)
    assert "hidden=true" in (kit.own / kit.kept()[0]).read_text()


def test_a_network_that_is_forgotten_is_left_and_gone(kit: Kit) -> None:
    """Twice harms nothing."""
    kit.ask("wifi_join", ssid=WARD.hex(), secret=SECRET)
    assert kit.ask("wifi_forget", ssid=WARD.hex()) == {"forgotten": True}
    assert kit.air.joined == ""
    assert kit.kept() == []
    assert kit.ask("wifi_forget", ssid=WARD.hex()) == {"forgotten": False}


@pytest.mark.req("HZ-281")
def test_what_is_joined_and_whether_it_gives_addresses_is_told_apart(kit: Kit) -> None:
    """Joined is not yet reached: an address of its own alone says that nobody gave one."""
    cards = {card["kind"]: card for card in kit.ask("networks")["cards"]}
    assert (cards["wired"]["address"], cards["wifi"]["address"]) == ("given", "none")
    kit.air.cable = CABLE.replace("10.1.2.3", "169.254.1.1")
    kit.ask("wifi_join", ssid=WARD.hex(), secret=SECRET)
    cards = {card["kind"]: card for card in kit.ask("networks")["cards"]}
    assert cards["wired"]["address"] == "own"
    assert (cards["wifi"]["state"], cards["wifi"]["network"]) == ("joined", "CH-Soins")


@pytest.mark.parametrize("state", ["", "20 (unavailable)"])
def test_without_a_wifi_card_that_is_on_it_is_said(kit: Kit, state: str) -> None:
    """None there, or switched off by a key of the computer."""
    kit.air.wifi_state = state
    for name, args in (("wifi_join", {"ssid": WARD.hex()}), ("cell_open", {})):
        assert kit.refused(name, **args) == "KEY-066"
    assert kit.ask("networks")["cells"] == []


def test_networkmanager_that_does_not_answer_is_said(kit: Kit) -> None:
    """In words, not as an empty list."""
    kit.air.answers = False
    assert kit.refused("networks") == "KEY-065"
    assert kit.refused("wifi_join", ssid=WARD.hex(), secret=SECRET) == "KEY-065"


def test_a_cell_is_opened_shown_again_and_closed(kit: Kit) -> None:
    """Who joins it twice finds name and secret unchanged until it is closed."""
    cell = kit.ask("cell_open")
    assert kit.ask("cell_open") == cell == kit.ask("networks")["cell"]
    assert cell["running"] is True
    assert cell["ssid"].startswith("KIT-")
    assert kit.refused("wifi_join", ssid=WARD.hex(), secret=SECRET) == "KEY-072"
    kit.air.joined, kit.air.wifi_state = "", "30 (disconnected)"  # the computer was restarted
    assert kit.ask("networks")["cell"] == {**cell, "running": False}
    assert kit.ask("cell_open") == cell
    assert kit.ask("cell_close") == {"closed": True}
    assert kit.ask("networks")["cell"] is None
    assert kit.ask("cell_open")["secret"] != cell["secret"]


def test_a_card_that_cannot_open_a_cell_leaves_none(kit: Kit) -> None:
    """Told by the card, or by trying."""
    kit.air.joining = Done(4, b"Error: Connection activation failed: 802.1X supplicant failed")
    assert kit.refused("cell_open") == "KEY-073"
    kit.air.makes_cells = False
    assert kit.refused("cell_open") == "KEY-073"
    assert kit.ask("networks")["cell"] is None


def test_a_drawn_secret_is_typed_alike_on_every_keyboard() -> None:
    """No letter that lies elsewhere on AZERTY, QWERTY or QWERTZ; none that looks like another."""
    signs = iter(range(10_000))
    name, secret = network.drawn(lambda count: next(signs).to_bytes(count, "big"))
    assert not set(secret) & set("aqzwymlo0123456789")
    assert 8 <= len(secret.encode()) <= 63
    assert len(name.encode()) <= profiles.MOST_SSID_BYTES


def test_an_account_for_the_cable_is_kept_or_refused(kit: Kit) -> None:
    """Without a cable it waits; a wrong one is not kept, so that the plain cable stays."""
    assert kit.ask("wired_login", identity="kit7", secret="secret")["joined"] is True
    assert kit.ask("networks")["login"] == "kit7"
    kit.air.joining = Done(4, b"Error: 802.1X supplicant took too long to authenticate")
    assert kit.refused("wired_login", identity="kit8", secret="faux") == "KEY-074"
    assert kit.ask("networks")["login"] == "kit7"
    assert kit.ask("wired_login_forget") == {"forgotten": True}
    kit.air.cable = ""
    assert kit.ask("wired_login", identity="kit9", secret="faux")["joined"] is False
    assert kit.ask("networks")["login"] == "kit9"
