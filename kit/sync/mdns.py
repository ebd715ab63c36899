"""The door to zeroconf: announces, listens, resolves; believes nothing and blocks nobody.

Whatever a packet claims is handed on as it is (`discovery.Heard`); only names of our own form are
looked at. A kit's announcement carries all its records, so it is read from the library's cache at
once; what is incomplete waits in a bounded set, drawn by chance. Not for: trust, or choice.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Callable

from zeroconf import IPVersion, NonUniqueNameException, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from kit.sync.discovery import INSTANCE, Heard, NameTaken, Offer, hosts_of

SERVICE = "_cyberkit._tcp.local."
UNRESOLVED = 256
RESOLVERS = 4
RESOLVE_MS = 1_500
RESCAN = 512


class Mdns:
    """One life of zeroconf, on the loop that calls `open`."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._zeroconf: AsyncZeroconf | None = None
        self._browser: AsyncServiceBrowser | None = None
        self._heard: Callable[[Heard], None] = lambda _heard: None
        self._unresolved: dict[str, None] = {}
        self._wanted = asyncio.Event()
        self._resolvers: list[asyncio.Task[None]] = []

    async def open(self, offer: Offer, heard: Callable[[Heard], None]) -> None:
        """Announce and listen on every card, IPv4 and IPv6."""
        self._heard = heard
        self._zeroconf = _on_all_cards()
        self._resolvers = [asyncio.create_task(self._resolve()) for _ in range(RESOLVERS)]
        self._browse(self._zeroconf)
        try:
            await (
                await self._zeroconf.async_register_service(
                    _info(offer), cooperating_responders=offer.insist
                )
            )
        except NonUniqueNameException:
            raise NameTaken from None

    async def refresh(self, offer: Offer) -> None:
        """Take up new cards and let go of lost ones; then announce the new addresses."""
        if self._zeroconf is not None:
            await self._zeroconf.async_update_interfaces()
            if self._browser is not None:
                await self._browser.async_cancel()
            # A browser that has run for a while asks once an hour; a new one asks at once.
            self._browse(self._zeroconf)
            await (await self._zeroconf.async_update_service(_info(offer)))

    @property
    def shared(self) -> Zeroconf | None:
        """The running library, for others that only listen (`mdns_printers`); else None."""
        return self._zeroconf.zeroconf if self._zeroconf is not None else None

    async def rescan(self) -> None:
        """Hand on again what the cache holds: the node may have dropped some in a flood."""
        if self._zeroconf is None:
            return
        names = list(self._zeroconf.zeroconf.cache.names())
        ours = [one for one in names if one.endswith(f".{SERVICE}")]
        for name in self._chance.sample(ours, min(RESCAN, len(ours))):
            self._look(name)

    async def close(self) -> None:
        """Goodbye, once; then every socket is let go."""
        for task in self._resolvers:
            task.cancel()
        if self._browser is not None:
            with contextlib.suppress(Exception):
                await self._browser.async_cancel()
        if self._zeroconf is not None:
            zeroconf, self._zeroconf = self._zeroconf, None
            await zeroconf.async_close()

    def _browse(self, zeroconf: AsyncZeroconf) -> None:
        self._browser = AsyncServiceBrowser(zeroconf.zeroconf, SERVICE, handlers=[self._changed])

    def _changed(
        self,
        zeroconf: Zeroconf,
        service_type: str,
        name: str,
        state_change: ServiceStateChange,
    ) -> None:
        # A goodbye is no proof of absence, and the want of one none of presence: our ping decides.
        if state_change is not ServiceStateChange.Removed:
            self._look(name)

    def _look(self, name: str) -> None:
        if self._zeroconf is None or not INSTANCE.fullmatch(_instance(name)):
            return
        info = AsyncServiceInfo(SERVICE, name)
        if info.load_from_cache(self._zeroconf.zeroconf):
            self._unresolved.pop(name, None)
            self._hand_on(info)
            return
        if len(self._unresolved) >= UNRESOLVED:
            del self._unresolved[self._chance.choice(list(self._unresolved))]
        self._unresolved[name] = None
        self._wanted.set()

    async def _resolve(self) -> None:
        """Ask for what an announcement left out; a name that nobody answers for is dropped."""
        while self._zeroconf is not None:
            await self._wanted.wait()
            if not self._unresolved:
                self._wanted.clear()
                continue
            name = self._chance.choice(list(self._unresolved))
            del self._unresolved[name]
            info = AsyncServiceInfo(SERVICE, name)
            with contextlib.suppress(Exception):
                if await info.async_request(self._zeroconf.zeroconf, RESOLVE_MS):
                    self._hand_on(info)

    def _hand_on(self, info: AsyncServiceInfo) -> None:
        hosts = tuple(_with_card_name(one) for one in info.parsed_scoped_addresses())
        self._heard(Heard(_instance(info.name), info.port or 0, hosts, dict(info.properties)))


def _on_all_cards() -> AsyncZeroconf:
    """IPv4 and IPv6; a machine without IPv6 has IPv4."""
    try:
        return AsyncZeroconf(ip_version=IPVersion.All)
    except OSError:
        return AsyncZeroconf(ip_version=IPVersion.V4Only)


def _info(offer: Offer) -> AsyncServiceInfo:
    return AsyncServiceInfo(
        SERVICE,
        f"{offer.instance}.{SERVICE}",
        port=offer.port,
        parsed_addresses=list(hosts_of(offer)),
        properties=offer.properties,
        # Not the machine's name, which would be published otherwise.
        server=f"{offer.instance}.local.",
    )


def _instance(name: str) -> str:
    return name.removesuffix(f".{SERVICE}")


def _with_card_name(host: str) -> str:
    """`fe80::1%2` → `fe80::1%eth0`, so that a place has one spelling."""
    plain, _, zone = host.partition("%")
    if zone.isdigit():
        with contextlib.suppress(OSError):
            return f"{plain}%{socket.if_indextoname(int(zone))}"
    return host
