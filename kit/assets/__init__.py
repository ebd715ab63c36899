"""Files that ship with the kit and are not code."""
