"""One pass over a live PostgreSQL catalog: raw rows by owner first, values last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import psycopg

from kedge.catalog import (
    Action,
    Catalog,
    Check,
    Column,
    Computed,
    Counter,
    Enum,
    Exclusion,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    Part,
    PrimaryKey,
    RelationKind,
    Sequence,
    ServerProfile,
    Table,
    TableKey,
    Unique,
)
from kedge.dialects.postgresql import queries
from kedge.dialects.postgresql.counters import counter_of, fitting
from kedge.dialects.postgresql.object_reader import read_objects
from kedge.dialects.postgresql.stand_ins import VERSION, respelled
from kedge.dialects.postgresql.stored import stored, stored_column

Connection: TypeAlias = psycopg.Connection[Any]

RELATION_KINDS: dict[str, RelationKind] = {
    "r": "table",
    "p": "partitioned-table",
    "v": "view",
    "m": "materialized-view",
    "f": "foreign-table",
}
ACTIONS: dict[str, Action] = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
MATCHES = {"s": "simple", "f": "full", "p": "partial"}
# https://www.postgresql.org/docs/current/catalog-pg-index.html#indoption: bit 0 DESC, bit 1 NULLS FIRST
DESCENDING, NULLS_FIRST = 1, 2
CONSTRAINT, RELATION = "pg_constraint", "pg_class"


class Reading:
    """One pass over the catalog: raw rows by owner first, values last."""

    def __init__(self, connection: Connection, profile: ServerProfile, schemas: Iterable[str] | None) -> None:
        self.connection = connection
        self.profile = profile
        wanted = None if schemas is None else set(schemas)
        self.namespaces = {
            oid: name
            for oid, name in connection.execute(queries.NAMESPACES)
            if wanted is None or name in wanted
        }
        self.major = profile.version_info[0]
        self.columns: dict[int, dict[int, str]] = defaultdict(dict)
        self.distinguished: dict[int, dict[str, str]] = defaultdict(dict)
        """By relation, the indexes that identify its rows for replicas, and by which they are sorted."""

    def catalog(self) -> Catalog:
        relations = self.rows(queries.RELATIONS)
        self.relations = {oid: (self.namespaces[ns], name) for oid, ns, name, *_ in relations}
        self.partitions = {row[0] for row in relations if row[5] is not None}
        column_rows = self.rows(
            queries.COLUMNS.format(attcompression="a.attcompression" if self.major >= 14 else "''")
        )
        self.unvalidated = set(self.rows(queries.UNVALIDATED)) if self.major >= 18 else set()
        for relation, number, name, *_ in column_rows:
            self.columns[relation][number] = name
        self.collations = dict(self.rows(queries.COLLATIONS))
        self.comments = {(c.split(".")[-1], o, s): d for c, o, s, d in self.rows(queries.COMMENTS)}
        counters = self.sequences()
        columns = self.table_columns(column_rows, counters)
        parts = self.parts()
        tables: dict[TableKey, Table] = {}
        for oid, _, _, kind, parent_ns, parent, *rest in relations:
            schema, name = self.relations[oid]
            own = parts[oid]
            tables[schema, name] = Table(
                schema=schema,
                name=name,
                kind=RELATION_KINDS[kind],
                partition_of=(self.namespaces.get(parent_ns, "?"), parent) if parent is not None else None,
                columns=tuple(columns[oid]),
                primary_key=next((p for p in own if isinstance(p, PrimaryKey)), None),
                uniques=_named(own, Unique),
                foreign_keys=_named(own, ForeignKey),
                checks=_named(own, Check),
                exclusions=_named(own, Exclusion),
                indexes=_named(own, Index),
                comment=self.comments.get((RELATION, oid, 0)),
                **stored(kind, rest, self.distinguished[oid]),
            )
        return Catalog(
            profile=self.profile,
            schemas=tuple(sorted(self.namespaces.values())),
            tables=tables,
            enums=self.enums(),
            sequences=self.standing_sequences,
            objects=read_objects(self.connection, self.namespaces, self.major),
            prelude=self.prelude(),
        )

    def prelude(self) -> tuple[str, ...]:
        plain = "p.prokind = 'f'" if self.major >= 11 else "NOT p.proisagg AND NOT p.proiswindow"
        return tuple(sql for (sql,) in self.rows(queries.PRELUDE.format(functions=plain)) if sql)

    def rows(self, query: str, **parameters: Any) -> list[Any]:
        if "%(" not in query:
            return self.connection.execute(query).fetchall()
        return self.connection.execute(query, {"namespaces": list(self.namespaces), **parameters}).fetchall()

    # -- columns and what numbers them

    def sequences(self) -> dict[str, tuple[Counter, str, tuple[int, int] | None]]:
        """Every sequence by the default that draws from it: how it counts, its name, the column that owns it."""
        self.standing_sequences: dict[TableKey, Sequence] = {}
        self.identity_counters: dict[tuple[int, int], Counter] = {}
        found = {}
        for (
            oid,
            ns,
            name,
            kind,
            start,
            step,
            low,
            high,
            cycle,
            cache,
            relation,
            column,
            dependency,
            draw,
            label,
        ) in self.rows(queries.SEQUENCES):
            counter = counter_of(kind, start, step, low, high, cycle, cache)
            if dependency == "i":
                self.identity_counters[relation, column] = counter
                continue
            schema = self.namespaces[ns]
            owner = None
            if relation in self.relations:
                owner = (*self.relations[relation], self.columns[relation].get(column, "?"))
            self.standing_sequences[schema, name] = Sequence(
                schema=schema,
                name=name,
                counter=counter,
                owner=owner,
                comment=self.comments.get((RELATION, oid, 0)),
            )
            found[draw] = (counter, label, (relation, column) if relation else None)
        return found

    def table_columns(
        self, rows: list[Any], counters: dict[str, tuple[Counter, str, tuple[int, int] | None]]
    ) -> dict[int, list[Column]]:
        columns: dict[int, list[Column]] = defaultdict(list)
        numbered = any(e.version == VERSION for e in self.profile.extensions)
        for (
            relation,
            number,
            name,
            type_,
            not_null,
            identity,
            generated,
            collation,
            expression,
            *kept,
        ) in rows:
            number_source: Identity | None = None
            # A partition counts with its parent; PostgreSQL 17 says so of the partition, too.
            if identity and relation in self.partitions:
                number_source = None
            elif identity:
                counter = self.identity_counters.get((relation, number), Counter())
                number_source = Identity(
                    "always" if identity == "a" else "by default", fitting(counter, type_)
                )
            elif expression in counters and not generated:
                counter, label, owner = counters[expression]
                own = owner == (relation, number)
                number_source = Identity("serial", fitting(counter, type_), None if own else label)
            columns[relation].append(
                Column(
                    name=name,
                    type=respelled(type_) if numbered else type_,
                    nullable=not not_null,
                    default=None if generated or number_source or _is_null(expression) else expression,
                    identity=number_source,
                    computed=Computed(expression, generated == "s") if generated else None,
                    collation=self.collations.get(collation) if collation else None,
                    comment=self.comments.get((RELATION, relation, number)),
                    unvalidated=(relation, number) in self.unvalidated,
                    storage=stored_column(*kept),
                )
            )
        return columns

    # -- constraints and indexes

    def parts(self) -> dict[int, list[Part]]:
        version = self.major
        constraints = self.rows(
            queries.CONSTRAINTS.format(
                confdelsetcols="c.confdelsetcols" if version >= 15 else "NULL",
                conenforced="c.conenforced" if version >= 18 else "true",
                conperiod="c.conperiod" if version >= 18 else "false",
            )
        )
        indexes = self.rows(
            queries.INDEXES.format(indnullsnotdistinct="i.indnullsnotdistinct" if version >= 15 else "false")
        )
        self.classes = {oid: (name, default) for oid, name, default in self.rows(queries.OPERATOR_CLASSES)}
        exclusion_operators = {o for row in constraints for o in row[16] or ()}
        self.operators = dict(self.rows(queries.OPERATORS, operators=list(exclusion_operators)))
        dependencies: dict[int, set[int]] = defaultdict(set)
        for index, column in self.rows(queries.INDEX_DEPENDENCIES):
            dependencies[index].add(column)
        by_index = {row[15]: row for row in constraints if row[3] in "pux"}
        parts: dict[int, list[Part]] = defaultdict(list)
        for row in indexes:
            index = self.index(row, dependencies[row[0]])
            constraint = by_index.get(row[0])
            parts[row[1]].append(self.backed_constraint(constraint, index) if constraint else index)
        for row in constraints:
            if row[3] == "c":
                parts[row[1]].append(self.check(row))
            elif row[3] == "f":
                parts[row[1]].append(self.foreign_key(row))
        return parts

    def names(self, relation: int, numbers: Iterable[int] | None) -> tuple[str, ...]:
        return tuple(self.columns[relation].get(n, f"column {n}") for n in numbers or ())

    def index(self, row: Any, dependencies: set[int]) -> Index:
        (oid, relation, name, method, unique, valid, key_count, numbers, options, classes, collations) = row[
            :11
        ]
        nulls_not_distinct, storage, predicate, expressions, tablespace, identifies, sorts = row[11:]
        if identifies:
            self.distinguished[relation]["identifying"] = name
        if sorts:
            self.distinguished[relation]["clustered"] = name
        expression = iter(expressions or ())
        keys = tuple(
            self.key(relation, number, expression, option, class_, collation)
            for number, option, class_, collation in zip(numbers, options, classes, collations, strict=False)
        )
        mentioned = sorted({n for n in numbers if n > 0} | {n for n in dependencies if n > 0})
        return Index(
            name=name,
            keys=keys[:key_count],
            unique=unique,
            method=method,
            include=self.names(relation, numbers[key_count:]),
            predicate=predicate,
            nulls_not_distinct=nulls_not_distinct,
            options=tuple(sorted(storage or ())),
            valid=valid,
            columns=self.names(relation, mentioned),
            comment=self.comments.get((RELATION, oid, 0)),
            tablespace=tablespace,
        )

    def key(
        self, relation: int, number: int, expressions: Iterator[str], option: int, class_: int, collation: int
    ) -> IndexKey:
        class_name, default = self.classes.get(class_, (str(class_), True))
        column = self.columns[relation].get(number) if number else None
        return IndexKey(
            column=column,
            expression=None if column else next(expressions, None),
            opclass=None if default else class_name,
            collation=self.collations.get(collation) if collation not in (0, 100) else None,
            descending=bool(option & DESCENDING),
            nulls_first=bool(option & NULLS_FIRST),
        )

    def backed_constraint(self, row: Any, index: Index) -> Part:
        """The PRIMARY KEY, UNIQUE or EXCLUDE constraint that this index implements."""
        oid, _, name, kind, deferrable, deferred = row[:6]
        comment = self.comments.get((CONSTRAINT, oid, 0))
        columns = tuple(k.column or "" for k in index.keys)
        if kind == "p":
            return PrimaryKey(name, columns, deferrable, deferred, comment, index.include, row[19])
        if kind == "u":
            return Unique(
                name, columns, index.include, index.nulls_not_distinct, deferrable, deferred, comment, row[19]
            )
        return Exclusion(
            name=name,
            keys=index.keys,
            operators=tuple(self.operators.get(o, str(o)) for o in row[16] or ()),
            method=index.method,
            predicate=index.predicate,
            columns=index.columns,
            deferrable=deferrable,
            initially_deferred=deferred,
            comment=comment,
        )

    def check(self, row: Any) -> Check:
        return Check(
            name=row[2],
            expression=row[17],
            columns=self.names(row[1], row[8]),
            validated=row[6],
            no_inherit=row[7],
            comment=self.comments.get((CONSTRAINT, row[0], 0)),
            enforced=row[18],
        )

    def foreign_key(self, row: Any) -> ForeignKey:
        oid, relation, name, _, deferrable, deferred, validated, _, key, target, target_key = row[:11]
        update, delete, match, delete_columns = row[11:15]
        target_schema, target_table = self.relations.get(target, ("?", "?"))
        return ForeignKey(
            name=name,
            columns=self.names(relation, key),
            target_schema=target_schema,
            target_table=target_table,
            target_columns=self.names(target, target_key),
            on_update=ACTIONS[update],
            on_delete=ACTIONS[delete],
            on_delete_columns=self.names(relation, delete_columns),
            match=MATCHES[match],  # type: ignore[arg-type]
            deferrable=deferrable,
            initially_deferred=deferred,
            validated=validated,
            comment=self.comments.get((CONSTRAINT, oid, 0)),
            enforced=row[18],
            period=row[19],
        )

    def enums(self) -> dict[TableKey, Enum]:
        found: dict[TableKey, Enum] = {}
        for ns, name, values, comment in self.rows(queries.ENUMS):
            found[self.namespaces[ns], name] = Enum(self.namespaces[ns], name, tuple(values), comment)
        for ns, name in self.rows(queries.EMPTY_ENUMS):
            found[self.namespaces[ns], name] = Enum(self.namespaces[ns], name, ())
        return found


def _named(parts: list[Part], kind: type[Any]) -> tuple[Any, ...]:
    return tuple(sorted((p for p in parts if isinstance(p, kind)), key=lambda p: p.name))


def _is_null(expression: str | None) -> bool:
    """DEFAULT NULL is no default, however the server prints its type."""
    return expression is not None and (expression == "NULL" or expression.startswith("NULL::"))
