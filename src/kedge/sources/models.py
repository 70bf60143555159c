"""The models side: starts the probe, tries what it suggests, and decodes what the models declare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from kedge.catalog import ServerProfile
from kedge.declared import Created, Declared, DeclaredMetadata, ProbeNote
from kedge.errors import Incomplete, KedgeError
from kedge.secrets import mask
from kedge.sources.made import Making, joined_made
from kedge.sources.process import Answer, Progress, ask
from kedge.sources.project import AlembicConfig, Project, find_project, named_config, python_command
from kedge.sources.remembered import Watched

Live = tuple[str, str | None, str | None, str | None]

_ATTEMPTS = 8
_OTHERWISE = (
    "where env.py needs what the project's own migrate command gives it, name that with --history-command,"
    " else the models with --models module:attribute"
)


def read_models(
    project: Project,
    *,
    targets: list[str],
    configs: list[str] | None,
    python: str | None,
    profile: ServerProfile,
    scratch_url: str | None,
    live: list[Live],
    audited_url: str | None,
    timeout: float = 300,
    progress: Progress | None = None,
    watch: Callable[[Watched], None] = lambda watched: None,
    making: Making | None = None,
    command: str | None = None,
) -> Declared:
    """Everything the project's models declare. Raises `KedgeError` where nothing could be read.

    `command` is the project's own migrate command: the last way to run env.py.
    `watch` is told what each process looked at; with `making`, what is declared beyond tables is made as well.
    """
    if python:
        project = _with_python(project, python)
    chosen = [c for name in configs or [] for c in named_config(name, project.root)] or list(project.configs)
    if not targets and not chosen:
        raise KedgeError(
            f"no Alembic configuration was found in {project.root}",
            hint="name the models, for example --models app.db:Base, or the configuration with --config",
        )
    reading = Reading(project, profile, scratch_url, audited_url, live, timeout, progress, watch, making)
    reading.command = command
    if targets:
        return _finished([reading.of(targets, chosen[0] if chosen else None)])
    otherwise = None if command else _OTHERWISE
    return _finished([reading.of([], config) for config in chosen], otherwise)


def describe_in_process(
    metadata_objects: Iterable[Any], profile: ServerProfile, making: Making | None = None
) -> Declared:
    """The same description for MetaData objects of this very process."""
    import platform

    import sqlalchemy

    probe = _probe()
    search, dialects = probe.search, probe.dialect
    driver = dialects.first_driver(profile.dialect)
    dialect = dialects.prepared_dialect(_profile(profile), driver)
    names, described, notes = search.names(), [], []
    metadatas = _metadata(metadata_objects)
    for number, metadata in enumerate(metadatas, 1):
        target = names.get(id(metadata)) or f"models[{number}]"
        answer, failed = probe.describe.described_metadata(metadata, dialect, target)
        described.append(answer)
        notes += [{"kind": "not-described", "reason": reason} for reason in failed]
    answer = {
        "python": platform.python_version(),
        "sqlalchemy": sqlalchemy.__version__,
        "metadata": described,
        "entities": probe.beyond.described_entities(),
    }
    declared = msgspec.convert({**answer, "notes": notes}, Declared)

    def create(url: str, given: bool) -> Created:
        spelled = sqlalchemy.make_url(url).set(drivername=dialect.name + (f"+{driver}" if driver else ""))
        engine = sqlalchemy.create_engine(spelled)
        created = probe.creating.in_engine(engine, metadatas, given, profile.default_schema)
        return msgspec.convert(created, Created)

    return making.of(declared, create) if making else declared


def _probe() -> Any:
    """The probe's modules in this very process; they are untyped, and import SQLAlchemy."""
    import kedge.probe
    import kedge.probe.beyond
    import kedge.probe.creating
    import kedge.probe.describe
    import kedge.probe.dialect
    import kedge.probe.search

    return kedge.probe


def _metadata(given: Iterable[Any]) -> list[Any]:
    """Each MetaData once; a Base, a registry or a Flask-SQLAlchemy `db` is as good as its MetaData."""
    search = _probe().search
    found: list[Any] = []
    for value in given:
        held = [metadata for _, metadata, _ in search.held(value)]
        if not held:
            raise KedgeError(f"{value!r} is no MetaData and has none")
        found += [m for m in held if all(m is not f for f in found)]
    return found


