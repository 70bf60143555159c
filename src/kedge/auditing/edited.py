"""Revisions that were edited after others were built on them, as far as git tells; without git, nothing is said."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from kedge.auditing.revisions import revision_path
from kedge.catalog import MISSING, Value
from kedge.causes.commits import Commit, Commits
from kedge.causes.lines import upgrade_of
from kedge.compare import Difference
from kedge.history import History, Revision


def edited(history: History, root: Path) -> Iterator[Difference]:
    """Of the revisions that the database has run: those whose upgrade says something else than when one followed it."""
    ran = history.ancestors(history.database_revisions)
    paths = {r: path for r in ran if (path := _inside(history.revisions[r]))}
    commits = Commits(root)
    folders = sorted({str(PurePosixPath(path).parent) for path in paths.values()})
    told = commits.touched(folders) if folders else []
    added: dict[str, int] = {}
    changed: dict[str, list[int]] = defaultdict(list)
    for number, (_, files) in enumerate(told):
        for status, path in files:
            if status == "A":
                added[path] = number
            else:
                changed[path].append(number)
    for follower in history.revisions:
        begun = added.get(paths.get(follower, ""))
        if begun is None:
            continue
        for before in history.revisions[follower].down:
            path = paths.get(before, "")
            later = [told[number][0] for number in changed[path] if number < begun]
            commit = _edit(commits, root, path, told[begun][0], later) if later else None
            if commit is not None:
                said = f"revision {follower} was there already, since {told[begun][0]}"
                yield Difference(
                    revision_path(before), "edited", Value("value", str(commit)), MISSING, evidence=(said,)
                )
                del paths[before]


def _edit(commits: Commits, root: Path, path: str, begun: Commit, later: list[Commit]) -> Commit | None:
    """The last commit after `begun` that changed what the upgrade does, if it does something else today."""
    then = _does(commits.text(begun.id, path))
    try:
        now = _does((root / path).read_text("utf-8", errors="replace"))
    except OSError:
        return None
    if then is None or now is None or then == now:
        return None
    for commit in later:
        if commits.follows(commit.id, begun.id):
            old, new = _does(commits.text(f"{commit.id}^", path)), _does(commits.text(commit.id, path))
            if old is not None and new is not None and old != new:
                return commit
    return None


def _does(text: str | None) -> str | None:
    """What an upgrade does, without its layout, comments and docstring."""
    upgrade = upgrade_of(text) if text is not None else None
    if upgrade is None:
        return None
    body = upgrade.body[1:] if ast.get_docstring(upgrade) is not None else upgrade.body
    return ast.dump(ast.Module(body, []))


def _inside(revision: Revision) -> str | None:
    path = revision.path
    return path if path and not Path(path).is_absolute() else None
