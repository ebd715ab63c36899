"""`python -m tests.fuzz.guided TARGET [-max_total_time=60]`: guided by coverage, where atheris is.

For developers; atheris is not among the kit's requirements. What it finds goes to `build/fuzz/`.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path


def main() -> None:
    """One target, its corpus kept in `build/fuzz-corpus/`."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

    with atheris.instrument_imports(include=["kit"]):
        from tests.fuzz.targets import TARGETS, Victim, corpus
    name, options = sys.argv[1], sys.argv[2:]
    victim = Victim()
    target = {**TARGETS, "take": victim.take, "session": victim.session}[name]
    folder, found = Path("build/fuzz-corpus") / name, Path("build/fuzz")
    for place in (folder, found):
        place.mkdir(parents=True, exist_ok=True)
    for data in corpus(name):
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    atheris.Setup([sys.argv[0], f"-artifact_prefix={found}/", *options, str(folder)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
