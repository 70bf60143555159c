"""What the pages say about the project holds: links lead somewhere, versions agree, the rooms are the layers'."""

import re
import tomllib
from pathlib import Path

import pytest

import kedge

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

pytestmark = pytest.mark.docs


def prose(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()).strip() for heading in headings)
    return {re.sub(r"[\s-]+", "-", heading) for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """README.md and CHANGELOG.md too, which are no part of the site."""
    targets = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose(page)))
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == kedge.__version__
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_rooms_are_the_layers() -> None:
    """Each row of the layers is on the page, and in their order, from the door inwards."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    depth = {name: row for row, layer in enumerate(layers) for name in re.findall(r"\w+", layer)}
    there = {path.stem for path in Path(kedge.__file__).parent.iterdir() if path.stem in depth}
    table = re.findall(r"^\| (`.+?) \|", (ROOT / "docs" / "architecture.md").read_text("utf-8"), re.MULTILINE)
    rooms = [re.findall(r"`(\w+)(?:/[\w/]*|\.py)`", row) for row in table]
    named = [name for row in rooms for name in row]
    assert {*named, "probe"} == there  # the probe stands apart, below the table
    assert [max(depth[n] for n in row) for row in rooms] == sorted(
        max(depth[n] for n in row) for row in rooms
    )
