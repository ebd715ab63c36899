"""Fonts for the screen and for paper; where they come from is in SOURCE.md."""
