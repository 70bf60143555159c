"""Asks an environment's include_name and include_object about every object, as Alembic would."""

# mypy: ignore-errors

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, Table, UniqueConstraint, schema
from sqlalchemy.types import NullType

from .reasons import failure

_KINDS = {
    "index": "index",
    "unique": "unique_constraint",
    "foreign-key": "foreign_key_constraint",
    "column": "column",
}


class Filters:
    """One `configure` call's callbacks. `live` are [kind, schema, table, name] of the database."""

    def __init__(self, environment, include_name, include_object, default_schema):
        self.environment = environment
        self.include_name = include_name
        self.include_object = include_object
        self.default_schema = default_schema
        self.excluded = []
        self.notes = []
        self._gone = set()

    def ask(self, metadatas, live):
        """Fills `excluded`: declared objects on both sides, live ones on theirs."""
        declared = {self._key(t.schema, t.name): t for m in metadatas for t in m.tables.values()}
        stubs = _stubs(live, self._namespace)
        for key, table in sorted(declared.items(), key=lambda i: str(i[0])):
            self._ask_declared(key, table, stubs.get(key))
        for key, (stub, parts) in sorted(stubs.items(), key=lambda i: str(i[0])):
            self._ask_live(key, stub, parts, declared.get(key))
        return self.excluded

    def _key(self, namespace, table):
        return self._namespace(namespace), str(table)

    def _namespace(self, namespace):
        """Alembic's name for the default schema is None."""
        return None if namespace == self.default_schema else namespace

    def _ask_declared(self, key, table, live):
        stub, parts = live or (None, {})
        if not self._object(table, table.name, "table", False, stub):
            self._exclude("models", "table", key, None)
            if stub is not None:
                self._exclude("database", "table", key, None)
            return
        for kind, part in _parts(table):
            name = part.name
            if name is None:
                continue
            other = parts.get((kind, str(name)))
            if not self._object(part, name, _KINDS[kind], False, other):
                self._exclude("models", kind, key, str(name))
                if other is not None:
                    self._exclude("database", kind, key, str(name))

    def _ask_live(self, key, stub, parts, declared):
        gone = ("database", "table", key, None)
        if gone in self._gone:
            return
        if not self._name(key[1], "table", self._parents(key)):
            self._exclude(*gone)
            return
        if declared is None and not self._object(stub, key[1], "table", True, None):
            self._exclude(*gone)
            return
        known = {(k, str(p.name)) for k, p in _parts(declared)} if declared is not None else set()
        for (kind, name), part in parts.items():
            parents = dict(self._parents(key), table_name=key[1])
            named = self._name(name, _KINDS[kind], parents)
            if not named or (
                (kind, name) not in known and not self._object(part, name, _KINDS[kind], True, None)
            ):
                self._exclude("database", kind, key, name)

    def _parents(self, key):
        qualified = "%s.%s" % key if key[0] else key[1]
        return {"schema_name": key[0], "schema_qualified_table_name": qualified}

    def _exclude(self, side, kind, key, name):
        self._gone.add((side, kind, key, name))
        self.excluded.append(
            {
                "side": side,
                "kind": kind,
                "schema": key[0] if key[0] is not None else self.default_schema,
                "table": key[1],
                "name": name,
                "environment": self.environment,
            }
        )

    def _name(self, name, kind, parents):
        if self.include_name is None:
            return True
        return self._safely("include_name", lambda: self.include_name(name, kind, parents))

    def _object(self, object_, name, kind, reflected, compare_to):
        if self.include_object is None:
            return True
        return self._safely(
            "include_object", lambda: self.include_object(object_, name, kind, reflected, compare_to)
        )

    def _safely(self, which, ask):
        """A callback that raises turns nothing away."""
        try:
            return bool(ask())
        except Exception as error:
            found = failure(error)
            note = {
                "kind": "filter-failed",
                "reason": "%s raised %s" % (which, found["reason"]),
                "place": found["place"],
            }
            if note not in self.notes:
                self.notes.append(note)
            return True


def _parts(table):
    for column in table.columns:
        yield "column", column
    for index in table.indexes:
        yield "index", index
    for constraint in table.constraints:
        if isinstance(constraint, schema.UniqueConstraint):
            yield "unique", constraint
        elif isinstance(constraint, schema.ForeignKeyConstraint):
            yield "foreign-key", constraint


def _stubs(live, namespace):
    """(schema, table) to a Table that carries the names of the live one, and its parts by (kind, name)."""
    columns, tables = {}, {}
    for kind, schema_name, table, name in live:
        if kind == "column":
            columns.setdefault((namespace(schema_name), table), []).append(name)
        elif kind == "table":
            tables[namespace(schema_name), table or name] = None
    metadata = MetaData()
    for key in tables:
        stub = Table(key[1], metadata, *[Column(c, NullType()) for c in columns.get(key, ())], schema=key[0])
        tables[key] = (stub, {("column", c): stub.c[c] for c in columns.get(key, ())})
    for kind, schema_name, table, name in live:
        owner = tables.get((namespace(schema_name), table))
        if owner is not None and name is not None and kind in _KINDS and kind != "column":
            owner[1][kind, name] = _stub(kind, name, owner[0])
    return tables


def _stub(kind, name, table):
    if kind == "index":
        part = Index(name)
        part.table = table
    elif kind == "unique":
        part = UniqueConstraint(name=name)
        part.parent = table
    else:
        part = schema.ForeignKeyConstraint([], [], name=name)
        part.parent = table
    return part
