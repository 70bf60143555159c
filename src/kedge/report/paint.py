"""Draws one finding as lines of text: mark, object, both values, what to do next."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from kedge.findings import Finding, SideValue
from kedge.report import Look, wording
from kedge.report.fold import Entry

# the room that "models" and "database" take before a value
LABEL = 10
# how much evidence is shown of one finding
EVIDENCE = 6
# how much of the author's spelling is shown: an enum may have hundreds of labels
WRITTEN = 240
COLORS = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
# lines longer than this are hard to follow, however wide the terminal
WIDEST = 120
DIM, RULE, PLACE, NEXT = "bright_black", "magenta", "cyan", "green"


class Painter:
    """Draws within a width. The mark stands in a gutter, all else to the right of it."""

    def __init__(self, look: Look, schemas: tuple[str, ...]) -> None:
        self.look = look
        self.width = min(look.width, WIDEST)
        self.schemas = schemas
        self.gutter = 10 if look.width >= 72 else 4
        self.bar = "│" if look.unicode else "|"
        self.arrow = "→" if look.unicode else "->"
        self.dot = "·" if look.unicode else "-"

    # lines ---------------------------------------------------------------

    def ends(self, left: Text, right: Text) -> list[Text]:
        """One line with something at both ends; two lines where it does not fit."""
        gap = self.width - left.cell_len - right.cell_len
        if right.plain and gap >= 2:
            return [Text.assemble(left, " " * gap, right)]
        lines = self.wrapped(left, indent=0, hang=self.gutter)
        return [*lines, *self.wrapped(right)] if right.plain else lines

    def labelled(self, label: str, text: Text, indent: int | None = None) -> list[Text]:
        """A text after its label, further lines under the text."""
        indent = self.gutter if indent is None else indent
        first, *rest = self.wrapped(text, indent + LABEL)
        return [Text.assemble(" " * indent, (label.ljust(LABEL), DIM), first[indent + LABEL :]), *rest]

    def wrapped(self, text: Text, indent: int | None = None, hang: int = 0) -> list[Text]:
        """The text in as many lines as it needs, indented; lines after the first `hang` further."""
        indent = self.gutter if indent is None else indent
        room = max(self.width - indent - hang, 16)
        lines = _wrap(text, room)
        return [
            Text.assemble(" " * (indent + (hang if number else 0)), line) for number, line in enumerate(lines)
        ]

    def title(self, name: str, counts: list[str]) -> list[Text]:
        """A heading on a rule, with how much is found under it at the right."""
        said = ", ".join(counts)
        room = self.width - cell_len(name) - cell_len(said) - 2
        rule = ("─" if self.look.unicode else "-") * max(room, 3)
        if room < 3:
            return [*self.wrapped(Text(name, "bold"), indent=0), Text(said, DIM)]
        return [Text.assemble((name, "bold"), (f" {rule} {said}", DIM))]

    # a finding -----------------------------------------------------------

    def entry(self, entry: Entry, *, brief: bool = False) -> list[Text]:
        """A finding and what goes with it. `brief`: without its explanation."""
        finding = entry.finding
        lines = self.head(finding)
        if not brief:
            lines += self.wrapped(Text(finding.message))
        lines += self.values(finding)
        if not brief:
            lines += self.because(finding)
        lines += self.cause(wording.cause(finding, brief=brief))
        if not brief:
            lines += self.advice(finding)
        lines += self.implied(entry, most=2 if brief else 6)
        return lines

    def head(self, finding: Finding) -> list[Text]:
        left = self.mark(finding)
        left.append(self.plain(wording.part(finding)), "bold")
        left.append(f"  {finding.rule}", RULE)
        tags = [] if finding.confirmed else ["unconfirmed"]
        tags = [finding.confidence, *tags] if finding.confidence != "certain" else tags
        if tags:
            left.append(f"  {', '.join(tags)}", "italic yellow")
        return self.ends(left, Text(wording.place(finding), PLACE))

    def mark(self, finding: Finding) -> Text:
        word = finding.severity
        if self.gutter < 8:
            return Text.assemble((f"{word} ", COLORS[word]))
        return Text.assemble(" ", (word.ljust(self.gutter - 1), COLORS[word]))

    def values(self, finding: Finding) -> list[Text]:
        """What the models and what the database say: beside each other, or below where that is too long."""
        models, database = (
            wording.side(value, finding.attribute, which)
            for value, which in ((finding.values.models, "models"), (finding.values.database, "database"))
        )
        left, right = _marked(
            self.plain(models), finding.values.models, self.plain(database), finding.values.database
        )
        written = finding.values.models.written
        if written and _loose(written) != _loose(models):
            said = " ".join(written.split())
            if len(said) > WRITTEN and not self.look.verbose:
                said = f"{said[:WRITTEN].rstrip()}…"
            left.append(f"  {self.plain(said)}", DIM)
        half = (self.width - self.gutter - 3) // 2 - LABEL
        if left.cell_len > half or right.cell_len > half:
            return [*self.labelled("models", left), *self.labelled("database", right)]
        space = " " * (half - left.cell_len)
        return self.labelled(
            "models", Text.assemble(left, space, (f" {self.bar} {'database'.ljust(LABEL)}", DIM), right)
        )

    def because(self, finding: Finding) -> list[Text]:
        """What it rests on, as far as neither its sentence nor its advice has said so."""
        said = finding.message + finding.advice.reason
        new = [one for one in finding.candidates if self.look.verbose or one not in said]
        if not self.look.verbose and len(new) > EVIDENCE:
            new = [*new[: EVIDENCE - 1], f"and {len(new) - EVIDENCE} more", new[-1]]
        return self.wrapped(Text(f"because {'; '.join(new)}", DIM)) if new else []

    def cause(self, said: str) -> list[Text]:
        """Why it is so, and at which line of a revision that can be seen."""
        return self.labelled("cause", Text(self.plain(said))) if said else []

    def advice(self, finding: Finding) -> list[Text]:
        action, how = wording.advised(finding)
        line = Text.assemble((f"{self.arrow} ", NEXT), (action, f"bold {NEXT}"), self.plain(how))
        # editing a model loses no rows; what else is proposed may
        if finding.advice.risk == "high" and not finding.advice.action.endswith("model"):
            line.append("  high risk", "yellow")
        return self.wrapped(line, hang=len(self.arrow) + 1)

    def same_rule(self, findings: Sequence[Finding]) -> list[Text]:
        """Findings of one rule in one table, by name alone."""
        names = Text(", ".join(self.plain(wording.part(finding)) for finding in findings))
        line = Text.assemble(self.mark(findings[0]), (findings[0].rule, RULE), "  ", names)
        return self.wrapped(line, indent=0, hang=self.gutter)

    def implied(self, entry: Entry, most: int) -> list[Text]:
        names = [
            f"{_kind(finding)} {self.plain(self.full_name(finding, entry.finding))}"
            for finding in entry.implied
        ]
        if not names:
            return []
        if self.look.verbose:
            most = len(names)
        more = [f"{len(names) - most} more"] if len(names) > most else []
        return self.wrapped(Text(f"goes with it: {', '.join(names[:most] + more)}", DIM), hang=2)

    # names ---------------------------------------------------------------

    def full_name(self, finding: Finding, beside: Finding | None = None) -> str:
        """`users.email`; only the part's name where the table is the other finding's."""
        table = wording.owner(finding.object, self.schemas)
        of_table = finding.object.kind in ("table", "model") and not finding.object.name
        if not finding.object.table or of_table or wording.whole_table(finding):
            return table.removeprefix(f"{finding.object.kind} ")
        if beside and beside.object.table == finding.object.table:
            return wording.part(finding)
        return f"{table}.{wording.part(finding)}"

    def plain(self, text: str) -> str:
        """The text without arrows where those cannot be printed."""
        return text if self.look.unicode else text.replace("→", "->").replace("…", "...").replace("·", "-")


def _kind(finding: Finding) -> str:
    """What an object is; a declaration that the server refuses is told by its rule."""
    return finding.rule if finding.object.kind == "model" else finding.object.kind


def _wrap(text: Text, room: int) -> list[Text]:
    """Lines no wider than `room`, broken at spaces; a word only where it alone is wider."""
    lines: list[Text] = []
    start = end = 0
    for found in re.finditer(r"\S+", text.plain):
        word_end = found.end()
        if end > start and cell_len(text.plain[start:word_end]) > room:
            lines.append(text[start:end])
            start = found.start()
        while cell_len(text.plain[start:word_end]) > room:
            lines.append(text[start : start + room])
            start += room
        end = word_end
    return [*lines, text[start:end]] if end > start or not lines else lines


def _marked(models: str, left: SideValue, database: str, right: SideValue) -> tuple[Text, Text]:
    """Both values, with what only one of them says standing out."""
    said = left.state == right.state == "value"
    first = Text(models, DIM if left.state != "value" else "")
    second = Text(database, DIM if right.state != "value" else "")
    if not said:
        return first, second
    ours, theirs = _tokens(models), _tokens(database)
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    common = sum(size for _, _, size in matcher.get_matching_blocks())
    if common * 3 < min(len(ours), len(theirs)):
        first.stylize("bold")
        second.stylize("bold")
        return first, second
    for spans, text in ((_spans(ours, matcher, 1), first), (_spans(theirs, matcher, 3), second)):
        for start, end in spans:
            text.stylize("bold", start, end)
    return first, second


def _tokens(text: str) -> list[str]:
    return re.findall(r"'(?:[^']|'')*'|\w+|\s+|[^\w\s]", text)


def _spans(tokens: list[str], matcher: difflib.SequenceMatcher[str], at: int) -> Iterator[tuple[int, int]]:
    """Where the tokens that only this side has stand in its text."""
    for code in matcher.get_opcodes():
        first, last = int(code[at]), int(code[at + 1])
        if code[0] != "equal" and last > first:
            start = sum(map(len, tokens[:first]))
            yield start, start + sum(map(len, tokens[first:last]))


def _loose(text: str) -> str:
    return re.sub(r"\W", "", text).lower()
