"""The law: wherever the text of the source is taken to say something, importing it says the same."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, note, settings
from tests.laws_code import agree, drawing
from tests.probe.reading import read

from kedge.sources.code import read_code


@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(drawing.projects())
def test_what_the_text_says_is_what_is_imported(files: dict[str, str]) -> None:
    root = Path(tempfile.mkdtemp(prefix="kedge-law-"))
    try:
        for path, text in {"pyproject.toml": "", **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        declared = read(root, "everything:everything", scratch=None)
        code = read_code(root)
        for path, text in files.items():
            note(f"# {path}\n{text}") if "part" in path else None
        assert list(agree.disagreements(code, declared)) == []
        imported = {(t.schema, t.name) for m in declared.metadata for t in m.tables}
        known = {(t.schema, t.name) for t in code.tables if t.schema_known and t.name}
        assert known <= imported
        assert len(code.tables) == len(imported)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def test_the_law_claims_much() -> None:
    """Silence would keep the law too: most tables are claimed whole, and most columns with their facts."""
    made = agree.MADE
    assert made["column"] > 100
    assert made["name"] > 0.8 * made["schema"]
    assert min(made["nullable"], made["primary_key"]) > 0.6 * made["column"], dict(made)
    assert made["type"] > 0.2 * made["column"]
