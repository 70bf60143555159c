"""All that the source adds to an audit, in one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from kedge.auditing.causes import Explained
from kedge.auditing.code import CodeSide, model_differences, unloaded
from kedge.auditing.coverage import coverage
from kedge.auditing.statements import statement_differences
from kedge.auditing.usage import usage_differences
from kedge.catalog import ObjectPath, Origin, TableKey
from kedge.causes.account import Account, Unloaded
from kedge.compare import Difference
from kedge.compare.difference import Key
from kedge.findings import Cause, CoverageRow, SideValue


class Coded(msgspec.Struct, frozen=True):
    """Findings, where they are written, which other findings follow from them, and what could not be read."""

    differences: tuple[Difference, ...] = ()
    origins: Mapping[ObjectPath, tuple[Origin, ...]] = {}
    implied: Mapping[Key, Key] = {}
    problems: tuple[str, ...] = ()
    unloaded: Mapping[TableKey, Unloaded] = {}
    side: CodeSide | None = None

    def coverage(self, differences: Iterable[Difference]) -> tuple[CoverageRow, ...]:
        return coverage(self.side, differences) if self.side else ()


def with_accounts(told: Explained, found: Coded, follows: Mapping[Key, Key]) -> Explained:
    """What was said of a table or column holds for the finding it follows from; the rest is about code alone."""
    accounts = {d.key: _about_code(d.path.kind) for d in found.differences}
    for key, root in {**found.implied, **follows}.items():
        if key in told.accounts:
            accounts[root] = told.accounts[key]
    return msgspec.structs.replace(told, accounts={**told.accounts, **accounts})


def _about_code(kind: str) -> Account:
    """Where the schema's history has no part in a finding."""
    if kind == "metadata":
        cause = Cause("metadata-not-tracked", "No environment passes it to Alembic, so no revision knows it.")
    else:
        cause = Cause("unexplained", "It is about the code: the revisions tell nothing of it.")
    return Account(cause, SideValue("not-read"), SideValue("not-read"))


def _less_absent(
    statements: list[Difference], lines: dict[ObjectPath, tuple[Origin, ...]], known: Sequence[Difference]
) -> tuple[list[Difference], dict[ObjectPath, tuple[Origin, ...]]]:
    """Less those of what the models declare and the database lacks: that is found already, at the model's line."""
    absent = {d.path for d in known if d.attribute == "presence" and d.database.state == "missing"}
    kept = {path: origins for path, origins in lines.items() if path not in absent}
    return [d for d in statements if d.path not in absent], kept


def coded(side: CodeSide, differences: Iterable[Difference], rows: Mapping[TableKey, int]) -> Coded:
    differences = tuple(differences)
    models, origins, implied = model_differences(side, {d.key: d for d in differences}, rows)
    uses, places = usage_differences(side)
    statements, lines = _less_absent(*statement_differences(side), differences)
    problems = tuple(
        f"{path}{f':{line}' if line else ''} cannot be parsed: {reason}"
        for path, line, reason in side.code.problems
    )
    problems += tuple(
        f"{copy}/ is not what runs: the project's interpreter imports {installed}, and that is what was audited;"
        " install the project with pip install -e, or set PYTHONPATH, to audit this copy"
        for copy, installed in side.code.shadowed
    )
    return Coded(
        (*models, *uses, *statements), {**origins, **places, **lines}, implied, problems, unloaded(side), side
    )
