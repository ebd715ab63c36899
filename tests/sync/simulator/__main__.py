"""`python -m tests.sync.simulator`: the soak with its usual 2,000 seeds."""

from __future__ import annotations

import sys

from tests.sync.simulator.soak import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
