"""A fleet made in peace time: each kit opens with its card, knows the others, reads its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp

from kit.core.errors import BadInput
from kit.node.checking import verify_kit
from kit.node.fleet import open_root, revoke_by_root, steer_by_root
from kit.node.fleet_preparation import CARD_MAGIC, ROOT_MAGIC, Order, prepare_fleet
from kit.paper.preview import page_count, page_png
from kit.paper.start_card import StartCard
from kit.sync.founding import plan
from kit.ward.vitals import VitalsRecorded
from tests.node.prepared import CHIEF, MEANS, WORLD, Prepared, desk, meet, record
from tests.paper.reading import page_texts


def test_a_plan_goes_round_the_wards() -> None:
    """Steering first, then one kit a ward, then a second; numbers that cannot be are refused."""
    kits = plan(6, steering=2, wards=("CARD", "URG"), recovery=1)
    assert [(one.label, one.role, one.wards) for one in kits] == [
        ("Pilotage 1", "steering", ()), ("Pilotage 2", "steering", ()), ("DIM 1", "recovery", ()),
        ("CARD 1", "ward", ("CARD",)), ("URG 1", "ward", ("URG",)), ("CARD 2", "ward", ("CARD",)),
    ]  # fmt: skip
    assert plan(3, steering=2, wards=())[-1].wards == ("*",)
    for count, steering, wards in ((3, 2, ("A", "B")), (2, 0, ()), (5000, 2, ())):
        with pytest.raises(BadInput, match="SYN-111"):
            plan(count, steering=steering, wards=wards)


def test_prepared_kits_open_and_exchange(tmp_path: Path) -> None:
    """What one ward kit writes, the other of the ward reads, steering holds and cannot read."""
    fleet = Prepared(tmp_path, 5, wards=("CARD", "URG"))
    with (
        fleet.kit("Pilotage 1") as one, fleet.kit("Pilotage 2") as two,
        fleet.kit("CARD 1") as first, fleet.kit("CARD 2") as second, fleet.kit("URG 1") as other,
    ):  # fmt: skip
        kits = (one, two, first, second, other)
        assert all(kit.membership.is_enrolled for kit in kits)
        assert [kit.settings.capsule for kit in kits] == ["steering"] * 2 + ["ward"] * 3
        assert not one.db.row("select 1 from kit where name='root_seed'")
        record(first, VitalsRecorded(patient="P1", at=MEANS.clock(), values={"hr": "70"}))
        meet(*kits)
        counts = [kit.db.row("select count(*) from vitals") for kit in kits]
        assert counts == [(0,), (0,), (1,), (1,), (0,)]
        held = [kit.db.row("select count(*) from feed where scope='w:CARD'") for kit in kits]
        assert [found[0] > 0 if found else None for found in held] == [True] * 4 + [False]
        keys = {kit.settings.label: kit.log.keyring.scopes() for kit in kits}
        assert "w:CARD" in keys["CARD 1"]
        assert not [scope for scope in keys["Pilotage 2"] if scope.startswith("w:")]
        assert all(verify_kit(kit)["ok"] for kit in kits)


def test_each_kit_has_a_card_and_the_root_two_sheets_for_each_holder(tmp_path: Path) -> None:
    """One page a kit; the symbol reads back; no secret in any folder but on paper."""
    fleet = Prepared(tmp_path, 3, wards=("CARD",))
    cards = (tmp_path / "fleet" / "cartes.pdf").read_bytes()
    envelope = (tmp_path / "fleet" / "enveloppe-racine.pdf").read_bytes()
    assert page_count(cards) == 3
    assert page_count(envelope) == 4
    start = (tmp_path / "fleet" / "demarrer-le-kit.pdf").read_bytes()
    assert page_count(start) == 3
    on_it = " ".join(page_texts(start))
    assert not any(" ".join(card.words) in on_it for card in fleet.printed)  # stays with the stick
    assert "words" not in StartCard.__struct_fields__
    assert (tmp_path / "fleet" / "cartes.pdf").stat().st_mode & 0o077 == 0
    assert _reads(cards, 2) == fleet.printed[2].symbol
    assert fleet.printed[2].symbol.startswith(CARD_MAGIC)
    assert _reads(envelope, 0) == fleet.root[0].wrapped
    assert fleet.root[0].wrapped.startswith(ROOT_MAGIC)
    assert len({card.words for card in fleet.printed}) == 3
    said = str(fleet.made)
    assert not any(" ".join(card.words) in said for card in fleet.printed)


def _reads(pdf: bytes, page: int) -> str:
    import io

    from PIL import Image

    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(page_png(pdf, page, dpi=200))))
    return found[0].text


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written over."""
    (tmp_path / "letter.txt").write_text("important")
    with pytest.raises(BadInput, match="CMD-008"):
        prepare_fleet(Order(tmp_path, 3, world=WORLD), MEANS)


