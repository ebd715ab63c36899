"""A build that was cut goes on where it stopped; half a result is never taken for a whole one."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.image import cache, tools
from scripts.image.progress import Progress


def shop(folder: Path) -> cache.Workshop:
    return cache.Workshop(folder, Progress())


def test_a_step_is_made_once(tmp_path: Path) -> None:
    made = []

    def work(half: Path) -> None:
        made.append(half)
        (half / "out").write_text("done")

    first = shop(tmp_path).make("root", {"lock": "1"}, work)
    second = shop(tmp_path).make("root", {"lock": "1"}, work)
    assert first == second
    assert len(made) == 1
    assert (second / "out").read_text() == "done"


def test_another_input_is_another_result(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    one = bench.make("root", {"lock": "1"}, lambda half: None)
    two = bench.make("root", {"lock": "2"}, lambda half: None)
    assert one != two


@pytest.mark.req("HZ-212")
def test_what_was_cut_is_made_again_from_nothing(tmp_path: Path) -> None:
    def cut(half: Path) -> None:
        (half / "out").write_text("half")
        raise tools.Fault("IMG-002")

    with pytest.raises(tools.Fault):
        shop(tmp_path).make("root", {}, cut)

    def whole(half: Path) -> None:
        assert list(half.iterdir()) == []
        (half / "out").write_text("whole")

    assert (shop(tmp_path).make("root", {}, whole) / "out").read_text() == "whole"


def test_a_result_without_its_mark_is_none(tmp_path: Path) -> None:
    place = shop(tmp_path).make("root", {}, lambda half: None)
    (place / cache.DONE).unlink()
    made: list[Path] = []
    shop(tmp_path).make("root", {}, made.append)
    assert len(made) == 1


def test_old_results_make_room(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    for number in range(5):
        bench.make("root", {"lock": number}, lambda half: None)
    assert len(list((tmp_path / "steps").glob("root-*"))) == cache.KEEP


def test_a_key_follows_names_modes_links_and_content(tmp_path: Path) -> None:
    file = tmp_path / "tree/file"
    file.parent.mkdir()
    file.write_text("a")
    seen = {tools.tree_hash(tmp_path / "tree")}
    file.write_text("b")
    seen.add(tools.tree_hash(tmp_path / "tree"))
    file.chmod(0o755)
    seen.add(tools.tree_hash(tmp_path / "tree"))
    (file.parent / "link").symlink_to("file")
    seen.add(tools.tree_hash(tmp_path / "tree"))
    file.rename(file.with_name("other"))
    seen.add(tools.tree_hash(tmp_path / "tree"))
    assert len(seen) == 5


def test_a_missing_tool_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "_path", lambda: "/nowhere")
    said = str(tools.missing(["sbverify", "sfdisk"]))
    assert "sbverify, sfdisk" in said
    assert "sudo apt-get install fdisk sbsigntool" in said


def test_a_tool_that_fails_says_its_last_lines() -> None:
    with pytest.raises(tools.Fault, match=r"(?s)sh .*\(3\).*the disk is on fire"):
        tools.run(["sh", "-c", "echo the disk is on fire >&2; exit 3"])
