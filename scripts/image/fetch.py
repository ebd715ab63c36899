"""Which packages, in which versions, and their files: the lock, the .debs, a local archive.

apt chooses against an empty system with a state of its own, so nothing of the building machine
leaks in. The choice is written down as a lock (name, version, SHA-256, no address); with a lock and
a full cache nothing is asked of the network. Not for: installing (`root`).
"""

from __future__ import annotations

import shutil
import urllib.parse
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from scripts.image import tools
from scripts.image.archive import Source, sources_list

ARCHITECTURE = "amd64"
HEAD = "# name version architecture sha256 set ; made by build_usb_image.py, no address in it\n"
SETS = ("root", "boot")
BATCH = 100


class Package(NamedTuple):
    """One .deb. group: `root` for the system, `boot` for files of the boot chain."""

    name: str
    version: str
    architecture: str
    sha256: str
    group: str

    def file_name(self) -> str:
        return f"{self.name}_{self.version}_{self.architecture}.deb".replace(":", "%3a")


def read_list(text: str) -> list[str]:
    """Names of a packages-*.txt: one a line, `#` to the end of a line is a remark."""
    return [name for line in text.splitlines() if (name := line.partition("#")[0].strip())]


def write_lock(packages: Iterable[Package]) -> str:
    """A lock as text, in a fixed order."""
    order = sorted(packages, key=lambda one: (SETS.index(one.group), one.name, one.version))
    return HEAD + "".join(" ".join(one) + "\n" for one in order)


def read_lock(text: str) -> tuple[Package, ...]:
    """A lock; Fault for a line that is none."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.partition("#")[0].split()
        if not fields:
            continue
        if len(fields) != 5 or len(fields[3]) != 64 or fields[4] not in SETS:
            raise tools.Fault("IMG-071", number=number, line=repr(line))
        found.append(Package(*fields))
    if not found:
        raise tools.Fault("IMG-072")
    return tuple(found)


def read_uris(text: str, group: str) -> list[Package]:
    """Packages from `apt-get download --print-uris`: 'URI' file size SHA256:hex."""
    found = []
    for line in text.splitlines():
        if not line.startswith("'"):
            continue
        _, file, _, digest = line.split()
        kind, _, value = digest.partition(":")
        if kind != "SHA256":
            raise tools.Fault("IMG-073", file=file)
        found.append(_of_file(file, value, group))
    return found


class Chooser:
    """apt with its own state: resolves names and downloads files."""

    def __init__(self, folder: Path, sources: tuple[Source, ...], log: Path) -> None:
        self.folder, self.log = folder, log
        for name in ("state/lists/partial", "archives/partial", "etc"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").write_text("")
        (folder / "etc/sources.list").write_text(sources_list(sources))

    def update(self) -> None:
        """Read the archive's lists anew."""
        self._apt("update")

    def choose(self, names: list[str], boot: list[str]) -> tuple[Package, ...]:
        """The versions that apt would install on an empty system, and the boot chain's."""
        planned = self._apt("--print-uris", "install", "?essential", *names)
        wanted = []
        for line in planned.splitlines():
            if line.startswith("'"):
                one = _of_file(line.split()[1], "", "root")
                wanted.append(f"{one.name}={one.version}")
        chosen = read_uris(self._apt("--print-uris", "download", *wanted), "root")
        return (*chosen, *read_uris(self._apt("--print-uris", "download", *boot), "boot"))

    def download(self, packages: list[Package], debs: Path) -> None:
        """Put the files of these packages into `debs`; each is checked against its hash."""
        half = debs / "half"
        half.mkdir(exist_ok=True)
        for start in range(0, len(packages), BATCH):
            batch = packages[start : start + BATCH]
            names = [f"{one.name}={one.version}" for one in batch]
            command: list[str | Path] = [
                "env",
                "-C",
                half,
                "apt-get",
                *self._options(),
                "download",
                *names,
            ]
            tools.run(command, log=self.log, environment=tools.environment_proxies())
            for one in batch:
                place(half / one.file_name(), one, debs)
        shutil.rmtree(half)

    def _apt(self, *words: str) -> str:
        command = ["apt-get", *self._options(), *words]
        return tools.run(command, environment=tools.environment_proxies()).decode()

    def _options(self) -> list[str]:
        pairs = {
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder,
            "Dir::Etc::sourcelist": self.folder / "etc/sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Architecture": ARCHITECTURE,
            "APT::Architectures": ARCHITECTURE,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
        }
        return ["-qq", *(word for pair in pairs.items() for word in ("-o", f"{pair[0]}={pair[1]}"))]


def place(file: Path, package: Package, debs: Path) -> None:
    """Take a downloaded file into the cache, after its hash; Fault when it is another one."""
    if not file.exists():
        raise tools.Fault("IMG-074", name=package.name, version=package.version)
    if tools.sha256(file) != package.sha256:
        file.unlink()
        raise tools.Fault("IMG-075", name=package.name, version=package.version)
    file.replace(debs / package.file_name())


def absent(packages: Iterable[Package], debs: Path) -> list[Package]:
    """Packages whose file is not in the cache."""
    return [one for one in packages if not (debs / one.file_name()).exists()]


def local_archive(packages: Iterable[Package], debs: Path, place_: Path) -> None:
    """A flat archive of the root's packages, that apt can read by `copy:`."""
    chosen = sorted(one for one in packages if one.group == "root")
    (place_ / "pool").mkdir(parents=True)

    def stanza(one: Package) -> str:
        file = debs / one.file_name()
        name = one.file_name().replace("%3a", "_")
        (place_ / "pool" / name).hardlink_to(file)
        control = tools.run(["dpkg-deb", "-f", file]).decode().rstrip("\n")
        size = file.stat().st_size
        return f"{control}\nFilename: pool/{name}\nSize: {size}\nSHA256: {one.sha256}\n"

    with ThreadPoolExecutor(2) as pool:
        (place_ / "Packages").write_text("\n".join(pool.map(stanza, chosen)))


def _of_file(file: str, digest: str, group: str) -> Package:
    name, version, rest = urllib.parse.unquote(file).split("_", 2)
    return Package(name, version, rest.removesuffix(".deb"), digest, group)