def test_the_envelope_makes_any_kit_a_steering_kit(tmp_path: Path) -> None:
    """All steering kits are gone: a ward kit and the envelope steer, and put the stolen one out."""
    fleet = Prepared(tmp_path, 4, wards=("CARD", "URG"))
    sheets = fleet.root[0]
    seed = open_root(sheets.wrapped, " ".join(sheets.words))
    with fleet.kit("CARD 1") as ward, fleet.kit("URG 1") as other:
        steer_by_root(desk(ward), seed, CHIEF)
        revoke_by_root(desk(ward), seed, "Pilotage 1", "volé", CHIEF)
        meet(ward, other)
        for kit in (ward, other):
            directory = kit.membership.members.directory
            states = {m.label: (m.grant.role, str(m.state)) for m in directory.members.values()}
            assert states["CARD 1"] == ("steering", "member")
            assert states["Pilotage 1"] == ("steering", "revoked")
        assert ward.membership.members.may_write(ward.membership.device, "w:CARD"), "still its ward"


def test_words_and_symbol_that_do_not_belong_together_open_nothing(tmp_path: Path) -> None:
    """A typed symbol may have spaces; another fleet's envelope is refused by name."""
    fleet = Prepared(tmp_path / "a", 2, wards=())
    strange = Prepared(tmp_path / "b", 2, wards=())
    sheets, other = fleet.root[0], strange.root[0]
    grouped = " ".join(sheets.wrapped[at : at + 8] for at in range(0, len(sheets.wrapped), 8))
    assert open_root(grouped.lower(), " ".join(sheets.words))
    with pytest.raises(BadInput, match="SYN-115"):
        open_root(sheets.wrapped, " ".join(other.words))
    for noise in ("", "KITR1:", "KITR1:éé", "KITR1:AAAA", sheets.wrapped[:-8]):
        with pytest.raises(BadInput, match="SYN-115"):
            open_root(noise, " ".join(sheets.words))
    seed = open_root(other.wrapped, " ".join(other.words))
    with fleet.kit("Pilotage 1") as kit, pytest.raises(BadInput, match="SYN-116"):
        steer_by_root(desk(kit), seed, CHIEF)


def test_two_kits_that_wrote_at_the_same_count_agree_after_a_restart(tmp_path: Path) -> None:
    """A new kit remembers how far its tables came, so an entry of the same count is not “later”."""
    fleet = Prepared(tmp_path, 4, wards=("CARD",))
    with fleet.kit("CARD 1") as first, fleet.kit("CARD 2") as second:
        mark = "select value from kit where name='projected_lam'"
        kept = [kit.db.row(mark) for kit in (first, second)]
        assert kept == [(first.log.lam,), (second.log.lam,)]
        meet(first, second)
        source = "select f.feed from ward w join feed f on f.n=w.n>>32"
        named = {kit.db.row(source) for kit in (first, second)}
        assert len(named) == 1
        assert verify_kit(first)["ok"]
        assert verify_kit(second)["ok"]
