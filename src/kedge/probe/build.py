"""Builds a throw-away database as the project does: by its migrations, else by `create_all`, under the guard.

Run as `python -m kedge.probe.build` by the pytest plugin, whose interpreter is the project's own; the request
comes on standard input, the answer goes into the file it names.
"""

# mypy: ignore-errors

from __future__ import annotations

import json
import os
import sys


def main():
    request = json.load(sys.stdin)
    answer = {}
    try:
        from .guard import Guard

        guard = Guard(request["dialect"], request["scratch_url"], lambda text: None)
        guard.install()
        answer["built"] = _built(request, guard)
    except BaseException as error:
        from .reasons import failure

        answer["error"] = failure(error)
    with open(request["answer"], "w", encoding="utf-8") as file:
        json.dump(answer, file)
    sys.stdout.flush()
    os._exit(0)


def _built(request, guard):
    """What it was built by; nothing where there is nothing to build it by."""
    for config in request["configs"]:
        if _upgraded(config, request["root"], guard):
            return "migrations"
    return "create_all" if _created(request, guard) else None


def _upgraded(config, root, guard):
    from alembic import command

    from . import environment, flask_app

    found = environment.Environment(
        os.path.join(root, config["path"]), config.get("section"), root, config["name"]
    )
    if not list(found.script.walk_revisions()):
        return False
    found._overwrite_urls(guard)
    environment._silence_logging_set_up()
    try:
        command.upgrade(found.config, "heads")
    except RuntimeError as error:
        # "Working outside of application context": `flask db upgrade` gives one
        if "application context" not in str(error):
            raise
        flask_app.push_discovered(root)
        command.upgrade(found.config, "heads")
    return True


def _created(request, guard):
    from sqlalchemy import create_engine

    from . import environment, targets

    folders = [request["root"], os.path.join(request["root"], "src")]
    engine = create_engine(environment._scratch_url(None, guard, False))
    for target in request["targets"]:
        targets.make_importable(target.partition(":")[0].split(".")[0], folders)
        for _, metadata in targets.resolved(target):
            metadata.create_all(engine)
    engine.dispose()
    return bool(request["targets"])


if __name__ == "__main__":
    main()
