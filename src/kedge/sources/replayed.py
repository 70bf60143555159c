"""Replays as they were before: each revision under the whole chain before it.

Kept is, for every revision, what it changed, under a key of all that came before: Kedge, interpreter and distributions,
env.py and what lies beside it, the scratch's kind and version, and of each revision its file, the other files and
variables it looked at, and the models where its effect depends on them. Without those a change of the models, which
happens daily, would have everything replayed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from kedge.catalog import Catalog, ServerProfile
from kedge.declared import DeclaredEnvironment, DeclaredMetadata
from kedge.history import Step
from kedge.memory import Memory, digest, kedge_itself
from kedge.sources.changes import Change, changed
from kedge.sources.project import Project
from kedge.sources.remembered import Watched, content, distributions, interpreter
from kedge.sources.revisions import Facts, facts, model_names, trimmed

_PYTHON = (".py", ".pyc", ".so")
# A shell changes these by itself; the guard and the probe set the others.
_NOISE = ("_", "SHLVL", "OLDPWD", "COLUMNS", "LINES", "PYTHONPATH", "PWD")


class StepSeen(msgspec.Struct, frozen=True):
    """One step of a replay: what it changed, and what it looked at. `uncertain` where nobody can tell."""

    revision: str | None
    heads: tuple[str, ...]
    change: Change
    files: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    uncertain: bool = False


class KeptStep(msgspec.Struct, frozen=True):
    """A step that still holds, with the catalog after it."""

    seen: StepSeen
    catalog: Catalog


class Replayed(msgspec.Struct, frozen=True):
    """How far a chain came, and what was read on the way. `environment` is what was known where it was run."""

    steps: tuple[Step, ...]
    seen: tuple[StepSeen, ...]
    failed: tuple[str, str] | None
    environment: DeclaredEnvironment
    watched: Watched = Watched()


class _Kept(msgspec.Struct, frozen=True):
    """`keys` stand beside `steps`; `end` is the key of how it ended, and of the whole chain."""

    installed: tuple[str, ...]
    environment: DeclaredEnvironment
    steps: tuple[StepSeen, ...]
    keys: tuple[bytes, ...]
    failed: tuple[str, str] | None
    end: bytes
    facts: dict[str, Facts | None] = {}


class RememberedReplay:
    """What is known of one chain, before and after a replay."""

    def __init__(
        self,
        memory: Memory,
        project: Project,
        environment: DeclaredEnvironment,
        profile: ServerProfile,
        asked: Mapping[str, Any],
        database: tuple[str, ...],
        metadata: Iterable[DeclaredMetadata],
        roles: Iterable[str] = (),
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.memory = memory
        self.roles = tuple(sorted(roles))
        self.project = project
        self.environment = environment
        self.profile = profile
        self.asked = asked
        self.database = database
        self.metadata = tuple(metadata)
        self.environ = environ
        named = [str(project.root), environment.name, profile.dialect, profile.database]
        self.name = digest(msgspec.json.encode(named)).hex() + ".history"
        self.kept = self._found()
        self._facts: dict[str, Facts | None] = dict(self.kept.facts) if self.kept else {}
        self._contents: dict[str, bytes] = {}
        self._used: dict[str, Facts | None] = {}
        self._models: bytes | None = None
        self._valid = self._still() if self.kept else 0

    def _found(self) -> _Kept | None:
        body = self.memory.get(self.name)
        if body is None:
            return None
        try:
            return msgspec.msgpack.decode(body, type=_Kept)
        except msgspec.MsgspecError:
            return None

    # -- what holds

    def recall(self) -> Replayed | None:
        """The whole replay, if nothing has changed that it depended on."""
        kept = self.kept
        if kept is None or self._valid < len(kept.steps):
            return None
        if self._end(kept.keys[-1], kept.environment, kept.failed) != kept.end:
            return None
        steps = tuple(Step(k.seen.revision, k.catalog, k.seen.heads) for k in self.prefix())
        return Replayed(steps, kept.steps, kept.failed, kept.environment)

    def prefix(self) -> list[KeptStep]:
        """The steps from the beginning on that still hold."""
        found: list[KeptStep] = []
        catalog = Catalog(profile=self.profile)
        for seen in self.kept.steps[: self._valid] if self.kept else ():
            catalog = changed(catalog, seen.change)
            found.append(KeptStep(seen, catalog))
        return found

    def _still(self) -> int:
        assert self.kept is not None
        paths = _paths(self.kept.environment)
        key = self._base(self.kept.installed)
        for number, (seen, own) in enumerate(zip(self.kept.steps, self.kept.keys, strict=True)):
            key = self._step(key, seen, paths)
            if key != own:
                return number
        return len(self.kept.steps)

    def keep(self, found: Replayed) -> None:
        """Remember a replay as far as it is certain."""
        if self.memory.folder is None or not found.seen:
            return
        # A program that is started before the first revision decides who connects, not what a revision does.
        certain = next((n for n, s in enumerate(found.seen) if s.uncertain and n), len(found.seen))
        installed = tuple(sorted(found.watched.installed))
        paths = _paths(found.environment)
        keys: list[bytes] = []
        key = self._base(installed)
        for seen in found.seen[:certain]:
            key = self._step(key, seen, paths)
            keys.append(key)
        whole = certain == len(found.seen)
        end = self._end(key, found.environment, found.failed) if whole else b""
        for path in paths.values():
            self.facts_of(path)
        kept = _Kept(
            installed, found.environment, found.seen[:certain], tuple(keys), found.failed, end, self._used
        )
        self.memory.put(self.name, msgspec.msgpack.encode(kept))

    def facts_of(self, path: str | None) -> Facts | None:
        """What a revision's file says; parsed once for each text."""
        if path is None:
            return None
        key = self._content(path).hex()
        if key not in self._facts:
            try:
                found = facts(Path(path).read_text("utf-8"))
            except (OSError, UnicodeDecodeError):
                found = None
            self._facts[key] = trimmed(found) if found else None
        self._used[key] = self._facts[key]
        return self._facts[key]

    # -- keys

    def _base(self, installed: Iterable[str]) -> bytes:
        profile = self.profile
        e = self.environment
        said = [
            self.asked,
            [profile.dialect, profile.flavour, profile.version_info[:1], profile.default_schema],
            [profile.search_path, profile.collation, profile.settings],
            [[x.name, x.version] for x in profile.extensions],
            [e.version_table, e.version_table_schema, e.naming],
        ]
        beginning = self.asked.get("beginning_file")
        return digest(
            kedge_itself(),
            msgspec.json.encode(said),
            interpreter(self.project.python[0]),
            *(distributions(folder) for folder in sorted(installed)),
            content(beginning) if beginning else b"",
            *self._beside(),
        )

    def _beside(self) -> Iterable[bytes]:
        """env.py and what else lies in its folder; the ini file."""
        ini = self.project.root / self.environment.name.partition(":")[0]
        yield content(str(ini))
        folder = self.environment.script_location
        try:
            names = sorted(os.listdir(folder)) if folder else []  # noqa: PTH208
        except OSError:
            names = []
        for name in names:
            if name.endswith((".py", ".sql", ".ini", ".toml")):
                yield name.encode() + content(f"{folder}/{name}")

    def _step(self, before: bytes, seen: StepSeen, paths: Mapping[str, str]) -> bytes:
        path = paths.get(seen.revision or "")
        found = self.facts_of(path) if path else None
        live = found is not None and found.live(self._model_names()) is not None
        started = seen.revision is None
        own = paths.values()
        looked = [f for f in seen.files if not (started and f.endswith(_PYTHON)) and f not in own]
        variables = [v for v in seen.variables if v not in _NOISE]
        return digest(
            before,
            (seen.revision or "").encode(),
            self._content(path) if path else b"",
            self._declared() if live else b"",
            *(f.encode() + content(f) for f in looked if not f.endswith(".pyc")),
            *(f"{v}={self.environ.get(v)}".encode() for v in variables),
            *self._roles_in(found),
        )

    def _roles_in(self, found: Facts | None) -> Iterable[bytes]:
        """The roles that were lent to the replay, as far as the revision names them: it may ask whether they exist."""
        said = "\n".join(name for site in found.sites for name in site.names) if found and self.roles else ""
        return (role.encode() for role in self.roles if role in said)

    def _end(self, last: bytes, environment: DeclaredEnvironment, failed: tuple[str, str] | None) -> bytes:
        """The whole chain as it is now, and where the database stands in it if that decides the order."""
        paths = _paths(environment)
        straight = len(environment.heads) < 2 and all(len(r.down) < 2 for r in environment.chain)
        return digest(
            last,
            msgspec.json.encode([self.environment.chain, environment.chain, failed]),
            self._content(paths[failed[0]]) if failed and failed[0] in paths else b"",
            *(distributions(folder) for folder in sorted({os.path.dirname(p) for p in paths.values()})),  # noqa: PTH120
            b"" if straight else msgspec.json.encode(self.database),
        )

    def _content(self, path: str) -> bytes:
        if path not in self._contents:
            self._contents[path] = content(path)
        return self._contents[path]

    def _declared(self) -> bytes:
        if self._models is None:
            self._models = digest(msgspec.json.Encoder(enc_hook=str).encode(self.metadata))
        return self._models

    def _model_names(self) -> frozenset[str]:
        if not hasattr(self, "_names"):
            classes = (c for m in self.metadata for t in m.tables for c in t.classes)
            self._names = model_names((c.module, c.name) for c in classes)
        return self._names


def _paths(environment: DeclaredEnvironment) -> dict[str, str]:
    return {r.revision: r.path for r in environment.chain if r.path}
