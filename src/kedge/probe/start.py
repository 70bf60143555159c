"""What a replay begins from, where the chain does not begin at nothing."""

# mypy: ignore-errors

from __future__ import annotations


def begin(start, script, context, root):
    """Tables of today's models, for chains whose first tables came from `create_all`; and a stamp."""
    if not start:
        return
    if start.get("create_all"):
        for metadata in _metadatas(start, context, root):
            metadata.create_all(context.connection)
    if start.get("stamp") and not context.get_current_heads():
        context.stamp(script, script.get_revision(start["stamp"]).revision)


def _metadatas(start, context, root):
    from . import environment, targets

    for target in start.get("models") or []:
        targets.make_importable(target.partition(":")[0].split(".")[0], [root])
        for _, metadata in targets.resolved(target):
            yield metadata
    if not start.get("models"):
        yield from environment.metadatas_of(context.opts)
