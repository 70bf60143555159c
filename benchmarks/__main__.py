"""Prints what each way costs: CPU of client and server, interleaved, medians, as ratios to the raw fetch."""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
import tracemalloc
from statistics import median

from benchmarks.clock import client_seconds, server_seconds
from benchmarks.ways import ALEMBIC, RAW, REFLECT, Way, stage

SLOW = (ALEMBIC, REFLECT)
LONG = 2000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--dialect", choices=("postgresql", "mariadb", "sqlite"), default="postgresql")
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-alembic", action="store_true", help="leave out what takes longest")
    parser.add_argument(
        "--without-memory", action="store_true", help="tracing memory takes several times as long"
    )
    given = parser.parse_args()
    dialect = "mysql" if given.dialect == "mariadb" else given.dialect
    with stage(dialect, given.tables) as (made, pid):
        ways = made.ways()
        if given.without_alembic:
            ways = {name: way for name, way in ways.items() if name not in SLOW}
        flavour, version = made.live.profile.flavour, made.live.profile.version
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for number in range(given.rounds):
            for name, way in ways.items():
                if number and name in SLOW and given.tables > LONG:
                    continue
                client, server = _measured(way, pid, max(1, 400 // given.tables))
                print(f"{name}: {client:.3f} + {server:.3f} s", file=sys.stderr, flush=True)
                measured[name].append((client, server))
        memory = {
            name: 0.0 if given.tables > LONG or given.without_memory else _memory(way)
            for name, way in ways.items()
        }
    print(f"\n{flavour} {version}, {given.tables} tables, Python {platform.python_version()},", end=" ")
    print(f"{os.cpu_count()} cores, {given.rounds} rounds\n")
    print("| way | client s | server s | CPU s | × raw fetch | cheaper than Alembic | memory MB |")
    print("|---|---|---|---|---|---|---|")
    sums = {name: median(c + s for c, s in taken) for name, taken in measured.items()}
    for name, taken in measured.items():
        client, server = (median(part) for part in zip(*taken, strict=True))
        alembic = f"{sums[ALEMBIC] / sums[name]:.1f} ×" if ALEMBIC in sums else "–"
        print(
            f"| {name} | {client:.3f} | {server:.3f} | {sums[name]:.3f} | {sums[name] / sums[RAW]:.1f}"
            f" | {alembic} | {memory[name]:.0f} |"
        )


def _measured(way: Way, pid: int | None, times: int) -> tuple[float, float]:
    """Client and server seconds of one call; short ones are called several times, because clocks tick."""
    gc.collect()
    client, server = client_seconds(), server_seconds(pid)
    for _ in range(times):
        way()
    return (client_seconds() - client) / times, (server_seconds(pid) - server) / times


def _memory(way: Way) -> float:
    """Megabytes that Python holds at the peak of one call, beyond the models; its time is not taken."""
    gc.collect()
    tracemalloc.start()
    way()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 2**20


if __name__ == "__main__":
    main()
