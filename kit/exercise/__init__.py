"""Exercises: a hospital that does not exist, a crowd to search in, the main job without a screen.

Everything is seeded and repeatable; nobody in it is real. Not for: the exercise world's keys and
marks, which belong to the fleet's identity (`kit.core.envelope`).
"""
