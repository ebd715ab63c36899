"""Compile every `.po` catalogue into the `.mo` that the kit reads; a missing domain is no fault.

Not for checking them: that is `check_catalogues.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands where the compiler would put the present hour: the same words, the same bytes."""
LOCALE = Path(__file__).resolve().parent.parent / "kit" / "locale"


def compile_catalogue(source: Path) -> Path:
    """Write the `.mo` beside one `.po`, whole or not at all; fuzzy entries stay out."""
    with source.open("rb") as readable:
        catalogue = read_po(readable)
    catalogue.creation_date = UNDATED
    target = source.with_suffix(".mo")
    unfinished = source.with_suffix(".mo.part")
    with unfinished.open("wb") as writable:
        write_mo(writable, catalogue)
    unfinished.replace(target)
    return target


def main() -> None:
    """Compile what is there."""
    done = [compile_catalogue(source).stem for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))]
    print(f"catalogues: {' '.join(done) or 'none yet'}")


if __name__ == "__main__":
    main()
