"""Two PCs on one cable: the kits find each other by multicast DNS and exchange.

Both are prepared as one fleet. No router, no address server: what a hospital has left is a switch.
Not for: the exchange itself (`tests/sync`).
"""

from __future__ import annotations

import socket

from scripts.image.qemu import Machine, Pc
from scripts.image.scenarios import READ_EVERY_S, Bench, scenario
from scripts.image.scenarios_data import asks_words, open_kit
from scripts.image.scenarios_seed import fleet_seeds, put_seed

TWO_AT_ONCE_S = 900.0
MEETING_S = 300.0
PEERS = "runuser -u kit -- env KIT_HOME=/persist/app /opt/cyber-kit/kit peers --home /persist/app"


@scenario("two_kits_meet_by_mdns", "two_kits_exchange")
def pair(bench: Bench) -> None:
    """Two prepared kits of one fleet, one processor each, and nothing between them but a cable."""
    seeds = fleet_seeds(bench.folder / "fleet", 2, "CARD")
    sticks = [bench.stick(f"stick-{place}.img") for place in (1, 2)]
    for seed, stick in zip(seeds, sticks, strict=True):
        put_seed(seed, stick)
    ends = socket.socketpair()
    pcs = [
        Pc(stick, cpus=1, wire=end, card=card, answers=True)
        for card, (stick, end) in enumerate(zip(sticks, ends, strict=True), start=1)
    ]
    with bench.machine(pcs[0], "one") as one, bench.machine(pcs[1], "other") as other:
        for end in ends:
            end.close()
        for pc, seed in ((one, seeds[0]), (other, seeds[1])):
            pc.wait_screen("lock", asks_words, TWO_AT_ONCE_S, READ_EVERY_S)
            open_kit(pc, seed.words, TWO_AT_ONCE_S)
            pc.wait_shell(60)
        bench.check("two_kits_meet_by_mdns", _meet(one))
        bench.check("two_kits_exchange", _meet(other))


def _meet(pc: Machine) -> bool:
    code, said = pc.shell.run(PEERS, MEETING_S)
    return code == 0 and "connected" in said
