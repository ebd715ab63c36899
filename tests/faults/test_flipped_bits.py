"""A flipped bit in the store is never shown as a value: the kit says that it is damaged."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

from kit.core.errors import KitError
from kit.node.service import Node
from tests.node.kits import call, do, sealed_node, signed_in

FLIPS = 25


def _said_or_right(node: Node) -> int:
    """1 where reading said that the store is damaged; else every value must be right."""
    rows: list[tuple[int]] = []
    with contextlib.suppress(KitError):
        rows = node.desk.kit.db.rows("select json_extract(data,'$.hr') from vitals order by n")
        assert [int(row[0]) for row in rows] == list(range(60, 100))
    return 0 if rows else 1


def test_a_flipped_bit_is_said_or_harmless_but_never_a_wrong_value(tmp_path: Path) -> None:
    """Each flip: either every value reads right, or a fault with a code comes out."""
    node, phrase = signed_in(tmp_path)
    for value in range(60, 100):
        do(node, "vitals.record", patient="P1", values={"hr": str(value)})
    node.close()
    store = tmp_path / "store.db"
    sound = store.read_bytes()
    draw = random.Random(5)
    said = 0
    for _ in range(FLIPS):
        flipped = bytearray(sound)
        flipped[draw.randrange(len(sound))] ^= 1 << draw.randrange(8)
        store.write_bytes(flipped)
        again = sealed_node(tmp_path)
        opened = call(again, "unlock", phrase=phrase)
        if "fault" in opened:
            said += 1
        else:
            said += _said_or_right(again)
        again.close()
    store.write_bytes(sound)
    assert said > 0
