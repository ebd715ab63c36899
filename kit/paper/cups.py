"""The tools of CUPS, run so that their words can be read and so that a person can stop them.

`server` names another CUPS than the computer's own. Not for: what is asked of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess

import msgspec

from kit.core.errors import Unavailable
from kit.paper.halt import Halt

SECONDS = 20.0
_ALSO = ("/usr/sbin", "/sbin")
"""Where `lpadmin` is, and a person's own path often is not."""


class Said(msgspec.Struct, frozen=True):
    """What a tool answered."""

    right: bool
    out: str
    complaint: str


def run_tool(
    tool: str,
    server: str,
    *options: str,
    data: bytes = b"",
    halt: Halt | None = None,
    seconds: float = SECONDS,
) -> Said:
    """One call, in the C locale. Raises Unavailable PRN-001 where there is no such tool."""
    place = shutil.which(tool, path=os.pathsep.join((os.environ.get("PATH", ""), *_ALSO)))
    if place is None:
        raise Unavailable("PRN-001")
    where = ("-h", server) if server else ()
    pipe = subprocess.PIPE
    try:
        with subprocess.Popen(
            [place, *where, *options], stdin=pipe, stdout=pipe, stderr=pipe,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        ) as process, (halt or Halt()).ending(process.kill):  # fmt: skip
            try:
                out, complaint = process.communicate(data, seconds)
            finally:
                process.kill()
    except (OSError, subprocess.TimeoutExpired):
        raise Unavailable("PRN-001") from None
    return Said(
        process.returncode == 0,
        out.decode("utf-8", "replace"),
        complaint.decode("utf-8", "replace").strip(),
    )
