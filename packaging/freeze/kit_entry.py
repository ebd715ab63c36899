"""First code of the frozen programme `kit`: the command line, or the limited reader."""

import sys

from start import forget_loader

forget_loader()

from kit.core.programme import READER  # noqa: E402 - after the environment is clean

if sys.argv[1:2] == [READER]:
    from kit.sync.courier_reader import main as read

    sys.exit(read(sys.argv[2:]))

from kit.cli import main  # noqa: E402 - the reader must not load the command line

sys.exit(main())
