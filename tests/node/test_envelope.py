"""The root on paper: printed, proven by typing it back, forgotten; read again from a picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from kit.core.errors import BadInput
from kit.node import envelope
from kit.node.service import Node
from kit.node.settings import kept
from kit.paper import card
from kit.paper.reading import symbol_text_of
from kit.store import vault
from tests.node.kits import OPENED, PIN, Clock

Sheets = list[card.RootSheets]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Sheets:
    """What went to paper."""
    sheets: Sheets = []

    def pdf(root: card.RootSheets, language: str) -> bytes:
        sheets.append(root)
        return card.root_pdf(root, language)

    monkeypatch.setattr(envelope, "root_pdf", pdf)
    return sheets


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A kit that founded its fleet, an engineer signed in."""
    made = Node(tmp_path / "kit", clock=Clock(), cost=vault.TEST_ONLY)
    OPENED.append(made)
    args = {"hospital": "CH", "ward": "CARD", "world": "TEST:x", "label": "Kit"}
    made.handle({"id": 1, "call": "create", "args": args})
    call(made, "phrase.proven")
    person = call(made, "enrol", name="Ana", profession="SI", pin=PIN)["answer"]["person"]
    call(made, "sign_in", person=person, pin=PIN)
    return made


def call(node: Node, service: str, **args: Any) -> Any:
    """A service's value, or the code of what went wrong."""
    answered = node.handle({"id": 1, "call": service, "args": args})
    if "ok" in answered:
        return answered["ok"]
    return (answered.get("refused") or answered["fault"])["code"]


def has_root(node: Node) -> bool:
    """Whether the kit still holds it."""
    return kept(node.desk.kit.db, "root_seed") is not None


def test_the_kit_forgets_the_root_only_when_the_paper_is_proven(
    node: Node, printed: Sheets, tmp_path: Path
) -> None:
    """Wrong words, words of an older print: it stays; the right ones: it is gone."""
    first = call(node, "envelope.print", path=str(tmp_path / "a.pdf"))
    assert first["holders"] == ["Direction", "RSSI"]
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    call(node, "envelope.print", path=str(tmp_path / "b.pdf"))
    old, new = (" ".join(sheets.words) for sheets in printed)
    assert call(node, "envelope.prove", words=old) == "SYN-115"
    assert has_root(node)
    assert call(node, "envelope.prove", words=new) == {"forgotten": True}
    assert not has_root(node)
    assert call(node, "envelope.print", path=str(tmp_path / "c.pdf")) == "SYN-119"


def test_a_printer_that_swallows_the_sheet_loses_nothing(node: Node, tmp_path: Path) -> None:
    """Not printed, or not proven: the root stays, also over a restart of the node."""
    assert str(call(node, "envelope.print", printer="nowhere")).startswith("PRN")
    assert has_root(node)
    assert call(node, "envelope.prove", words="eins zwei") == "SYN-115"


def test_paper_gives_the_root_back(node: Node, printed: Sheets, tmp_path: Path) -> None:
    """The very sheet that was printed: its picture is read, its words open it."""
    pdf = tmp_path / "a.pdf"
    call(node, "envelope.print", path=str(pdf))
    words = " ".join(printed[0].words)
    call(node, "envelope.prove", words=words)
    symbol = call(node, "envelope.read", path=str(pdf))["symbol"]
    assert symbol == printed[0].wrapped
    done = call(node, "fleet.by_root", symbol=symbol, words=words)
    assert done["role"] == "steering"


def test_a_symbol_is_read_from_a_photograph(tmp_path: Path, node: Node) -> None:
    """Turned, grey, small; and from a file of text."""
    text = "KITR1:" + "ABCDEFGH234567" * 12
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = Image.fromarray(drawn.to_image(scale=6))
    photograph = io.BytesIO()
    image.convert("L").rotate(7, expand=True, fillcolor=200).save(photograph, "JPEG", quality=70)
    assert symbol_text_of(photograph.getvalue()) == text
    plain = tmp_path / "symbol.txt"
    plain.write_text(f"{text}\n")
    assert call(node, "envelope.read", path=str(plain)) == {"symbol": text}


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", b"%PDF-1.4 nothing", bytes(5000), b"GIF89a" + bytes(40)]
)
def test_what_shows_no_symbol_is_refused(data: bytes) -> None:
    """In words, whatever it is."""
    with pytest.raises(BadInput) as said:
        symbol_text_of(data)
    assert said.value.code in ("PAP-040", "PAP-031")


def test_a_picture_that_would_fill_the_memory_is_not_opened() -> None:
    """A few bytes that claim to be a wall of pixels."""
    small = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(small, "PNG")
    with pytest.raises(BadInput):
        symbol_text_of(small.getvalue())


def test_only_those_who_may_touch_the_envelope(node: Node, tmp_path: Path) -> None:
    """A nurse does not."""
    call(node, "enrol", name="Ida", profession="ADM", pin=PIN)
    call(node, "enrol", name="Claire", profession="IDE", pin=PIN)
    call(node, "lock")
    for service in ("envelope.print", "envelope.prove", "envelope.read"):
        assert call(node, service, path=str(tmp_path / "x.pdf")) == "permission.denied"
