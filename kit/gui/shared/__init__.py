"""Screens that both capsules share: printing, import."""
