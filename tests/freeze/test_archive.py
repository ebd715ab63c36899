"""The package and the archive: what they say of themselves, and the same bytes twice."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kit import __version__
from scripts.frozen import archive, making, sweep
from tests.arch.source import ROOT

EPOCH = 1_700_000_000
needs_tools = pytest.mark.skipif(
    not (shutil.which("dpkg-deb") and shutil.which("zstd")), reason="no dpkg-deb or zstd here"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small finished folder in the shape of the real one."""
    made = tmp_path / "frozen" / making.NAME
    (made / "_internal" / "kit").mkdir(parents=True)
    (made / "kit").write_bytes(b"\x7fELF programme")
    (made / "_internal" / "kit" / "words.txt").write_text("mots", "utf-8")
    (made / "_internal" / "link").symlink_to("kit/words.txt")
    making.finish(made, EPOCH)
    return made


def fields(text: str) -> dict[str, str]:
    """The fields of a control file; continuation lines go with theirs."""
    joined = text.replace("\n ", " ")
    return dict(line.split(": ", 1) for line in joined.splitlines() if line)


def test_the_control_file_names_version_machine_and_what_the_system_must_bring() -> None:
    said = fields(archive.control(181_000_001, "2.36"))
    assert said["Package"] == making.NAME
    assert said["Version"] == __version__
    assert said["Architecture"] in ("amd64", "arm64")
    assert said["Installed-Size"] == "176758"  # KiB, rounded up
    asked = said["Depends"]
    assert "libc6 (>= 2.36)" in asked
    for library in sweep.brought_by_target():
        package = next(
            line.split()[2]
            for line in (ROOT / "scripts" / "system_libraries.txt").read_text("utf-8").splitlines()
            if f" {library} " in line
        )
        assert package in asked


def test_the_package_asks_for_the_c_library_that_the_folder_was_made_for(folder: Path) -> None:
    """Installed on an older system it would not start at all."""
    assert archive.glibc_of(folder) == "2.0"
    library = folder / "_internal" / "libx.so"
    library.write_bytes(b"\x7fELF\0GLIBC_2.4\0GLIBC_2.36\0GLIBC_2.5\0")
    (folder / "_internal" / "text").write_bytes(b"GLIBC_2.99")
    assert archive.glibc_of(folder) == "2.36"


@needs_tools
def test_the_package_installs_under_opt_and_belongs_to_root(folder: Path, tmp_path: Path) -> None:
    made = archive.make_deb(folder, tmp_path, EPOCH)
    listed = subprocess.run(
        ["dpkg-deb", "--contents", str(made)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    owners = {line.split()[1] for line in listed}
    assert owners == {"root/root"}
    names = {line.split()[5]: line.split()[0] for line in listed}
    assert names["./opt/cyber-kit/kit"] == "-rwxr-xr-x"
    assert names["./usr/share/applications/cyber-kit.desktop"] == "-rw-r--r--"
    assert any(line.endswith("./usr/bin/kit -> /opt/cyber-kit/kit") for line in listed)
    plain = [mode for mode in names.values() if mode[0] != "l"]
    assert not [mode for mode in plain if "w" in mode[5:] or "s" in mode]


@needs_tools
@pytest.mark.parametrize("make", [archive.make_deb, archive.make_tar])
def test_the_same_folder_gives_the_same_bytes_at_another_hour(
    make: object, folder: Path, tmp_path: Path
) -> None:
    assert callable(make)
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    one = make(folder, first, EPOCH)
    os.utime(folder / "kit")  # touched now; the archive says the epoch all the same
    (folder / "_internal").chmod(0o755)
    assert one.read_bytes() == make(folder, second, EPOCH).read_bytes()
    assert [path.name for path in first.iterdir()] == [one.name]
