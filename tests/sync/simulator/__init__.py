"""A seeded simulator that drives the real stores, replicas and sessions through a bad day.

Everything that could surprise (order, loss, clocks, crashes, copies of disks, hostile peers) is
drawn from one seed, so that a run can be had again. `world` holds kits and lines, `acts` is what
may happen, `invariants` is what must hold afterwards, `soak` runs many seeds.
"""
