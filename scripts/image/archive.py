"""Where packages come from: the building machine's own apt configuration, with another suite.

No address stands in this repository. What apt says of its sources is read, the sources of the
distribution itself are kept, and their suite is replaced by the one of the image. Not for: choosing
or fetching packages (`fetch`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from scripts.image import tools

SUITE = "trixie"
COMPONENTS = "main non-free-firmware"
RELEASES = ("buster", "bullseye", "bookworm", "trixie", "forky", "sid", "stable", "oldstable")
KEYRING = "usr/share/keyrings/debian-archive-keyring.gpg"
FORMAT = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
KINDS = ("", "-updates", "-security")


class Source(NamedTuple):
    """One line of sources.list, without its options."""

    uri: str
    suite: str
    components: str


def read_targets(text: str) -> tuple[Source, ...]:
    """The image's sources from what `apt-get indextargets` prints in FORMAT.

    Sources of other makers are left out: only a suite named like a release of Debian counts.
    """
    found: dict[Source, None] = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) != 3:
            continue
        uri, suite, component = fields
        match = re.fullmatch(rf"({'|'.join(RELEASES)})(-updates|-security)?", suite)
        if match and component == "main":
            found[Source(uri, SUITE + (match[2] or ""), COMPONENTS)] = None
    if not any(source.suite == SUITE for source in found):
        raise tools.Fault("IMG-023")
    return tuple(found)


def read_options(lines: list[str], snapshot: str | None) -> tuple[Source, ...]:
    """Sources given by hand: `URI SUITE COMPONENTS…`; `{snapshot}` in them becomes the date."""
    found = []
    for line in lines:
        fields = line.replace("{snapshot}", snapshot or "").split()
        if len(fields) < 3 or "://" not in fields[0]:
            raise tools.Fault("IMG-024", line=line)
        found.append(Source(fields[0], fields[1], " ".join(fields[2:])))
    return tuple(found)


def sources(lines: list[str], snapshot: str | None) -> tuple[Source, ...]:
    """The sources to use: the option's, else this machine's."""
    if lines:
        return read_options(lines, snapshot)
    command = ["apt-get", "indextargets", "--format", FORMAT, "Created-By: Packages"]
    return read_targets(tools.run(command).decode())


def sources_list(found: tuple[Source, ...], keyring: Path = Path("/") / KEYRING) -> str:
    """Text of a sources.list."""
    signed = f"[signed-by={keyring}] " if keyring.exists() else ""
    return "".join(f"deb {signed}{one.uri} {one.suite} {one.components}\n" for one in found)
