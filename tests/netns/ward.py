"""A kit with a node on a machine of its own; each line that it is told is one call to the node.

Progress and answers come as events. Not for: what is asked (`test_printers`).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from kit.core.errors import KitError
from kit.node.company import Company
from kit.node.service import Node, answer, fault_answer
from kit.node.work import Work, carried_out
from tests.netns.ippeve import said
from tests.node.kits import signed_in


async def called(node: Node, message: dict[str, Any]) -> None:
    """One call, carried out as the node's server does."""
    try:
        value = node.begin(message)
        if isinstance(value, Work):
            value = await carried_out(value, lambda step: said("progress", **step))
        said("answer", **answer(message, value))
    except KitError as fault:
        said("answer", **fault_answer(message, fault))


async def main() -> None:
    """`folder cups`: until stdin ends."""
    folder = Path(sys.argv[1])
    os.environ["CUPS_SERVER"] = sys.argv[2]
    node, _phrase = signed_in(folder / "home")
    company = Company(node)
    company.attend()
    await company.ready()
    said("ready", exchange=node.network is not None)
    loop, tasks = asyncio.get_running_loop(), set()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = loop.create_task(called(node, json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await company.leave()
    node.close()


if __name__ == "__main__":
    asyncio.run(main())
