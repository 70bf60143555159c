"""The program that drops scratch databases on a server of the user's, should Kedge die before it did.

Standard input: one JSON line {"path": sys.path, "url"} or {"path", "mysql": PyMySQL's arguments}, then
{"made": name} and {"dropped": name}.
When it closes, what was made and not dropped is dropped.
"""

import json
import signal
import sys
from typing import Any


def main() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    first: dict[str, Any] = json.loads(sys.stdin.readline() or "{}")
    names: list[str] = []
    for line in sys.stdin:
        told = json.loads(line)
        if "made" in told:
            names.append(told["made"])
        else:
            names.remove(told["dropped"])
    if names:
        sys.path[:] = first["path"]
        if "mysql" in first:
            drop_mysql(first["mysql"], names)
        else:
            drop(first["url"], names)


def drop(url: str, names: list[str]) -> None:
    import psycopg

    connections = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        for name in names:
            connection.execute(connections, [name])
            connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())


def drop_mysql(arguments: dict[str, Any], names: list[str]) -> None:
    import pymysql

    from kedge.scratch.mariadb import drops, run

    with pymysql.connect(**arguments, autocommit=True) as connection, connection.cursor() as cursor:
        for name in names:
            run(cursor, *drops(name))


if __name__ == "__main__":
    main()
