"""Networks of a stick through the node: who may set them, who sees a secret, refusals in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from kit.node.medium_network import wifi_symbol
from kit.stick import profiles
from kit.stick.commands import Done
from tests.node.kits import PIN, call
from tests.node.test_medium import Stick, code, created
from tests.stick.machines import needs_tools
from tests.stick.test_networks import SECRET, WARD, Air


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Stick]:
    """A fresh stick, started."""
    stick = Stick(tmp_path)
    yield stick
    stick.stop()


@pytest.fixture
def air(stick: Stick) -> Air:
    """A Wi-Fi card, networks within reach, and the folder that NetworkManager reads."""
    (stick.bench.root / profiles.OWN_FOLDER).mkdir(parents=True)
    return Air(stick.bench)


@needs_tools
@pytest.mark.req("HZ-287")
def test_networks_are_looked_at_by_anybody_and_set_by_whoever_is_signed_in(
    stick: Stick, air: Air
) -> None:
    """A cell's secret is on no screen that nobody has signed in to."""
    created(stick)
    call(stick.node, "enrol", name="Claire DUBOIS", profession="AS", pin=PIN)
    refused = call(stick.node, "medium.wifi_join", ssid=WARD.hex(), secret=SECRET)
    assert code(refused) == "permission.nobody"
    assert air.joined == ""
    call(stick.node, "sign_in", person="Claire DUBOIS", pin=PIN)
    opened = call(stick.node, "medium.cell_open")
    assert len(opened["qr_rows"]) == len(opened["qr_rows"][0]) >= 21
    assert call(stick.node, "medium.networks")["cell"] == opened
    call(stick.node, "lock")
    seen = call(stick.node, "medium.networks")
    assert [one["name"] for one in seen["cells"]] == ["Accueil", "CH-Soins", "Compte"]
    assert (seen["cell"]["ssid"], seen["cell"]["secret"]) == (opened["ssid"], "")
    assert "qr_rows" not in seen["cell"]


@needs_tools
def test_a_refusal_of_a_network_comes_in_words(stick: Stick, air: Air) -> None:
    """With the network's name in it."""
    created(stick)
    call(stick.node, "enrol", name="Claire DUBOIS", profession="IDE", pin=PIN)
    call(stick.node, "sign_in", person="Claire DUBOIS", pin=PIN)
    air.joining = Done(4, b"Error: Secrets were required, but not provided")
    said = call(stick.node, "medium.wifi_join", ssid=WARD.hex(), secret=SECRET)
    assert code(said) == "KEY-069"
    assert "CH-Soins" in said["refused"]["args"]["text"]


def test_a_code_for_telephones_holds_name_and_secret() -> None:
    """Read back by the reader of the house; signs that mean something are kept apart."""
    rows = wifi_symbol("KIT;1", "tifo-redu")
    side = len(rows) + 8
    dots = bytearray(b"\xff" * side * side)
    for down, row in enumerate(rows):
        for across, bit in enumerate(row):
            dots[(down + 4) * side + across + 4] = 0 if bit == "1" else 255
    image = Image.frombytes("L", (side, side), bytes(dots)).resize((side * 4, side * 4), 0)
    (found,) = zxingcpp.read_barcodes(image)
    assert found.text == "WIFI:T:WPA;S:KIT\\;1;P:tifo-redu;;"
