"""A call that waits on something outside, in a thread of its own, as steps that may be stopped.

Not for: anything that touches the store (only the node's own thread does).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from kit.node.work import WAIT, Steps
from kit.paper.halt import Halt

POLL_S = 0.05


def steps_of(run: Callable[[Callable[[str], None], Halt], Any], first: str = "") -> Steps:
    """Progress `{"done", "total", "step"}` until `run(step, halt)` has returned; its value.

    Whoever closes the generator stops the call. Raises what the call raised.
    """
    halt, over = Halt(), threading.Event()
    state: dict[str, Any] = {"step": first}

    def work() -> None:
        try:
            state["value"] = run(lambda step: state.__setitem__("step", step), halt)
        except BaseException as fault:  # noqa: BLE001  (it is raised again where it is awaited)
            state["fault"] = fault
        over.set()

    threading.Thread(target=work, name="waits", daemon=True).start()
    try:
        while not over.is_set():
            yield {"done": 0, "total": 0, "step": state["step"], WAIT: POLL_S}
    finally:
        halt.stop()
    if "fault" in state:
        raise state["fault"]
    return state["value"]
