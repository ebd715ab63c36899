"""The node: owns the keys, the store, import and printing; the one place where the parts meet.

It runs without a window (`kit node`), behind one (framed messages on stdin and stdout), or inside
the command line's own process. It is the adapter to the machine: clock and randomness start here.
"""
