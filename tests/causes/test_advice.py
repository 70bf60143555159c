"""What is never advised, whatever the cause, the data and the models: drawn, and told apart by its own words."""

from __future__ import annotations

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.advice import Case, Dependants, advise
from kedge.catalog import MISSING, ObjectPath, Value
from kedge.causes.account import Account
from kedge.causes.data import Data
from kedge.causes.table import Kind
from kedge.compare import Difference
from kedge.findings import Cause, SideValue
from kedge.report.schema import ACTIONS
from kedge.rules import RULES, unclaimed

TEXTS = ("character varying(10)", "character varying(50)", "character varying(255)", "text")
NUMBERS = ("smallint", "integer", "bigint")
# Of two types of one family the later holds all of the earlier.
FAMILIES = (TEXTS, NUMBERS, ("uuid",), ("jsonb",), ("date",))
TYPES = tuple(type_ for family in FAMILIES for type_ in family)
LENGTHS = {"character varying(10)": 10, "character varying(50)": 50, "character varying(255)": 255}

counts = st.none() | st.integers(0, 300)
datas = st.builds(
    Data, rows=counts, nulls=counts, longest=counts, outside=counts, orphans=counts, duplicates=counts
)
accounts = st.none() | st.builds(
    Account,
    cause=st.sampled_from(get_args(Kind)).map(Cause),
    at_database=st.just(SideValue("missing")),
    at_head=st.just(SideValue("missing")),
    revision=st.none() | st.just("3f2a"),
    present=st.none() | st.tuples(st.integers(0, 2), st.just(2)),
    changed_later=st.none() | st.booleans(),
    agree=st.just(False),
)
dependants = st.lists(st.sampled_from(["orders", "payments", "jobs", "messages"]), unique=True).map(
    lambda names: Dependants(tuple(names))
)
law = settings(max_examples=400, deadline=None, derandomize=True, database=None)


def case_of(d: Difference, account: Account | None, data: Data, hanging: Dependants) -> Case:
    rule = RULES.get(f"{d.path.kind}-{d.attribute}")
    return Case(d, rule.judgement(d) if rule else unclaimed(d), account, data, hanging)


def column(attribute: str, models: Value, database: Value) -> Difference:
    return Difference(ObjectPath("column", "public", "users", "name"), attribute, models, database)


def touches_the_database(case: Case) -> bool:
    """Whether following the advice makes the database what the models say."""
    advice = advise(case)
    return advice.action in ("write-revision", "ignore") and advice.truth != "database"


def holds(container: str, content: str) -> bool:
    return any(
        container in family and content in family and family.index(container) >= family.index(content)
        for family in FAMILIES
    )


@given(st.sampled_from(TYPES), st.sampled_from(TYPES), accounts, datas, dependants)
@law
def test_no_column_is_narrowed_below_its_data(
    models: str, database: str, account: Account | None, data: Data, hanging: Dependants
) -> None:
    if models == database:
        return
    case = case_of(column("type", Value("value", models), Value("value", database)), account, data, hanging)
    fits = (
        holds(models, database)
        or data.rows == 0
        or data.outside == 0
        or (data.longest is not None and data.longest <= LENGTHS.get(models, -1) and database in TEXTS)
    )
    if not fits:
        assert not touches_the_database(case)


@given(st.sampled_from(TYPES), st.sampled_from(TYPES), accounts, datas, dependants)
@law
def test_no_key_that_many_tables_reference_gets_another_type(
    models: str, database: str, account: Account | None, data: Data, hanging: Dependants
) -> None:
    case = case_of(column("type", Value("value", models), Value("value", database)), account, data, hanging)
    if len(hanging.tables) > 1 and models != database:
        assert not touches_the_database(case)
        if advise(case).action == "decide" and holds(models, database):
            assert str(len(hanging.tables)) in advise(case).reason


@given(st.sampled_from(["table", "column", "sequence", "enum"]), accounts, datas)
@law
def test_nothing_that_may_have_rows_is_dropped(kind: str, account: Account | None, data: Data) -> None:
    path = ObjectPath(kind, "public", "users", None if kind == "table" else "name")
    value = Value("value", ["a"] if kind == "enum" else "integer")
    case = case_of(Difference(path, "presence", MISSING, value), account, data, Dependants())
    if data.rows != 0:
        assert not touches_the_database(case)


@given(accounts, datas)
@law
def test_null_is_not_forbidden_where_it_stands(account: Account | None, data: Data) -> None:
    case = case_of(
        column("nullable", Value("value", False), Value("value", True)), account, data, Dependants()
    )
    if data.nulls != 0:
        assert not touches_the_database(case)


@given(st.sampled_from(TYPES), st.sampled_from(TYPES), accounts, datas, dependants)
@law
def test_every_action_is_in_the_closed_list(
    models: str, database: str, account: Account | None, data: Data, hanging: Dependants
) -> None:
    case = case_of(column("type", Value("value", models), Value("value", database)), account, data, hanging)
    assert advise(case).action in ACTIONS
    if advise(case).action == "decide":
        assert advise(case).reason
