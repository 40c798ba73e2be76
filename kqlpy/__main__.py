"""`python -m kqlpy`, and the command `kqlpy`."""

import sys

__all__ = ["main"]


def main() -> int:
    """The exit code of the command; Ctrl-C ends it quietly even while its modules are imported."""
    try:
        from kqlpy.cli.main import main as command

        return command()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
