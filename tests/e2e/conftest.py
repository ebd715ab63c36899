"""The same closing of nodes as in tests/node."""

from __future__ import annotations

from tests.node.conftest import close_nodes

__all__ = ["close_nodes"]
