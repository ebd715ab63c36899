"""GRUB's environment block: what survives from one start to the next, 1024 bytes on the ESP.

Read leniently, as GRUB does; written in place, never as a new file, since GRUB remembers where its
blocks lie. Everything must fit into the first 512 bytes: a sector is written whole or not at all,
so a cut leaves the old block or the new one. Not for: what the variables mean (`slots`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from kit.core.errors import BadInput, Unavailable
from kit.stick.layout import ENV_BYTES, SECTOR

HEADER = b"# GRUB Environment Block\n"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TOO_LARGE, NOT_A_BLOCK = "UPD-020", "UPD-021"


def parse(block: bytes) -> dict[str, str] | None:
    """The variables of a block; None where GRUB would not read it either."""
    if len(block) != ENV_BYTES or not block.startswith(HEADER):
        return None
    found: dict[str, str] = {}
    for line in _lines(block[len(HEADER) :]):
        if line.startswith(b"#"):
            continue
        name, sign, value = line.partition(b"=")
        if sign and NAME.fullmatch(name.decode("latin-1")):
            found[name.decode("ascii")] = value.decode("utf-8", "replace")
    return found


def _lines(text: bytes) -> list[bytes]:
    """Lines with escapes undone; a backslash keeps the byte behind it. The last one is padding."""
    lines, line, at = [], bytearray(), 0
    while at < len(text):
        byte = text[at]
        if byte == ord("\\") and at + 1 < len(text):
            at += 1
            line.append(text[at])
        elif byte == ord("\n"):
            lines.append(bytes(line))
            line.clear()
        else:
            line.append(byte)
        at += 1
    return lines


def render(variables: Mapping[str, str]) -> bytes:
    """The block of these variables, in their order. Raises BadInput `UPD-020` past one sector."""
    text = bytearray(HEADER)
    for name, value in variables.items():
        if not NAME.fullmatch(name):
            raise BadInput(NOT_A_BLOCK)
        escaped = value.encode().replace(b"\\", b"\\\\").replace(b"\n", b"\\\n")
        text += name.encode() + b"=" + escaped + b"\n"
    if len(text) > SECTOR:
        raise BadInput(TOO_LARGE, bytes=len(text))
    return bytes(text.ljust(ENV_BYTES, b"#"))


def read(path: Path) -> dict[str, str] | None:
    """The variables of a file; None where it is missing or no block."""
    try:
        with path.open("rb") as file:
            return parse(file.read(ENV_BYTES + 1))
    except OSError:
        return None


def write_in_place(path: Path, variables: Mapping[str, str]) -> None:
    """Overwrite the block of a file that is there, in one write, and flush it.

    Raises Unavailable `UPD-013` where there is no such file or it cannot be written.
    """
    block = render(variables)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            if os.fstat(fd).st_size > ENV_BYTES:
                os.ftruncate(fd, ENV_BYTES)
            os.pwrite(fd, block, 0)
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as fault:
        raise Unavailable("UPD-013", errno=fault.errno or 0) from None
