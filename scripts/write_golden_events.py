"""Write the golden file of each event type that has none yet: the bytes every later version reads.

A file that exists is never written again: those bytes are in the field. Not for tests, which only
read (`tests/arch/test_registries.py`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kit.core.event import EventType  # noqa: E402  (the checkout need not be installed)
from tests.arch.examples import example_event  # noqa: E402
from tests.arch.registries import GOLDEN, registered_events  # noqa: E402


def golden(kind: EventType) -> dict[str, Any]:
    """What a golden file holds: type, version, readable data, the stored bytes in hexadecimal."""
    event = example_event(kind)
    return {
        "type": kind.name,
        "version": kind.version,
        "data": msgspec.to_builtins(event),
        "msgpack": msgspec.msgpack.encode(event).hex(),
    }


def main() -> None:
    """Write what is missing."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for kind in registered_events():
        path = GOLDEN / f"{kind.name}.v{kind.version}.json"
        if not path.exists():
            text = json.dumps(golden(kind), ensure_ascii=False, indent=1, sort_keys=True)
            path.write_text(f"{text}\n", encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
