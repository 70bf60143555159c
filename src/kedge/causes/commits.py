"""What git remembers of a line: the commit that last changed it. No git, no answer; nothing of it is ever needed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from kedge.catalog import Struct

_TIMEOUT = 10
_NOT_COMMITTED = "0" * 40


class Commit(Struct, frozen=True):
    """`at` is its author's time, in seconds."""

    id: str
    at: int
    subject: str

    @property
    def day(self) -> str:
        import datetime

        return datetime.datetime.fromtimestamp(self.at, datetime.UTC).date().isoformat()

    def __str__(self) -> str:
        return f"commit {self.id[:10]} of {self.day}, “{self.subject}”"


class Commits:
    """The commits behind lines of files under `root`; each question is asked of git once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines: dict[tuple[str, int], Commit | None] = {}
        self.uncommitted: set[tuple[str, int]] = set()
        """Lines that were changed since the last commit: younger than whatever is committed."""
        self.files: dict[str, Commit | None] = {}
        self.there: bool | None = None

    def blame(self, places: Iterable[tuple[str, int]]) -> None:
        """Ask for many lines at once, a call per file."""
        wanted: dict[str, set[int]] = {}
        for path, line in places:
            if (path, line) not in self.lines:
                wanted.setdefault(path, set()).add(line)
        for path, lines in wanted.items():
            ranges = [word for line in sorted(lines) for word in ("-L", f"{line},{line}")]
            said = self._git("blame", "--porcelain", "-w", *ranges, "--", path)
            found = _blamed(said) if said else {}
            for line in lines:
                commit = found.get(line)
                new = commit is not None and commit.id == _NOT_COMMITTED
                self.lines[path, line] = None if new else commit
                self.uncommitted |= {(path, line)} if new else set()

    def of_line(self, path: str, line: int) -> Commit | None:
        """The commit that last changed a line; None where it is not committed or there is no git."""
        if (path, line) not in self.lines:
            self.blame([(path, line)])
        return self.lines[path, line]

    def added(self, path: str) -> Commit | None:
        """The commit that brought a file into the project."""
        if path not in self.files:
            said = self._git("log", "--follow", "--diff-filter=A", "--format=%H%x00%at%x00%s", "--", path)
            rows = [row.split("\0", 2) for row in (said or "").splitlines() if row.count("\0") == 2]
            self.files[path] = Commit(rows[-1][0], int(rows[-1][1]), rows[-1][2]) if rows else None
        return self.files[path]

    def earlier(self, path: str, most: int = 20) -> list[tuple[str, str]]:
        """(commit, text) of a file's earlier texts, the newest first."""
        said = self._git("log", f"-{most + 1}", "--format=%H", "--", path) or ""
        texts = []
        for commit in said.split()[1:]:
            text = self._git("show", f"{commit}:./{path}")
            if text is not None:
                texts.append((commit, text))
        return texts

    def ever_said(self, path: str, word: str) -> Commit | None:
        """The last commit that took a word out of a file or put it in."""
        said = self._git("log", "-1", "--format=%H%x00%at%x00%s", f"-S{word}", "--", path)
        row = (said or "").strip().split("\0", 2)
        return Commit(row[0], int(row[1]), row[2]) if len(row) == 3 else None

    def text(self, commit: str, path: str) -> str | None:
        return self._git("show", f"{commit}:./{path}")

    def follows(self, later: str, earlier: str) -> bool:
        """Whether one commit was made on top of another."""
        return self._git("merge-base", "--is-ancestor", earlier, later) is not None

    def touched(self, folders: Iterable[str]) -> list[tuple[Commit, list[tuple[str, str]]]]:
        """Every commit that added ("A") or changed ("M") files of these folders, the newest first."""
        said = self._git(
            *("log", "--topo-order", "--relative", "--no-renames", "--diff-filter=AM", "--name-status"),
            *("--format=%x00%H%x00%at%x00%s", "--", *folders),
        )
        found: list[tuple[Commit, list[tuple[str, str]]]] = []
        for row in (said or "").splitlines():
            if row.startswith("\0") and row.count("\0") >= 3:
                _, id_, at, subject = row.split("\0", 3)
                found.append((Commit(id_, int(at), subject), []))
            elif "\t" in row and found:
                status, _, path = row.partition("\t")
                found[-1][1].append((status, path))
        return found

    def _git(self, *words: str) -> str | None:
        if self.there is None:
            self.there = True
            self.there = self._git("rev-parse", "--git-dir") is not None
        if not self.there:
            return None
        try:
            done = subprocess.run(
                ["git", "-C", str(self.root), "-c", "core.quotePath=false", *words],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _blamed(said: str) -> dict[int, Commit]:
    """Line → commit, of `git blame --porcelain`."""
    told: dict[str, dict[str, str]] = {}
    lines: dict[int, str] = {}
    commit = ""
    for row in said.splitlines():
        words = row.split(" ")
        if row.startswith("\t"):
            continue
        if len(words) >= 3 and len(words[0]) == 40 and words[2].isdigit():
            commit = words[0]
            lines[int(words[2])] = commit
            told.setdefault(commit, {})
        elif commit:
            key, _, rest = row.partition(" ")
            told[commit].setdefault(key, rest)
    return {
        line: Commit(id_, int(told[id_].get("author-time", "0")), told[id_].get("summary", ""))
        for line, id_ in lines.items()
    }
