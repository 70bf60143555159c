"""`[tool.kedge]` is read exactly, and what is wrong in it is said in one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from kedge.cli.audit import audit
from kedge.config import KEYS, read_config
from kedge.errors import UsageError

# said when a command is called, never for good
ONCE = {"--configured", "--debug", "--create-baseline", "--update-baseline", "--no-baseline"}


def test_the_keys_are_the_options() -> None:
    options = {name for param in audit.params for name in param.opts if name.startswith("--")}
    assert {f"--{key}" for key in KEYS} == options - ONCE


def test_nothing_there_is_nothing_said(tmp_path: Path) -> None:
    assert read_config(tmp_path).options == {}
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert read_config(tmp_path).path is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model = 'a:b'", ["unknown key: model", "did you mean models?"]),
        ("fail_on = 'info'", ["unknown key: fail_on", "did you mean fail-on?"]),
        ("zzz = 1", ["unknown key: zzz", "it may hold url"]),
        ("strict = 'yes'", ["strict must be true or false"]),
        ("models = [1]", ["models must be a text or a list of texts"]),
        ("owned-by-others = [{owner = 'x'}]", ["owned-by-others holds pattern and owner"]),
        ("owned-by-others = [1]", ["owned-by-others must be a text or a list of texts"]),
        ("timeout = true", ["timeout must be a number"]),
        ("url = 'postgresql://a:topsecret@h/d'", ["password", "url-env"]),
        ("scratch-url = 'postgresql://a:topsecret@h/d'", ["password", "KEDGE_SCRATCH_URL"]),
        ("url = ", ["pyproject.toml cannot be read"]),
    ],
)
def test_what_is_wrong_is_said_with_a_way_out(tmp_path: Path, text: str, words: list[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.kedge]\n{text}\n")
    with pytest.raises(UsageError) as caught:
        read_config(tmp_path)
    for word in words:
        assert word in str(caught.value)
    assert "topsecret" not in str(caught.value)


def test_ownership_patterns_may_say_whose(tmp_path: Path) -> None:
    text = '[tool.kedge]\nowned-by-others = ["a.*", {pattern = "b.*", owner = "the b team"}, {pattern = "c_*"}]\n'
    (tmp_path / "pyproject.toml").write_text(text)
    assert read_config(tmp_path).options == {"owned-by-others": ["a.*", "b.*=the b team", "c_*"]}


def test_two_places_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.kedge]\n")
    (tmp_path / "kedge.toml").write_text("quiet = true\n")
    with pytest.raises(UsageError, match="both there"):
        read_config(tmp_path)
