"""Two PCs on one cable: the kits find each other by multicast DNS and exchange.

Both are prepared as one fleet. No router, no address server: what a hospital has left is a switch.
Not for: the exchange itself (`tests/sync`).
"""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from scripts.image.qemu import Machine, Pc
from scripts.image.scenarios import READ_EVERY_S, Bench, scenario
from scripts.image.scenarios_data import asks_words, open_kit
from scripts.image.scenarios_seed import fleet_seeds, give, put_seed

TWO_AT_ONCE_S = 900.0
MEETING_S = 600.0
PEERS = """for try in $(seq 20); do
  said=$(runuser -u kit -- /opt/cyber-kit/kit peers --home /persist/app)
  case $said in *'"connected"'*) break ;; esac
  sleep 5
done
printf '%s' "$said" """


@scenario("two_kits_meet_by_mdns", "two_kits_exchange")
def pair(bench: Bench) -> None:
    """Two prepared kits of one fleet, one processor each, and nothing between them but a cable."""
    seeds = fleet_seeds(bench.folder / "fleet", 2, "CARD")
    sticks = []
    for place, seed in enumerate(seeds, start=1):
        give(seed, "person.enrol", {"name": f"Camille Essai {place}", "profession": "IDE"})
        sticks.append(bench.stick(f"stick-{place}.img"))
        put_seed(seed, sticks[-1])
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
        began = time.monotonic()
        rows = [row for pc in (one, other) for row in _others(bench, pc)]
        bench.measure("two_kits_meet", time.monotonic() - began)
        met = [row for row in rows if row["state"] == "connected"]
        bench.check("two_kits_meet_by_mdns", len(met) == len(pcs))
        done = [row for row in met if row["exchanged_ms"] and not row["behind"]]
        bench.check("two_kits_exchange", len(done) == len(pcs))


def _others(bench: Bench, pc: Machine) -> list[dict[str, Any]]:
    """What a kit knows of the others, once it is connected to one or has had its time."""
    _code, said = pc.shell.run(PEERS, MEETING_S)
    bench.say(f"      {said[-400:]}")
    bench.say(pc.shell.run("ip -br addr; ss -lntu; nmcli -t device")[1])
    rows = json.loads(said or "[]")
    return [row for row in rows if row["state"] != "self"]
