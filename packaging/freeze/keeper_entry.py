"""First code of the frozen programme `kit-keeper`: root's small server on the stick."""

import sys

from start import forget_loader

forget_loader()

from kit.stick.keeper import main  # noqa: E402 - after the environment is clean

sys.exit(main())
