"""The account of imports, local to this kit (first shape; the import's builder widens it)."""

from __future__ import annotations

from typing import Any

from kit.core.projection import Writer


def create_tables(db: Writer) -> None:
    """Make the local tables where they are missing."""
    db.execute(
        """create table if not exists intake(id text primary key, label text, path_name text,
           started integer, finished integer)"""
    )


def start(db: Writer, import_id: str, intake: Any, now: int) -> None:
    """An import begins."""


def record_batch(db: Writer, import_id: str, batch: Any) -> None:
    """A batch was read."""


def finish(db: Writer, import_id: str, now: int) -> None:
    """An import ended."""


def report_json(db: Any, import_id: str) -> dict[str, Any]:
    """The account of one import."""
    return {}
