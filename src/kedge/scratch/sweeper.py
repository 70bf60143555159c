"""The program that removes a folder of scratch files when Kedge is gone: at the end of standard input.

Argument: the folder. Standard library only; run with `-I -S`.
"""

import os
import shutil
import signal
import sys
import time


def main() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    for _ in range(50):  # somebody on the way out may still write
        shutil.rmtree(sys.argv[1], ignore_errors=True)
        if not os.path.lexists(sys.argv[1]):
            return
        time.sleep(0.1)


if __name__ == "__main__":
    main()
