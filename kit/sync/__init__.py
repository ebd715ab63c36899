"""Kits find each other, agree on who is one of them, and exchange feeds; no server, no clock.

One concept a module: `session` (the protocol, without sockets), `transport` (TLS), `discovery`
(mDNS), `fleet` (who is enrolled, with which rights and keys), `pairing`, `courier` (USB bundle),
`segment` (files that any carrier may bring). The store is reached through `kit.core.replication`.
"""
