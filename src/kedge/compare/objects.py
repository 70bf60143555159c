"""Compares what is beyond tables: which objects are there, and in which facts a pair of them differs.

What a fact is stands in `object_facts`; here is only the walk. Texts that differ become questions for the judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from kedge.catalog import Catalog, Object, ObjectPath, TableKey
from kedge.compare.difference import Asking, Difference, value
from kedge.compare.object_facts import FACTS, Fact, said_whole
from kedge.compare.trigger_order import in_common_order, reordered_once
from kedge.objects import DefaultPrivilege, Extras, InstalledExtension, Owner, Routine, Schema, View

SAME_BUT_FOR_THE_NAME = "the definitions are equal but for the name"

# A view that is materialized on one side only has no indexes and other options there: that follows from its kind.
OF_ONE_KIND = {"options", "indexes"}


def compare_objects(
    models: Catalog, database: Catalog, asking: Asking, renamed: Mapping[TableKey, TableKey]
) -> list[Difference]:
    """`renamed` holds the database's name of each table that the models call otherwise."""
    back = {there: here for here, there in renamed.items()}
    here = {_in_models(path, back): one for path, one in database.objects.items()}
    declared_objects, here = in_common_order(models.objects, here), in_common_order(here, models.objects)
    differences: list[Difference] = []
    missing: dict[ObjectPath, Object] = {}
    for path, one in declared_objects.items():
        other = here.pop(path, None)
        if other is not None:
            differences += pair(one, other, asking)
        elif (nothing := _nothing(one)) is not None:
            differences += pair(one, nothing, asking)
        else:
            missing[path] = one
    for path, one in list(missing.items()):
        if twin := _twin(one, here):
            del missing[path]
            differences += pair(one, here.pop(twin), asking)
    declared = {path: one for path, one in here.items() if _concerns(path, one, models)}
    for one in declared.values():
        if (nothing := _nothing(one)) is not None:
            differences += pair(nothing, one, asking)
    extra = {path: one for path, one in declared.items() if _nothing(one) is None}
    differences += _presences(missing, extra)
    return [_with_traits(d, models, database) for d in reordered_once(differences)]


def _with_traits(d: Difference, models: Catalog, database: Catalog) -> Difference:
    """Whose a routine is, and who may call it, matters more where it runs with its owner's rights."""
    if d.path.kind not in ("owner", "revocation"):
        return d
    right: Any = models.objects.get(d.model_path or d.path) or database.objects.get(d.path)
    sides = [side.objects.get(right.on) for side in (models, database)]
    definer = any(isinstance(one, Routine) and one.security_definer for one in sides)
    return msgspec.structs.replace(d, traits=d.traits | {"security-definer"}) if definer else d


def _nothing(one: Object) -> Object | None:
    """What stands for an object that is no object of its own: where it is not, nobody said anything."""
    if isinstance(one, Extras):
        return Extras(schema=one.schema, table=one.table)
    return msgspec.structs.replace(one, role="") if isinstance(one, Owner) else None


def pair(models: Object, database: Object, asking: Asking) -> Iterator[Difference]:
    """The facts in which two objects of one name differ."""
    for fact in FACTS[type(models)]:
        if fact.attribute in OF_ONE_KIND and models.path.kind != database.path.kind:
            continue
        same = _same(fact, models, database, asking)
        if same is not True:
            left, right = fact.said(models), fact.said(database)
            yield Difference(
                database.path,
                fact.attribute,
                value(left),
                value(right),
                model_path=models.path,
                confirmed=same is False,
            )


def _same(fact: Fact, models: Any, database: Any, asking: Asking) -> bool | None:
    """Whether the objects agree in this fact; None where nobody could tell of some text in it."""
    verdict: bool | None = True
    for field in fact.fields:
        if fact.read(models, field) == fact.read(database, field):
            continue
        questions = fact.questions(field, models, database)
        if questions is None:
            return False
        for question in questions:
            same = asking.same(question)
            if same is False:
                return False
            verdict = verdict and same
    return verdict


def _twin(one: Object, others: Mapping[ObjectPath, Object]) -> ObjectPath | None:
    """A view that is materialized on the other side; a routine that takes other arguments, where it is the only one.

    And what whoever runs the declaration gives by default, which in the database somebody did, under his name.
    """
    if isinstance(one, View):
        path = ObjectPath(
            "view" if one.kind == "materialized-view" else "materialized-view", one.schema, None, one.name
        )
        return path if path in others else None
    if isinstance(one, Routine):
        fits = [
            p
            for p, other in others.items()
            if isinstance(other, Routine) and (other.schema, other.name) == (one.schema, one.name)
        ]
        return fits[0] if len(fits) == 1 else None
    if isinstance(one, DefaultPrivilege) and one.role is None:
        given = {
            p: other
            for p, other in others.items()
            if isinstance(other, DefaultPrivilege)
            and (other.schema, other.objects, other.to) == (one.schema, one.objects, one.to)
        }
        return min(given, key=lambda p: (not _gives_alike(one, given[p]), p), default=None)
    return None


def _gives_alike(one: DefaultPrivilege, other: DefaultPrivilege) -> bool:
    return all(getattr(one, f) == getattr(other, f) for f in ("privileges", "grantable", "revoked"))


def _concerns(path: ObjectPath, one: Object, models: Catalog) -> bool:
    """Whether an object of the database alone is worth a word.

    A view that is declared as a table is compared there; a schema is where something stands, an extension more harms
    nobody, and whoever ran the DDL owns what it made.
    """
    if isinstance(one, View):
        return (one.schema, one.name) not in models.tables
    if isinstance(one, Extras):
        return (path.schema or "", path.table or "") in models.tables
    return not isinstance(one, Schema | InstalledExtension | Owner)


def _presences(
    missing: Mapping[ObjectPath, Object], extra: Mapping[ObjectPath, Object]
) -> Iterator[Difference]:
    """What is on one side only; of two that are one but for the name, the extra one follows from the missing one."""
    nameless = {_nameless(one): path for path, one in missing.items()}
    found: dict[ObjectPath, str] = {}
    for one in extra.values():
        lost = nameless.get(_nameless(one))
        absent = Difference(one.path, "presence", value(None), value(said_whole(one)), refs=(one.path,))
        if lost is not None and lost not in found:
            found[lost] = one.path.name or ""
            absent = msgspec.structs.replace(absent, implied_by=(lost, "presence"))
        yield absent
    for path, one in missing.items():
        evidence = (f"{found[path]}: {SAME_BUT_FOR_THE_NAME}",) if path in found else ()
        yield Difference(
            path,
            "presence",
            value(said_whole(one)),
            value(None),
            model_path=path,
            refs=(path,),
            evidence=evidence,
        )


def _nameless(one: Object) -> Any:
    return type(one), msgspec.structs.replace(one, name="") if hasattr(one, "name") else one


def _in_models(path: ObjectPath, back: Mapping[TableKey, TableKey]) -> ObjectPath:
    """The path with the models' name of its table."""
    key = path.schema or "", path.table or ""
    return ObjectPath(path.kind, *back[key], path.name) if key in back else path
