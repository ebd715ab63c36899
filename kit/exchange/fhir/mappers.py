"""All mappers at once: importing a module registers what it maps."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "patients",
    "stays",
    "allergies",
    "prescriptions",
    "administrations",
    "observations",
    "notes",
    "problems",
)


def load() -> None:
    """Import every mapper."""
    for name in MODULES:
        import_module(f"kit.exchange.fhir.{name}")
