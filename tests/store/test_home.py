"""One kit, one folder, one node at a time, closed to other users."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kit.core.errors import KitError, Misconfigured, Unavailable
from kit.store import home as home_module
from kit.store.database import create_database
from kit.store.home import Home, default_home
from tests.store.kits import IDENTITY, KEY, new_home, new_kit

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024

HOLDER = """
import sys
from pathlib import Path
from kit.store.home import Home
home = Home(Path(sys.argv[1]))
home.lock()
print("held", flush=True)
sys.stdin.read()
"""


def hold(home: Home) -> subprocess.Popen[str]:
    """Another process that holds the home until it dies or its standard input closes."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_two_nodes_never_share_a_home(tmp_path: Path) -> None:
    """The second is told; the first goes on; an orderly end frees the home."""
    home = new_home(tmp_path)
    holder = hold(home)
    with pytest.raises(Unavailable) as caught:
        home.lock()
    assert caught.value.code == "STO-050"
    assert holder.poll() is None
    holder.communicate()
    home.lock()
    home.unlock()


def test_a_killed_node_leaves_the_home_free(tmp_path: Path) -> None:
    """kill -9 must not keep the ward out until somebody deletes a file."""
    home = new_home(tmp_path)
    holder = hold(home)
    holder.kill()
    holder.communicate()
    home.lock()
    home.unlock()


def test_a_lock_may_be_taken_twice_by_its_holder_and_given_back_twice(tmp_path: Path) -> None:
    """Starting and stopping may come from two sides."""
    home = new_home(tmp_path)
    home.lock()
    home.lock()
    with pytest.raises(Unavailable):
        Home(home.folder).lock()
    home.unlock()
    home.unlock()
    other = Home(home.folder)
    other.lock()
    other.unlock()


def test_the_home_is_closed_to_other_users(tmp_path: Path) -> None:
    """Even where the folder was open before."""
    (tmp_path / "kit").mkdir(mode=0o755)
    home, _, _ = new_kit(tmp_path)
    for folder in (home.folder, home.outbox):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    create_database(home.store, KEY, IDENTITY).close()
    for file in (home.slots_a, home.slots_b, home.tries, home.store):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_disk_without_rights_still_holds_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stick in FAT refuses chmod; what it holds is encrypted all the same."""

    def refuse(*_args: object, **_named: object) -> None:
        raise PermissionError(errno.EPERM, "no rights here")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", refuse)
        home, _, _ = new_kit(tmp_path)
        create_database(home.store, KEY, IDENTITY).close()
    assert home.has_kit()


def test_a_file_in_place_of_the_home_is_told(tmp_path: Path) -> None:
    """And left alone."""
    file = tmp_path / "kit"
    file.write_text("mine")
    for home in (Home(file), Home(file / "below")):
        with pytest.raises(Misconfigured) as caught:
            home.prepare()
        assert caught.value.code == "STO-052"
        assert caught.value.args_ == {"path": str(home.folder)}
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.EACCES, "STO-051"), (errno.EROFS, "STO-051"), (errno.ENOSPC, "STO-010")],
)
def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    """Rights and a full disk ask for different things."""

    def refuse(*_args: object, **_named: object) -> None:
        raise OSError(number, "no")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        with pytest.raises(KitError) as caught:
            Home(tmp_path / "kit").prepare()
    assert caught.value.code == code


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Looking for a kit makes none."""
    home = Home(tmp_path / "nowhere")
    assert not home.has_kit()
    with pytest.raises(Misconfigured) as caught:
        home.lock()
    assert caught.value.code == "STO-053"
    assert not home.folder.exists()


def test_a_kit_is_known_by_either_slot_file_even_without_its_store(tmp_path: Path) -> None:
    """Hazard: a home whose store is lost must not look like an empty home."""
    home, _, _ = new_kit(tmp_path)
    assert not home.store.exists()
    assert home.has_kit()
    home.slots_a.unlink()
    assert home.has_kit()
    home.slots_b.unlink()
    assert not home.has_kit()


def test_the_default_home_follows_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On Linux, where the desktop's data folder is."""
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        assert default_home() == tmp_path / "cyber-kit"
    assert default_home().is_absolute()


def test_the_ballast_takes_real_room_and_gives_it_back(tmp_path: Path) -> None:
    """A sparse file would be no reserve."""
    home = new_home(tmp_path)
    assert home.fill_ballast(3 * MIB)
    assert home.fill_ballast(3 * MIB)
    assert home.ballast.stat().st_size == 3 * MIB
    if os.name == "posix":
        assert home.ballast.stat().st_blocks * 512 >= 3 * MIB
    assert home.release_ballast()
    assert not home.ballast.exists()
    assert not home.release_ballast()


def test_a_disk_without_room_for_the_ballast_keeps_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a reserve would eat the last room and help nobody."""
    home = new_home(tmp_path)

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(home_module, "_occupy", full)
        assert not home.fill_ballast(MIB)
    assert not home.ballast.exists()


def test_free_space_is_the_disks(tmp_path: Path) -> None:
    """What the warnings at 20, 10 and 5 % are reckoned from."""
    home = new_home(tmp_path)
    assert 0 < home.free_bytes() <= shutil.disk_usage(tmp_path).total
