"""One reading: targets or an environment, then everything else that is declared in the process."""

# mypy: ignore-errors

from __future__ import annotations

import os
import sys

from . import beyond, places, search, targets
from . import dialect as dialects
from .describe import described_metadata
from .reasons import failure


class Session:
    """Fills the answer; every method adds to it, so that a failure leaves what was read before."""

    def __init__(self, request, answer, guard, progress):
        self.request = request
        self.answer = answer
        self.guard = guard
        self.progress = progress
        self.root = request.get("root") or os.getcwd()
        if not _within(os.getcwd(), self.root):  # the command before the interpreter led elsewhere
            self.root, request["cwd"] = os.getcwd(), None
        answer["root"] = self.root
        self.environment = None
        self.engines = {}
        self.notes = answer.setdefault("notes", [])
        answer.update(metadata=[], environments=[], excluded=[])

    def read(self):
        places.watch_tables()
        beyond.watch_listeners()
        for folder in self.request.get("attempt", {}).get("append", []):
            sys.path.append(folder)
        if self.request.get("targets"):
            tracked = self._read_targets()
        else:
            tracked = self._read_environment()
        self._describe(tracked)
        self._revisions()

    def failed(self, error):
        """The reason, and what a fresh process could try."""
        self.answer["error"] = failure(error)
        try:
            from .attempts import next_attempt

            attempt = self.request.get("attempt") or {}
            found = next_attempt(error, attempt, self.environment, self.guard, self.root)
        except ImportError:  # no Alembic here, so no environment to try otherwise
            found = None
        self.answer["retry"] = found

    def _read_targets(self):
        """(target, environment, metadata) of every `--models`, looked for where the user stands first."""
        stand = self.request.get("cwd") or self.root
        folders = [stand, self.root, os.path.join(self.root, "src"), os.path.join(stand, "src")]
        tracked = []
        for target in self.request["targets"]:
            self.progress("importing %s" % target.partition(":")[0])
            targets.make_importable(target.partition(":")[0].split(".")[0], folders)
            for name, metadata in targets.resolved(target):
                if all(metadata is not m for _, _, m in tracked):
                    taken = any(name == n for n, _, _ in tracked)
                    tracked.append((None if taken else name, None, metadata))
        self._known_environment()
        return tracked

    def _known_environment(self):
        """Beside explicit targets env.py is not run; its scripts still tell the revisions."""
        if self.request.get("config"):
            try:
                self.environment = self._open_environment()
            except Exception as error:
                self._note("revisions-not-read", failure(error)["reason"])

    def _open_environment(self):
        import alembic

        from .environment import Environment

        self.answer["alembic"] = alembic.__version__
        config = self.request["config"]
        return Environment(
            os.path.join(self.root, config["path"]), config.get("section"), self.root, config["name"]
        )

    def _read_environment(self):
        from .environment import metadatas_of, strangers_of
        from .reasons import claim, is_project_file

        self.environment = environment = self._open_environment()
        env_file = environment.env_file
        if not is_project_file(env_file):
            claim(os.path.dirname(os.path.dirname(env_file)))
        self.progress("running %s" % env_file)
        late = self._run_environment(environment)
        if late is not None:
            found = failure(late)
            self._note(
                "env-failed-late",
                "env.py passed its metadata and then raised %s" % found["reason"],
                found["place"],
            )
        tracked = []
        for call in environment.calls:
            for stranger in strangers_of(call):
                self._note("not-metadata", "target_metadata holds %r, which is no MetaData" % (stranger,))
            for metadata in metadatas_of(call):
                self.engines.setdefault(id(metadata), set()).add(call.get("engine_name"))
                if all(metadata is not m for _, _, m in tracked):
                    tracked.append((None, environment.name, metadata))
        if not tracked:
            raise targets.NotModels(_nothing_said(environment, env_file))
        return tracked

    def _run_environment(self, environment):
        attempt = self.request.get("attempt") or {}
        if not attempt.get("command"):
            return environment.run(attempt, self.guard)
        from . import commands

        return commands.read(attempt["command"], environment, attempt, self.guard, self.root)

    def _describe(self, tracked):
        names = search.names()
        driver = self.guard.drivers[-1] if self.guard.drivers else dialects.first_driver(self.guard.dialect)
        self.answer["driver"] = driver
        profile = dict(self.request["profile"], dialect=self.guard.spoken)
        dialect = dialects.prepared_dialect(profile, driver)
        metadatas = [m for _, _, m in tracked]
        self.progress("describing %d tables" % sum(len(m.tables) for m in metadatas))
        self._claim_packages(metadatas)
        for name, environment, metadata in tracked:
            target = (
                name or names.get(id(metadata)) or "target_metadata of %s" % (environment or "the models")
            )
            self._add(metadata, dialect, target, environment, True)
            if not metadata.tables:
                self._note("empty-metadata", "%s has no tables: does anything import the models?" % target)
        folder = os.path.dirname(self.environment.env_file) + os.sep if self.environment else None
        for metadata, target in search.others(metadatas, folder):
            self._add(metadata, dialect, target, None, False)
        self.answer["entities"] = beyond.described_entities()
        if self.request.get("create"):
            from . import creating

            self.progress("running DDL events")
            self.answer["created"] = creating.run(
                metadatas,
                self.guard,
                driver,
                self.request["create"]["given"],
                self.request["profile"].get("default_schema"),
            )
        self._filter(metadatas)
        self._loaded()

    def _claim_packages(self, metadatas):
        """Models of an installed application are the project, although they lie in site-packages."""
        from . import classes
        from .reasons import claim, is_project_file

        for metadata in metadatas:
            modules = [c.__module__ for cs in classes.mapped_classes(metadata).values() for c in cs]
            if modules and not any(is_project_file(classes.file_of(m) or "") for m in modules):
                path = getattr(sys.modules.get(modules[0].split(".")[0]), "__path__", None)
                for folder in list(path or []):
                    claim(folder)

    def _loaded(self):
        """Which of the project's files were imported."""
        from .reasons import claimed, is_project_file

        files = [getattr(m, "__file__", None) for m in list(sys.modules.values())]
        ours = {os.path.abspath(f) for f in files if isinstance(f, str) and is_project_file(f)}
        self.answer["loaded"] = sorted(ours)
        self.answer["packages"] = claimed()

    def _add(self, metadata, dialect, target, environment, tracked):
        described, failed = described_metadata(metadata, dialect, target, environment, tracked)
        engines = self.engines.get(id(metadata)) or ()
        described["engine"] = next(iter(engines)) if len(engines) == 1 else None
        self.answer["metadata"].append(described)
        for reason in failed:
            self._note("not-described", reason)

    def _filter(self, metadatas):
        """Every call's filters; what one call keeps is kept."""
        if self.environment is None:
            return
        from .environment import metadatas_of
        from .filters import Filters

        live = self.request.get("live") or []
        default_schema = self.request["profile"].get("default_schema")
        for call in self.environment.calls:
            if call.get("include_name") or call.get("include_object"):
                filters = Filters(
                    self.environment.name,
                    call.get("include_name"),
                    call.get("include_object"),
                    default_schema,
                )
                self.answer["excluded"].extend(filters.ask(metadatas_of(call), live))
                self.notes.extend(filters.notes)

    def _revisions(self):
        if self.environment is None:
            return
        from .environment import revision_facts

        facts = self.environment.facts()
        try:
            facts.update(revision_facts(self.environment.script))
        except BaseException as error:
            self._note("revisions-not-read", failure(error)["reason"])
        self.answer["environments"].append(facts)

    def _note(self, kind, reason, place=None):
        self.notes.append({"kind": kind, "reason": reason, "place": place})


def _nothing_said(environment, env_file):
    if not environment.calls:
        return "%s never called context.configure; name the models with --models module:attr" % env_file
    return (
        "%s passes no target_metadata to context.configure, so Alembic knows no models either; "
        "name them with --models module:attr" % env_file
    )


def _within(folder, root):
    folder, root = os.path.realpath(folder), os.path.realpath(root)
    return folder == root or folder.startswith(root.rstrip(os.sep) + os.sep)