class Reading:
    """One request, asked again with what each answer suggests until one is an answer."""

    command: str | None = None

    def __init__(
        self,
        project: Project,
        profile: ServerProfile,
        scratch_url: str | None,
        audited_url: str | None,
        live: Sequence[Live],
        timeout: float,
        progress: Progress | None,
        watch: Callable[[Watched], None],
        making: Making | None = None,
    ) -> None:
        self.project = project
        self.making = making
        self.watch = watch
        self.timeout = timeout
        self.progress = progress
        self.hidden = [u for u in (audited_url, scratch_url) if u]
        self.base: dict[str, object] = {
            "root": None if project.remote else str(project.root),
            "cwd": None if project.remote or project.cwd is None else str(project.cwd),
            "profile": _profile(profile),
            "scratch_url": scratch_url,
            "url_scheme": audited_url.split("://")[0] if audited_url and "://" in audited_url else None,
            "live": [list(row) for row in live],
        }

    def of(self, targets: list[str], config: AlembicConfig | None) -> Answer | Declared:
        """What is declared, or the failure that explains best why nobody can tell."""
        answer, request = self.best(targets, config)
        if answer.get("error"):
            return answer
        return self._made(msgspec.convert(answer, Declared), request)

    def best(self, targets: list[str], config: AlembicConfig | None) -> tuple[Answer, dict[str, object]]:
        """The best answer there is, and how it was asked for.

        The first failure that no fallback cured is the one that explains.
        """
        request = {**self.base, "targets": targets, "config": _config(config)}
        attempt: dict[str, Any] = {}
        first: Answer | None = None
        tried: list[dict[str, Any]] = []
        for _ in range(_ATTEMPTS):
            tried.append(attempt)
            answer = self._ask({**request, "attempt": attempt})
            if not answer.get("error"):
                return self._noted(answer, attempt), {**request, "attempt": attempt}
            if first is None or not attempt.get("fallback"):
                first = answer
            following = answer.get("retry") or self._from_env_files(answer, attempt)
            if not following or following in tried or not self.worthwhile(following):
                following = self._by_command(targets, attempt)
            if following is None:
                break
            attempt = following
        assert first is not None
        return first, request

    def _by_command(self, targets: list[str], attempt: dict[str, Any]) -> dict[str, Any] | None:
        """The project's own migrate command, where env.py cannot do without it."""
        if targets or not self.command or attempt.get("command"):
            return None
        return {"command": self.command}

    def _made(self, declared: Declared, request: dict[str, object]) -> Declared:
        """The description with what its DDL events make, run in a fresh process."""

        def create(url: str, given: bool) -> Created:
            self.hidden.append(url)
            answer = self._ask({**request, "create": {"given": given}, "scratch_url": url})
            if answer.get("error"):
                reason = f"what the models declare beyond tables was not run: {answer['error']['reason']}"
                return Created(notes=(ProbeNote("not-run", mask(reason, *self.hidden)),), error=reason)
            return msgspec.convert(answer["created"], Created)

        return self.making.of(declared, create) if self.making else declared

    def worthwhile(self, attempt: dict[str, Any]) -> bool:
        """Whether this way could give an answer at all."""
        return True

    def _ask(self, request: dict[str, object]) -> Answer:
        answer = self.process(request)
        seen = answer.pop("watched", None) or {"uncertain": "the probe ended early"}
        self.watch(msgspec.convert(seen, Watched))
        there = str(answer.pop("root", self.project.root))
        return answer if there == str(self.project.root) else self._at_home(answer, there)

    def process(self, request: dict[str, object]) -> Answer:
        """One process, one answer."""
        return ask(self.project, request, timeout=self.timeout, progress=self.progress, hidden=self.hidden)

    def _at_home(self, value: Any, there: str) -> Any:
        """Paths under the root that a command prefix led to, as they are called here."""
        if isinstance(value, str):
            return value.replace(f"{there}/", f"{self.project.root}/")
        if isinstance(value, list):
            return [self._at_home(one, there) for one in value]
        if isinstance(value, dict):
            return {
                key: self._at_home(one, there) if key in _PATHS or isinstance(one, dict | list) else one
                for key, one in value.items()
            }
        return value

    def _from_env_files(self, answer: Answer, attempt: dict[str, Any]) -> dict[str, Any] | None:
        """Missing variables, where a `.env` or its published example beside the project gives them."""
        wanted = answer["error"].get("variables") or []
        given = dict(attempt.get("environ", {}))
        for file in self.project.env_files:
            known = _env_values(file.read_text(encoding="utf-8", errors="replace"))
            for name in wanted:
                match = next((k for k in known if k.upper() == name.upper()), None)
                if match and name not in given:
                    given[name] = known[match]
        return {**attempt, "environ": given} if given != attempt.get("environ", {}) else None

    def _noted(self, answer: Answer, attempt: dict[str, Any]) -> Answer:
        """What was needed beside the plain way is said."""
        ways = [_WAYS[key] for key in _WAYS if attempt.get(key)]
        if attempt.get("environ"):
            ways.append("given values for " + ", ".join(sorted(attempt["environ"])))
        if ways:
            notes = answer.setdefault("notes", [])
            notes.append(
                {"kind": "read-with-help", "reason": "the models could be read only " + ", ".join(ways)}
            )
        return answer


