"""Cyber Kit: care goes on when the hospital's information system is gone."""

__version__ = "0.1.0"
