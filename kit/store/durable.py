"""Files that survive a power cut: written whole or not at all, and really on the medium.

Not for: the store itself, whose write-ahead log does this for its own file.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Force a file's content onto the medium."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Force a folder's names onto the medium, where the system knows how."""
    if os.name == "nt":
        return  # Windows has no handle to a folder; NTFS journals its names itself
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def close_to_others(*paths: Path) -> None:
    """Take every right from other users, where the file system knows rights."""
    for path in paths:
        with contextlib.suppress(OSError):  # a stick in FAT has none to take
            path.chmod(0o700 if path.is_dir() else 0o600)


def replace_file(path: Path, content: bytes) -> None:
    """Put a small file in place of the old one, readable by this user alone. Raises OSError."""
    draft = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
