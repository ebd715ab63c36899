"""Opening a kit: restored and rolled-back stores are noticed, and nobody writes a number twice."""

from __future__ import annotations

import shutil
from pathlib import Path

from kit.core.envelope import decode_content
from kit.node.service import Node
from tests.node.kits import PIN, Clock, call, do, sealed_node, signed_in


def _reopen(folder: Path, phrase: str) -> Node:
    node = sealed_node(folder, Clock())
    call(node, "unlock", phrase=phrase)
    call(node, "sign_in", person="Claire DUBOIS", pin=PIN)
    return node


def test_yesterdays_store_put_back_is_noticed_and_goes_on_under_a_new_incarnation(
    tmp_path: Path,
) -> None:
    """A restored file is older than its mark: the person is told, and no feed number is reused."""
    node, phrase = signed_in(tmp_path / "kit")
    node.close()
    shutil.copy(tmp_path / "kit" / "store.db", tmp_path / "old.db")
    node = _reopen(tmp_path / "kit", phrase)
    for value in range(60, 70):
        do(node, "vitals.record", patient="P1", values={"hr": str(value)})
    node.close()
    for name in ("store.db-wal", "store.db-shm"):
        (tmp_path / "kit" / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "old.db", tmp_path / "kit" / "store.db")
    again = _reopen(tmp_path / "kit", phrase)
    facts = call(again, "status")
    assert facts["rollback"]["missing"] >= 10
    done = do(again, "vitals.record", patient="P1", values={"hr": "71"})
    raw = again.desk.kit.db.row("select raw from event where n=?", done["entries"][0])
    assert raw is not None
    feeds = again.desk.kit.db.rows("select feed, incarnation from feed where scope='w:CARD'")
    assert len(feeds) == 2
    assert decode_content(raw[0]).seq == 2
    again.close()
    once_more = _reopen(tmp_path / "kit", phrase)
    assert call(once_more, "status")["rollback"] is None


def test_a_lost_mark_is_said_and_does_not_stop_the_kit(tmp_path: Path) -> None:
    """Without its mark the kit opens, and says that it cannot tell whether it was rolled back."""
    node, phrase = signed_in(tmp_path)
    node.close()
    (tmp_path / "mark").unlink()
    again = _reopen(tmp_path, phrase)
    assert call(again, "status")["mark"] == "STO-041"
    assert "entries" in do(again, "vitals.record", patient="P1", values={"hr": "71"})


def test_a_wrong_phrase_opens_nothing_and_a_later_right_one_does(tmp_path: Path) -> None:
    """The home stays usable after a wrong phrase."""
    node, phrase = signed_in(tmp_path)
    node.close()
    other, other_phrase = signed_in(tmp_path.with_name(tmp_path.name + "-b"))
    other.close()
    again = sealed_node(tmp_path, Clock())
    assert call(again, "unlock", phrase=other_phrase)["fault"]["code"] == "STO-022"
    assert call(again, "unlock", phrase=phrase)["ward"] == "CARD"


def test_a_kit_left_before_its_words_were_written_down_is_made_anew(tmp_path: Path) -> None:
    """Killed at first run, between the words on screen and their proof: nobody is locked out."""
    asked = {"hospital": "CH", "ward": "CARD", "world": "TEST:kit"}
    node = sealed_node(tmp_path)
    call(node, "create", **asked)
    node.close()
    again = sealed_node(tmp_path)
    assert call(again, "hello")["has_kit"] is False
    words = call(again, "create", **asked)["words"]
    call(again, "phrase.proven")
    again.close()
    later = sealed_node(tmp_path)
    assert call(later, "hello")["has_kit"] is True
    assert call(later, "create", **asked)["fault"]["code"] == "STO-024"
    assert call(later, "unlock", phrase=" ".join(words))["ward"] == "CARD"
