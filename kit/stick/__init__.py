"""The bootable stick as a medium: its disk, its two slots, signed releases, root's work on it.

One concept a module: `layout` (the disk), `grubenv` and `slots` (which slot boots), `signature`,
`manifest` and `bundle` (a signed release), `apply` (an update), `verify`, `clone` (other sticks).
Everything works on plain files as on block devices. Not for: building the image (`scripts/image`),
nor for what the node makes of it (`kit.node.medium`).
"""
