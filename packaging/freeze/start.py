"""What both frozen programmes do before anything else.

The freezer's starter points the loader at the folder's own libraries. That is for this process; a
programme of the system (lp, cryptsetup) started from here must find the system's own libraries, and
the kit's own children are given the right ones by their own starter.
"""

import os


def forget_loader() -> None:
    """Put back the loader's path that was there before this programme started."""
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
    for name in [name for name in os.environ if name.startswith("_PYI_")]:
        del os.environ[name]
