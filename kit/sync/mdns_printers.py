"""Printers that announce themselves by mDNS, heard while somebody looks for one, and no longer.

The exchange's own zeroconf is listened on where it runs; else one is opened for as long as the
search lasts. Nothing is announced here. Not for: what an announcement is worth (`printer_heard`).
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from zeroconf import IPVersion, ServiceBrowser, ServiceInfo, ServiceStateChange, Zeroconf

from kit.sync.printer_heard import SERVICES, Announced, announced, merged

MOST = 200
"""Announcements that are kept; a flood of them costs no more than this."""
RESOLVE_MS = 800
REST_S = 0.3

Shared = Callable[[], Zeroconf | None]
Key = tuple[str, str]


class PrinterSearch:
    """One search: `start`, look at `rows` now and then, `stop`. Never raises, never blocks."""

    def __init__(self, shared: Shared = lambda: None) -> None:
        """shared: the zeroconf of the exchange, where it runs just now."""
        self._shared = shared
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._found: OrderedDict[Key, Announced] = OrderedDict()
        self._names: OrderedDict[Key, None] = OrderedDict()
        self._thread: threading.Thread | None = None
        self.failed = False
        """mDNS does not work here: other ways to a printer do."""

    def start(self) -> None:
        """Listen from now on."""
        self._thread = threading.Thread(target=self._main, name="printers", daemon=True)
        self._thread.start()

    def rows(self) -> list[Announced]:
        """What has been heard until now, by name."""
        with self._lock:
            return merged(self._found.values())

    def stop(self) -> None:
        """Listen no longer; a library that hangs is left behind."""
        self._stopping.set()

    def join(self, patience_s: float) -> bool:
        """Wait until every socket is let go; whether it is."""
        if self._thread is not None:
            self._thread.join(patience_s)
        return self._thread is None or not self._thread.is_alive()

    def _main(self) -> None:
        try:
            shared = self._shared()
            zeroconf = shared if shared is not None else _own()
            try:
                self._listen(zeroconf)
            finally:
                if zeroconf is not shared:
                    zeroconf.close()
        except Exception:  # noqa: BLE001  (a machine without network, a library that fails)
            self.failed = True

    def _listen(self, zeroconf: Zeroconf) -> None:
        browser = ServiceBrowser(zeroconf, list(SERVICES), handlers=[self._changed])
        try:
            while not self._stopping.wait(REST_S):
                self._resolve(zeroconf)
        finally:
            with contextlib.suppress(Exception):
                browser.cancel()

    def _changed(
        self,
        zeroconf: Zeroconf,
        service_type: str,
        name: str,
        state_change: ServiceStateChange,
    ) -> None:
        key = (service_type, name)
        with self._lock:
            if state_change is ServiceStateChange.Removed:
                self._names.pop(key, None)
                self._found.pop(key, None)
            elif len(self._names) + len(self._found) < MOST:
                self._names[key] = None
        if state_change is not ServiceStateChange.Removed:
            self._look(zeroconf, key, 0)

    def _resolve(self, zeroconf: Zeroconf) -> None:
        """Ask for what an announcement left out, the one that waits longest first."""
        with self._lock:
            key = next(iter(self._names), None)
            if key is not None:
                # Behind the others: one that nobody answers for holds nobody up.
                self._names.move_to_end(key)
        if key is not None:
            self._look(zeroconf, key, RESOLVE_MS)

    def _look(self, zeroconf: Zeroconf, key: Key, wait_ms: int) -> None:
        info = ServiceInfo(*key)
        with contextlib.suppress(Exception):
            if not info.load_from_cache(zeroconf) and not (
                wait_ms and info.request(zeroconf, wait_ms)
            ):
                return
            row = announced(info.name, info.parsed_addresses(), info.port or 0, info.properties)
            with self._lock:
                if key in self._names:
                    del self._names[key]
                    if row is not None:
                        self._found[key] = row


def _own() -> Zeroconf:
    """IPv4 and IPv6; a machine without IPv6 has IPv4."""
    try:
        return Zeroconf(ip_version=IPVersion.All)
    except OSError:
        return Zeroconf(ip_version=IPVersion.V4Only)
