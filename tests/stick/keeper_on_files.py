"""A real keeper process whose machine is made of files: `python -m tests.stick.keeper_on_files`.

Not for: the keeper itself (`kit.stick.keeper` starts the same parts on the real machine).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kit.stick.keeper import now_ms
from kit.stick.keeper_acts import Keeper
from kit.stick.keeper_socket import Doorway, listen_at
from tests.stick.machines import MIB, Bench


def keeper_of(bench: Bench, now: int = 0) -> Keeper:
    """A keeper that leaves this machine's clock alone. now: the system's clock, UTC ms."""
    clock = [now or now_ms()]
    return Keeper(bench.means(), lambda: clock[0], lambda ms: clock.__setitem__(0, ms))


def main(root: str, socket: str, users: str) -> None:
    """Serve until killed; says so on stdout once it listens."""
    bench = Bench(Path(root))
    bench.stick()
    bench.disk("sdz", 64 * MIB)
    keeper = keeper_of(bench)
    keeper.begin()
    listening = listen_at(Path(socket), os.getgid())
    print("up", flush=True)  # noqa: T201
    Doorway(keeper.acts(), [int(one) for one in users.split(",")]).serve(listening)


if __name__ == "__main__":
    main(*sys.argv[1:])
