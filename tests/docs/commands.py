"""Runs the commands that pages show, as a reader would: in one shell, from top to bottom.

A page's fenced blocks are its script. A block with a `title="path"` is a file, which is written; the commands of
`console` blocks (after `$ `) and of `sh` blocks are run, and what a `console` block shows below a command is what
it must print. `…` stands for anything in a line, and a line of its own for any lines.
Comments say the rest: `<!-- in: shop -->` names what is there at the beginning (see `conftest.py`),
`<!-- not run: why -->` before a block leaves it out. A command with … in it has nothing to run: it is a form.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+?) -->\n+)?^(?P<indent> *)```(?P<kind>\w+)(?P<info>[^\n]*)\n"
    r"(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
SETTING = re.compile(r"^<!-- in: (.+?) -->$", re.MULTILINE)
TITLE = re.compile(r'title="([^"]+)"')
# what is left of a command that is a form to fill in
FORM = "…"
# the shell's state between commands: its folder and its variables
STEP = """set -a; . "$STATE"; set +a; cd "$(cat "$STATE.cwd")" || exit 99
{command}
code=$?; export -p > "$STATE"; pwd > "$STATE.cwd"; exit $code"""


@dataclass(frozen=True)
class Command:
    line: str
    said: str | None = None


@dataclass(frozen=True)
class Block:
    kind: str
    text: str
    title: str | None = None
    reason: str | None = None

    @property
    def shell(self) -> bool:
        return self.kind in ("sh", "bash", "console")

    def commands(self) -> Iterator[Command]:
        if self.kind != "console":
            for line in re.sub(r"\\\n\s*", "", self.text).splitlines():
                if line.strip() and not line.lstrip().startswith("#"):
                    yield Command(line)
            return
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            line, _, said = part.replace("\\\n", " ").partition("\n")
            yield Command(line, said.strip("\n") if said.strip() else None)


def blocks(text: str) -> list[Block]:
    found = []
    for fence in FENCE.finditer(text):
        indent = len(fence["indent"])
        lines = [line[indent:] for line in fence["text"].splitlines(keepends=True)]
        title = TITLE.search(fence["info"])
        body = "".join(line or "\n" for line in lines)
        found.append(Block(fence["kind"], body, title and title[1], fence["reason"]))
    return found


def setting(text: str) -> str:
    found = SETTING.search(text)
    return found[1] if found else "an empty folder"


@dataclass
class Shell:
    """One reader's shell: `cd` and `export` last."""

    folder: Path
    environment: Mapping[str, str]
    state: Path = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.folder.parent / f"{self.folder.name}.state"
        self.state.write_text("")
        self.cwd.write_text(str(self.folder))

    @property
    def cwd(self) -> Path:
        return Path(f"{self.state}.cwd")

    def write(self, block: Block) -> None:
        assert block.title
        path = Path(self.cwd.read_text().strip()) / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)

    def run(self, command: str) -> tuple[int, str]:
        """Its exit code, and what a terminal would show."""
        ran = subprocess.run(
            ["bash", "-c", STEP.replace("{command}", command)],
            env={**self.environment, "STATE": str(self.state)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return ran.returncode, ran.stdout

    def follow(self, block: Block) -> None:
        """A block, as its reader follows it; an AssertionError says where the page is wrong."""
        if block.title:
            self.write(block)
        elif block.shell and not block.reason:
            for command in block.commands():
                if FORM not in command.line:
                    self.hold(command)

    def hold(self, command: Command) -> None:
        code, printed = self.run(command.line)
        good = (0, 1) if "kedge audit" in command.line or "pytest" in command.line else (0,)
        assert code in good, f"$ {command.line}\nexit {code}:\n{printed}"
        if command.said is not None:
            shown, real = tidy(command.said), tidy(printed)
            assert re.fullmatch(pattern(shown), real), f"$ {command.line}\nprints\n{real}\n\nnot\n{shown}"


def tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def pattern(shown: str) -> str:
    """What a page shows, as an expression."""
    lines = []
    for line in shown.splitlines():
        if line.strip() in (FORM, f"[{FORM}]"):
            lines.append(r"(?:.*\n)*?")
        else:
            lines.append(".*".join(re.escape(part) for part in line.split(FORM)) + r"\n")
    # the last line has no end of line; `…` at the end stands for all that is left
    joined = "".join(lines)
    if joined.endswith(r"(?:.*\n)*?"):
        return joined.removesuffix(r"(?:.*\n)*?").removesuffix(r"\n") + r"(?:\n.*)*"
    return joined.removesuffix(r"\n")
