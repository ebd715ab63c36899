"""The demo as a newcomer meets it at the door."""

from __future__ import annotations

from pathlib import Path

from kit.node.demo import PIN, make_demo
from kit.store import vault
from tests.node.kits import Clock, ask, call, sealed_node


def test_the_first_name_at_the_demo_s_door_may_give_a_dose(tmp_path: Path) -> None:
    """A newcomer who takes the first name and the printed PIN can play every act of the ward."""
    clock = Clock()
    made = make_demo(tmp_path, 7, cost=vault.TEST_ONLY, clock=clock, world="TEST:valmont")
    node = sealed_node(tmp_path, clock)
    call(node, "unlock", phrase=made["phrase"])
    first = ask(node, "person.list")[0]
    assert first["profession"] == "IDE"
    assert call(node, "sign_in", person=first["person"], pin=PIN)["role"] == "IDE"
    assert len(ask(node, "ward.board", ward=made["ward"])) == 28
