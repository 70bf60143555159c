"""The program's first line, and `python -m kedge`: also while it is still being imported, Ctrl-C is one line."""

from __future__ import annotations

import sys


def main() -> None:
    try:
        from kedge.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
