"""TLS over bytes: what came from the wire goes in, what goes to the wire comes out; no socket.

Own pump instead of asyncio's, so that every buffer has a bound, a caller can be turned away before
it costs a handshake, and each hostile opening is tested without a network. Not for: who may speak
(`transport` compares the key with the directory).
"""

from __future__ import annotations

import ssl

from kit.core.errors import BadInput, KitError
from kit.sync.certificate import ALPN, public_key_of

RECORD = 16 * 1024
"""TLS gives at most this much plain text at a time."""


class Broken(KitError):
    """The tunnel is of no more use: a code of `SYN-12x`."""


class Tunnel:
    """One end of a TLS connection. Feed `received`, send what `outgoing` gives."""

    def __init__(self, context: ssl.SSLContext, *, caller: bool) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=not caller)
        self.established = False
        """Our own half of the handshake is done: for a caller that says nothing of the other's."""
        self.ended = False
        """The other end has said that it sends no more."""

    def begin(self) -> None:
        """Write the caller's opening; nothing for the one who is called."""
        self._handshake()

    def received(self, data: bytes) -> bytes:
        """Plain text out of wire bytes; Broken when they are not TLS, or not for us."""
        self._incoming.write(data)
        if not self.established:
            self._handshake()
        return self._plain() if self.established else b""

    def send(self, plain: bytes) -> None:
        """Encrypt; the result waits in `outgoing`."""
        if plain:
            self._tls.write(plain)

    def outgoing(self) -> bytes:
        """Take the bytes for the wire."""
        return self._outgoing.read()

    def say_goodbye(self) -> None:
        """Tell the other end that nothing more comes; its answer is not waited for."""
        try:
            self._tls.unwrap()
        except (ssl.SSLError, ValueError, OSError):
            return

    def peer_key(self) -> bytes:
        """The other end's 32-byte TLS key; Broken (SYN-123) when its certificate is not ours."""
        try:
            return public_key_of(self._tls.getpeercert(binary_form=True) or b"")
        except BadInput:
            raise Broken("SYN-123") from None

    def _handshake(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except (ssl.SSLError, OSError, ValueError) as fault:
            raise Broken(_code_of(fault)) from None
        if self._tls.selected_alpn_protocol() != ALPN:
            raise Broken("SYN-120")
        self.established = True

    def _plain(self) -> bytes:
        parts: list[bytes] = []
        while True:
            try:
                part = self._tls.read(RECORD)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                self.ended = True
                break
            except (ssl.SSLError, OSError, ValueError) as fault:
                raise Broken(_code_of(fault)) from None
            if not part:
                self.ended = True
                break
            parts.append(part)
        return b"".join(parts)


def _code_of(fault: Exception) -> str:
    """Why a tunnel broke: a stranger there, a stranger to them, or no tunnel at all."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return "SYN-123"
    reason = str(getattr(fault, "reason", "") or "")
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return "SYN-123"
    return "SYN-122" if "ALERT" in reason else "SYN-120"
