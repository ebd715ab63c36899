"""A long way in user space, for not every kernel has netem: bytes arrive so many ms late.

Run inside a namespace by `rig`: whoever calls it is carried to one address, in both directions.
Out: {"ms", "what": ready|carrying, "port"}. Not for: loss and rate (`rig`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from tests.sync.wires import monotonic_ms


def say(what: str, **words: int) -> None:
    """One event for the rig."""
    sys.stdout.write(json.dumps({"ms": monotonic_ms(), "what": what, **words}) + "\n")
    sys.stdout.flush()


class Way:
    """All that is carried, and how late it arrives."""

    def __init__(self, host: str, port: int, late_ms: int) -> None:
        self.host, self.port, self.late_s = host, port, late_ms / 1000

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call, there and back, until either end is closed."""
        try:
            far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            writer.close()
            return
        say("carrying")
        ways = ((reader, far_writer), (far_reader, writer))
        await asyncio.gather(*(self._one_way(*way) for way in ways), return_exceptions=True)

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while data := await reader.read(65_536):
            loop.call_at(loop.time() + self.late_s, writer.write, data)
        loop.call_at(loop.time() + self.late_s, writer.close)

    async def run(self) -> None:
        """Until killed."""
        server = await asyncio.start_server(self.carry, "0.0.0.0", 0)  # noqa: S104 - in a namespace
        say("ready", port=server.sockets[0].getsockname()[1])
        await server.serve_forever()


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", required=True, help="ADDR:PORT")
    parser.add_argument("--late", type=int, required=True, help="ms, each way")
    options = parser.parse_args()
    host, _colon, port = options.to.rpartition(":")
    asyncio.run(Way(host, int(port), options.late).run())


if __name__ == "__main__":
    main()
