"""The finish and the steps of the freeze that decide whether two builds are the same."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from scripts.frozen import chroot, making, sweep
from scripts.image import archive
from tests.arch.source import ROOT

EPOCH = 1_700_000_000


def small(place: Path, mode: int = 0o600) -> Path:
    made = place / making.NAME
    (made / "_internal").mkdir(parents=True)
    for name in ("kit", "_internal/data.toml"):
        (made / name).write_text(name, "utf-8")
        (made / name).chmod(mode)
    (made / "_internal" / "link").symlink_to("data.toml")
    return made


def test_finished_folders_are_equal_whatever_the_builders_umask_and_hour(tmp_path: Path) -> None:
    one, two = small(tmp_path / "a"), small(tmp_path / "b", 0o755)
    os.utime(two / "kit", (1, 1))
    assert making.digest(one) != making.digest(two)
    for made in (one, two):
        making.finish(made, EPOCH)
    assert making.digest(one) == making.digest(two)
    assert {path.lstat().st_mtime for path in [two, *two.rglob("*")]} == {EPOCH}
    assert (one / "kit").stat().st_mode & 0o777 == 0o755
    assert (one / "_internal" / "data.toml").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("change", ["bytes", "name", "mode", "link"])
def test_a_digest_sees_every_kind_of_change(tmp_path: Path, change: str) -> None:
    one, two = small(tmp_path / "a"), small(tmp_path / "b")
    data = two / "_internal" / "data.toml"
    if change == "bytes":
        data.write_text("other", "utf-8")
    elif change == "name":
        data.rename(data.with_name("date.toml"))
    elif change == "mode":
        data.chmod(0o755)
    else:
        (two / "_internal" / "link").unlink()
        (two / "_internal" / "link").symlink_to("kit")
    assert making.digest(one) != making.digest(two)


def test_a_build_that_fails_leaves_the_folder_of_before(tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = small(out)
    (before / "kit").write_text("before", "utf-8")
    with pytest.raises(FileNotFoundError):
        making.hand_over(tmp_path / "never-made", out, EPOCH)
    assert (out / making.NAME / "kit").read_text("utf-8") == "before"
    made = making.hand_over(small(tmp_path / "new"), out, EPOCH)
    assert (made / "kit").read_text("utf-8") == "kit"
    assert [path.name for path in out.iterdir()] == [making.NAME]


def test_the_freezer_knows_nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("USER", "somebody")
    told = making.environment("/build/source", EPOCH)
    assert told["SOURCE_DATE_EPOCH"] == str(EPOCH)
    assert told["PYTHONHASHSEED"] == "0"
    assert not {"USER", "PYTHONPATH", "DISPLAY"} & set(told)


def test_the_hour_of_a_build_is_the_commits_or_what_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12")
    assert making.default_epoch() == 12
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert making.default_epoch() > EPOCH


def test_another_lock_is_another_set_of_packages() -> None:
    assert making.fingerprint("3.13") != making.fingerprint("3.11")
    assert making.fingerprint("3.13") == making.fingerprint("3.13")


def test_a_chroot_of_another_release_keeps_the_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (
        archive.Source("http://archive.test/debian", archive.SUITE, archive.COMPONENTS),
        archive.Source("http://security.test/debian", f"{archive.SUITE}-security", "main"),
    )
    monkeypatch.setattr(archive, "sources", lambda _lines, _snapshot: found)
    assert chroot.machine_archives("forky") == [
        "deb http://archive.test/debian forky main",
        "deb http://security.test/debian forky-security main",
    ]


def test_the_libraries_of_the_set_up_are_those_of_the_chroot() -> None:
    assert "libwayland-egl1" in chroot.library_packages()


SAID = """\
\tlinux-vdso.so.1 (0x00007ffd)
\tlibwayland-cursor.so.0 => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
\tlibodd name.so => not found
\tlibcrypto.so.3 => /opt/cyber-kit/_internal/libcrypto.so.3 (0x00007f)
"""


def test_the_sweep_reads_what_is_not_found_and_only_that() -> None:
    assert sweep.not_found(SAID) == {"libwayland-cursor.so.0"}
    assert sweep.not_found("\tstatically linked\n") == set()


def test_the_sweep_looks_at_every_library_and_at_no_other_file(tmp_path: Path) -> None:
    folder = small(tmp_path)
    system = shutil.which("true")
    assert system is not None
    shutil.copy(system, folder / "_internal" / "libtrue.so")
    assert sweep.unmet(folder) == {}
    hidden = sweep.unmet(folder, ["printf", "\\tlibgone.so.1 => not found\\n%.0s"])
    assert hidden == {"libgone.so.1": ["_internal/libtrue.so"]}


def test_the_catalogues_are_the_same_bytes_at_any_hour(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        "compile_catalogues", ROOT / "scripts" / "compile_catalogues.py"
    )
    assert spec is not None
    assert spec.loader is not None
    compiler = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(compiler)
    source = tmp_path / "cli.po"
    shutil.copy(ROOT / "kit" / "locale" / "fr" / "LC_MESSAGES" / "cli.po", source)
    compiled = compiler.compile_catalogue(source).read_bytes()
    assert b"POT-Creation-Date: 2000-01-01" in compiled
