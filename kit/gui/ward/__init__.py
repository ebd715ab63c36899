"""Screens of the ward capsule: board, chart, round, entry sheets."""
