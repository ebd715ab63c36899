"""The limited process that reads foreign files: it has no key but those of the file, no way out.

Started as `python -m kit.sync.courier_reader FOLDER`; asked on stdin, answers on stdout
(`courier_frames`). It opens only names of our patterns, regular files, through no link, below caps;
it cannot write, start a process, nor (where the system allows it) reach a network. What it hands
back has the shape of runs; whether they are good is for `Replica.take`. Source: sync.md §7.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kit.core.errors import BadInput, KitError
from kit.sync.courier import (
    BUNDLE,
    BUNDLES,
    MANIFEST,
    MANIFEST_BYTES,
    NAMES,
    SEGMENT_BYTES,
    WANT,
    WANTS,
    decode_manifest,
    decode_run,
)
from kit.sync.courier_frames import (
    Done,
    Fetch,
    Found,
    Given,
    Listing,
    Look,
    Read,
    Said,
    Trouble,
    decode_asked,
    encode,
    next_body,
)
from kit.sync.stream import opened

MEMORY_BYTES = 512 * 1024 * 1024
CPU_S = 600
PLAIN_NAME = re.compile(r"[0-9a-z][0-9a-z.-]{0,120}", re.ASCII)
CANNOT_READ = "USB-006"
GONE = "USB-022"
NO_PLAIN_FILE = "USB-023"
TOO_LARGE = "USB-024"
NO_FOLDER = "USB-002"
SEGMENT_LIMIT = SEGMENT_BYTES + 1024 * 1024
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
# Without waiting, a pipe that poses as a file cannot hold the reader up.
_FILE = (
    os.O_RDONLY
    | _NO_LINK
    | sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))
)
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Place:
    """A folder that is open; what lies in it is reached through it and through no link."""

    def __init__(self, path: str, inside: Place | None = None) -> None:
        """Raises BadInput `USB-002` where there is no such folder, `USB-023` where it is a link."""
        self.path: Path = Path(path) if inside is None else inside.path / path
        try:
            self.fd = _open(path, _FOLDER | (_NO_LINK if inside else 0), inside)
        except OSError as fault:
            raise BadInput(_code(fault, GONE if inside else NO_FOLDER)) from None
        self.disk = os.fstat(self.fd).st_dev
        if inside is not None and self.disk != inside.disk:
            self.close()
            raise BadInput(NO_PLAIN_FILE)

    def close(self) -> None:
        """Let go of it."""
        os.close(self.fd)

    def names(self) -> Iterator[str]:
        """Its names, in the order of the disk."""
        with os.scandir(self.fd if os.scandir in os.supports_fd else self.path) as found:
            for entry in found:
                yield entry.name

    def content(self, name: str, limit: int) -> bytes:
        """A regular file's bytes. Raises BadInput with the reason."""
        try:
            fd = _open(name, _FILE, self)
        except OSError as fault:
            raise BadInput(_code(fault, GONE)) from None
        try:
            facts = os.fstat(fd)
            if not stat.S_ISREG(facts.st_mode) or facts.st_nlink > 1 or facts.st_dev != self.disk:
                raise BadInput(NO_PLAIN_FILE)
            if facts.st_size > limit:
                raise BadInput(TOO_LARGE)
            return _read(fd, limit)
        finally:
            os.close(fd)


def _open(name: str, flags: int, inside: Place | None) -> int:
    if inside is None:
        return os.open(name, flags)
    if os.open in os.supports_dir_fd:
        return os.open(name, flags, dir_fd=inside.fd)
    path = inside.path / name
    if path.is_symlink():
        raise OSError(errno.ELOOP, "link")
    return os.open(path, flags)


def _read(fd: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        while part := os.read(fd, 1024 * 1024):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise BadInput(TOO_LARGE)
    except OSError:
        raise BadInput(CANNOT_READ) from None
    return b"".join(parts)


def _code(fault: OSError, absent: str) -> str:
    if fault.errno in (errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO, errno.EMLINK):
        return NO_PLAIN_FILE if absent != NO_FOLDER else NO_FOLDER
    return absent if fault.errno == errno.ENOENT else CANNOT_READ


def look(root: Place) -> Iterator[Said]:
    """What lies on a stick: want files, then the manifest of each bundle."""
    bundles, wants, names, capped = set[str](), set[str](), 0, False
    for name in root.names():
        names += 1
        if names > NAMES:
            capped = True
            break
        if BUNDLE.fullmatch(name) and len(bundles) < BUNDLES:
            bundles.add(name)
        elif WANT.fullmatch(name) and len(wants) < WANTS:
            wants.add(name)
    yield Listing(min(names, NAMES), min(names, NAMES) - len(bundles) - len(wants), capped)
    for name in sorted(wants):
        yield from fetch(root, (name,))
    for name in sorted(bundles):
        yield from fetch(root, (name, MANIFEST))


def fetch(root: Place, path: tuple[str, ...]) -> Iterator[Said]:
    """One manifest, if it has the shape of one."""
    try:
        data = _content(root, path, MANIFEST_BYTES)
        decode_manifest(data)
    except KitError as fault:
        yield Trouble("/".join(path), fault.code)
    else:
        yield Found("/".join(path), data)


def read(root: Place, asked: Read) -> Iterator[Said]:
    """The runs of one segment, as far as they are good."""
    try:
        data = _content(root, asked.path, SEGMENT_LIMIT)
        if asked.digest and hashlib.sha256(data).digest()[:8] != asked.digest:
            raise BadInput("USB-021")
        for chunk in opened(asked.key, asked.about, data):
            yield Given(decode_run(chunk))
    except KitError as fault:
        yield Trouble(asked.path[-1], fault.code)


def _content(root: Place, path: tuple[str, ...], limit: int) -> bytes:
    if not all(PLAIN_NAME.fullmatch(part) for part in path):
        raise BadInput(NO_PLAIN_FILE)
    place, opened_here = root, list[Place]()
    try:
        for part in path[:-1]:
            place = Place(part, place)
            opened_here.append(place)
        return place.content(path[-1], limit)
    finally:
        for one in opened_here:
            one.close()


def serve(root: Place, asking: IO[bytes], answering: IO[bytes]) -> None:
    """Answer until nobody asks any more."""
    while (body := next_body(asking)) is not None:
        asked = decode_asked(body)
        if isinstance(asked, Look):
            answers = look(root)
        elif isinstance(asked, Fetch):
            answers = fetch(root, asked.path)
        else:
            answers = read(root, asked)
        answering.writelines(encode(answer) for answer in answers)
        answering.write(encode(Done()))
        answering.flush()


def limit_process() -> None:
    """Give up what reading does not need; what a system does not offer is passed over."""
    if sys.platform != "linux":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    if unshare is not None and unshare(_CLONE_NEWNET) != 0:
        unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def close_ways_out() -> None:
    """From here on this interpreter opens nothing for writing, no socket and no process."""

    def refuse(event: str, args: tuple[object, ...]) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(event)
        if event == "open" and isinstance(args[2], int) and args[2] & _WRITING:
            raise PermissionError(event)

    sys.addaudithook(refuse)


def main(arguments: list[str]) -> int:
    """Read one folder for the process that started this one."""
    limit_process()
    answering = sys.stdout.buffer
    try:
        root = Place(arguments[0])
    except BadInput as fault:
        answering.write(encode(Trouble("", fault.code)))
        answering.flush()
        return 1
    close_ways_out()
    try:
        serve(root, sys.stdin.buffer, answering)
    except BrokenPipeError:
        os.close(answering.fileno())  # the kit has what it wanted
    finally:
        root.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