# members of an answer whose text may hold paths
_PATHS = ("path", "reason", "script_location")

_WAYS = {
    "command": "by the project's own migrate command",
    "flask": "in the Flask application's context",
    "thread": "in a worker thread of a running event loop",
    "connection": "with a connection in config.attributes",
    "permissive": "with invented answers for config.attributes",
    "stand_in": "with a connection that answers every query with nothing",
    "offline": "in Alembic's offline mode",
}


def _finished(answers: list[Answer | Declared], otherwise: str | None = None) -> Declared:
    """One answer of several environments; raises where not one could be read."""
    failed = [a for a in answers if not isinstance(a, Declared)]
    readable = [a for a in answers if isinstance(a, Declared)]
    if not readable:
        raise failure(failed[0], otherwise=otherwise)
    notes = [
        ProbeNote("environment-not-read", mask(a["error"]["reason"]), _place(a["error"])) for a in failed
    ]
    return _merged(readable, notes)


def _merged(parts: list[Declared], notes: list[ProbeNote]) -> Declared:
    """A MetaData that any environment tracks is tracked; the same one twice is described once."""
    tracked = {m.target for part in parts for m in part.metadata if m.tracked}
    metadata: dict[tuple[str, str | None], DeclaredMetadata] = {}
    for part in parts:
        for declared in part.metadata:
            if declared.tracked:
                metadata.setdefault((declared.target, declared.environment), declared)
            elif declared.target not in tracked:
                metadata.setdefault((declared.target, None), declared)
    first = parts[0]
    return msgspec.structs.replace(
        first,
        metadata=tuple(metadata.values()),
        environments=tuple(e for part in parts for e in part.environments),
        excluded=tuple(e for part in parts for e in part.excluded),
        loaded=tuple(dict.fromkeys(f for part in parts for f in part.loaded)),
        packages=tuple(dict.fromkeys(f for part in parts for f in part.packages)),
        refused=tuple(dict.fromkeys(r for part in parts for r in part.refused)),
        notes=tuple(dict.fromkeys(n for part in parts for n in part.notes)) + tuple(notes),
        made=joined_made([part.made for part in parts if part.made]),
    )


def failure(
    answer: Answer, what: str = "the models cannot be read", otherwise: str | None = None
) -> KedgeError:
    """The one line that says what to do; `otherwise` is said where env.py fails for a reason of its own."""
    error = answer["error"]
    refused = answer.get("refused") or []
    reason = f"{what}: {error['reason']}"
    if refused and error["kind"] in ("error", "timeout") and "refused" not in reason:
        reason += f" (before that: {refused[0]})"
    kind = Incomplete if error["kind"] == "timeout" else KedgeError
    hint = _hint(error) or (
        otherwise if error["kind"] in ("error", "exit") and "--models" not in reason else None
    )
    return kind(reason, hint=hint)


def _hint(error: dict[str, Any]) -> str | None:
    variables = error.get("variables") or []
    if variables:
        given = " ".join(f"{name}=…" for name in variables)
        return f"give it to the project: {given} kedge audit …"
    return {
        "no-sqlalchemy": "name the project's own interpreter with --python",
        "timeout": "give it longer with --timeout",
        "import": "is this the project's own interpreter? name it with --python",
    }.get(error["kind"])


def _place(error: dict[str, Any]) -> Any:
    from kedge.declared import Place

    place = error.get("place")
    return msgspec.convert(place, Place) if place else None


def _profile(profile: ServerProfile) -> dict[str, object]:
    return {
        "dialect": profile.dialect,
        "flavour": profile.flavour,
        "version_info": list(profile.version_info),
        "default_schema": profile.default_schema,
    }


def _config(config: AlembicConfig | None) -> dict[str, str] | None:
    return {"path": config.path, "section": config.section, "name": config.name} if config else None


def _with_python(project: Project, python: str) -> Project:
    if list(project.python) == python_command(python):
        return project
    found = find_project(project.root, python=python)
    return msgspec.structs.replace(project, python=found.python, remote=found.remote)


def _env_values(text: str) -> dict[str, str]:
    """The assignments of an env file."""
    values = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.strip().isidentifier():
            values[name.strip()] = value.strip().strip("'\"")
    return values
