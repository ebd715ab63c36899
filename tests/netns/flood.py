"""Announces false kits by the thousand, as fast as it is told. Speaks JSON lines like `kit`.

Run inside a namespace by `rig`. The packets are whole announcements (PTR, SRV, TXT, A); with
`--key` they carry the right hint, as a thief of the fleet's discovery key could make them.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import struct
import sys
import time

from kit.sync.discovery import hint
from tests.sync.wires import monotonic_ms

GROUP = ("224.0.0.251", 5353)
SERVICE = "_cyberkit._tcp.local"
FLUSH_IN, IN, TTL = 0x8001, 1, 4500
PTR, TXT, SRV, A = 12, 16, 33, 1


def name(text: str) -> bytes:
    """A DNS name, without compression."""
    return b"".join(bytes([len(one)]) + one.encode() for one in text.split(".")) + b"\0"


def record(owner: str, kind: int, kin: int, data: bytes) -> bytes:
    """One resource record."""
    return name(owner) + struct.pack(">HHIH", kind, kin, TTL, len(data)) + data


def announcement(instance: str, key: bytes, host: str, port: int) -> bytes:
    """All that a kit says of itself, in one packet."""
    full, target = f"{instance}.{SERVICE}", f"{instance}.local"
    words = [b"v=1", b"f=" + hint(key, instance).encode()]
    text = b"".join(bytes([len(one)]) + one for one in words)
    records = [
        record(SERVICE, PTR, IN, name(full)),
        record(full, SRV, FLUSH_IN, struct.pack(">HHH", 0, 0, port) + name(target)),
        record(full, TXT, FLUSH_IN, text),
        record(target, A, FLUSH_IN, socket.inet_aton(host)),
    ]
    return struct.pack(">HHHHHH", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def main() -> None:
    """Send until the time is over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--own", required=True)
    parser.add_argument("--key", default="nobody's")
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    chance = random.Random(1)
    key = options.key.encode().ljust(32, b"=")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(options.own))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    # The source port matters: answers from elsewhere than 5353 are ignored by the careful.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((options.own, 5353))
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < options.seconds:
        while sent < passed * options.rate:
            host = f"10.9.{chance.randrange(256)}.{chance.randrange(10, 250)}"
            packet = announcement(f"k-{chance.randrange(1 << 24):06x}", key, host, 7443)
            sock.sendto(packet, GROUP)
            sent += 1
        time.sleep(0.002)
    event = {"ms": monotonic_ms(), "what": "sent", "packets": sent}
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
