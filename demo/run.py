"""The demo: a job board's production database, years after its models were written, audited.

Starts a PostgreSQL of its own, loads production.sql, and runs `kedge audit` in the project, as people do.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from kedge.errors import KedgeError
from kedge.scratch import open_scratch

HERE = Path(__file__).parent
COMMAND = "kedge audit"


def audit(url: str, *arguments: str) -> int:
    """Run the real command in the demo project, with the database where a deployment keeps it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEDGE_")}
    environment |= {"DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", "from kedge.cli import main; main()", "audit", *arguments]
    return subprocess.run(command, cwd=HERE / "project", env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    """0 when the audit ran, whatever it found: the drift is the point of the demo."""
    print(f"$ cd demo/project && {' '.join([COMMAND, *arguments])}\n", flush=True)
    try:
        with open_scratch("postgresql") as scratch, scratch.database() as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute((HERE / "production.sql").read_bytes())
            code = audit(url, *arguments)
    except KedgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    if code not in (0, 1):
        return code
    print(
        "\nThat was demo/project, audited against a PostgreSQL that is gone again. Now your own:\n\n"
        "    cd your-project\n"
        "    export DATABASE_URL=postgresql://…\n"
        "    kedge audit"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
