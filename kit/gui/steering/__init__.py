"""Screens of the steering capsule, and the sheet by which a ward tells it how it stands."""
