"""What import-linter cannot see of the rooms."""

import ast
from pathlib import Path

import pytest

import kedge

SOURCE = Path(kedge.__file__).parent


@pytest.mark.parametrize("path", sorted(SOURCE.glob("probe/**/*.py")), ids=lambda path: path.name)
def test_the_probe_parses_on_python_3_8_and_never_names_kedge(path: Path) -> None:
    """It runs in the project's interpreter, where Kedge is not installed; its own parts are relative."""
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not any(alias.name.split(".")[0] == "kedge" for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] != "kedge"


def test_every_folder_with_code_is_a_package() -> None:
    """import-linter and mypy pass over a folder without `__init__.py`."""
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
