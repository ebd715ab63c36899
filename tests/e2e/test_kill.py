"""A node killed without warning: nothing acknowledged is lost, no draft either."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kit.node.piped import Client
from tests.node.kits import PIN, ask, call, sealed_node, signed_in

ROUNDS = 6


@pytest.mark.slow
def test_kill_9_loses_no_acknowledged_entry_and_no_draft(tmp_path: Path) -> None:
    """Six times: write, be killed in the middle of it, open again, find each acknowledged entry."""
    node, phrase = signed_in(tmp_path)
    node.close()
    draw = random.Random(11)
    acknowledged: list[int] = []
    drafts = 0
    for _ in range(ROUNDS):
        client = Client(tmp_path, phrase)
        client.request({"call": "sign_in", "args": {"person": "Claire DUBOIS", "pin": PIN}})
        for _ in range(draw.randrange(3, 25)):
            done = client.request(
                {"do": "vitals.record", "args": {"patient": "P1", "values": {"hr": "88"}}}
            )
            acknowledged += done["entries"]
            drafts += 1
            client.request(
                {"call": "draft.save", "args": {"slot": "note:P1", "body": {"data": str(drafts)}}}
            )
        client.send({"do": "vitals.record", "args": {"patient": "P1", "values": {"hr": "99"}}})
        client.kill()
    again = sealed_node(tmp_path)
    call(again, "unlock", phrase=phrase)
    call(again, "sign_in", person="Claire DUBOIS", pin=PIN)
    found = {row["entry"] for row in ask(again, "vitals.history", patient="P1", limit=10_000)}
    assert set(acknowledged) <= found
    assert call(again, "draft.load", slot="note:P1")[0]["body"] == {"data": str(drafts)}
    again.close()


@pytest.mark.slow
def test_a_second_node_on_the_same_home_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    """Two programmes on one folder: the second says so and changes nothing."""
    node, phrase = signed_in(tmp_path)
    with pytest.raises(RuntimeError, match="STO-050"):
        Client(tmp_path, phrase)
    assert ask(node, "vitals.history", patient="P1") == []
