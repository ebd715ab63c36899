"""What the person at this kit may do, so that a screen hides what it could only see refused.

Not for: deciding; the desk asks the same table at each act.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kit.core.urgency import flash_roles
from kit.people.permission import actions, may

if TYPE_CHECKING:
    from kit.node.service import Node


def rights(node: Node, _args: dict[str, Any]) -> list[str]:
    """The actions of the table of roles that are open to whoever is signed in; nobody: none.

    FLASH among them where the role may send one, which is a table of its own.
    """
    role = node.sitting.who.role
    open_to = [action for action in actions() if role and may(action, role)]
    return [*open_to, FLASH] if role in flash_roles() else open_to


FLASH = "message.flash"
SERVICES: dict[str, Callable[[Node, dict[str, Any]], Any]] = {"rights": rights}
