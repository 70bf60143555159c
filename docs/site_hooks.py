"""What mkdocs cannot say in mkdocs.yml: the rules' pages in the order of their index, the how-tos that
nobody listed, and titles for examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| \[([\w-]+)\]", re.MULTILINE)
# ```python models -> ```python title="models": rule pages are tests, and their blocks say what they are
EXAMPLE = re.compile(r"^```(python|sql|toml) ([\w. ]+)$", re.MULTILINE)


def on_config(config: Any) -> Any:
    """A rule's page stands in the navigation because it stands in rules/index.md."""
    index = (Path(config.docs_dir) / "rules" / "index.md").read_text("utf-8")
    _, *parts = SECTION.split(index)
    rules: list[Any] = ["rules/index.md"]
    for title, rows in zip(parts[::2], parts[1::2], strict=True):
        rules.append({title: [f"rules/{name}.md" for name in ROW.findall(rows)]})
    config.nav = [{"Rules": rules} if entry == {"Rules": "rules/"} else entry for entry in config.nav]
    how_to = next(entry["How to"] for entry in config.nav if "How to" in entry)
    listed = {path for entry in how_to for path in entry.values()}
    for page in sorted((Path(config.docs_dir) / "how-to").glob("*.md")):
        if f"how-to/{page.name}" not in listed:
            how_to.append(f"how-to/{page.name}")
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:
    return EXAMPLE.sub(r'```\1 title="\2"', markdown)
