"""The project's own migrate command, run in this very process, where the guard and the stepping reach it."""

# mypy: ignore-errors

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import runpy
import shlex
import sys

from . import environment as environments
from . import flask_app


def run(command, environment, attempt, guard, root):
    """`module:function`, `python -m module words`, a Python file, or a console script with its words."""
    environments._silence_logging_set_up()
    if environment is not None:
        environment._overwrite_urls(guard)
    for folder in (root, os.path.join(root, "src")):
        if os.path.isdir(folder) and folder not in sys.path:
            sys.path.append(folder)
    if attempt.get("flask"):
        flask_app.push_discovered(root)
    words = shlex.split(command)
    try:
        _called(words)
    except SystemExit as done:
        if done.code not in (None, 0):
            raise


def read(command, environment, attempt, guard, root):
    """What env.py passes to `context.configure` when the command runs it; no revision is run.

    What the command misses afterwards, because none ran, is its own affair. Of several environments that it runs,
    ours counts.
    """
    with environments.recorded(environment.calls):
        try:
            run(command, environment, attempt, guard, root)
        except BaseException:
            if not any(environments.metadatas_of(call) for call in environment.calls):
                raise
    folder = os.path.realpath(environment.script.dir)
    own = [call for call in environment.calls if os.path.realpath(call["script"].dir) == folder]
    environment.calls[:] = own or environment.calls
    if environment.calls:
        environment.script = environment.calls[-1]["script"]


def _called(words):
    module, colon, name = words[0].partition(":")
    if colon and len(words) == 1 and os.sep not in words[0]:
        function = importlib.import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
        result = function()
        if inspect.isawaitable(result):
            asyncio.run(_awaited(result))
        return
    program = os.path.basename(words[0])
    if program.startswith("python") and words[1:2] == ["-m"]:
        sys.argv = words[2:]
        runpy.run_module(words[2], run_name="__main__", alter_sys=True)
    elif program.startswith("python") or words[0].endswith(".py"):
        rest = words if words[0].endswith(".py") else words[1:]
        sys.argv = rest
        runpy.run_path(rest[0], run_name="__main__")
    else:
        sys.argv = words
        _console_script(program)()


async def _awaited(result):
    return await result


def _console_script(name):
    from importlib.metadata import entry_points

    found = entry_points()
    scripts = found.select(group="console_scripts") if hasattr(found, "select") else found["console_scripts"]
    for script in scripts:
        if script.name == name:
            return script.load()
    raise RuntimeError("there is no console script %s in %s" % (name, sys.executable))
