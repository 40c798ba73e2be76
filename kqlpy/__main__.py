"""`python -m kqlpy` is the command `kqlpy`."""

import sys

from kqlpy.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
