"""Describes every table of a MetaData as plain dicts: the shape of `kedge.declared`."""

# mypy: ignore-errors

from __future__ import annotations

from sqlalchemy import schema

from . import beyond, classes, places, types
from .columns import described_column
from .constraints import constraints_of, described_constraint, described_index, options_of
from .reasons import failure
from .speller import Speller, kept


def described_metadata(metadata, dialect, target, environment=None, tracked=True):
    """One MetaData with everything it would create on this dialect."""
    speller = Speller(dialect)
    mapped = classes.mapped_classes(metadata)
    tables = [described_table(t, speller, mapped.get(t, ())) for t in _tables(metadata)]
    enums, domains, failed = _named_types(metadata, speller)
    return {
        "target": target,
        "environment": environment,
        "tracked": tracked,
        "tables": tables,
        "enums": enums,
        "domains": domains,
        "sequences": _sequences(metadata, speller),
        "beyond": beyond.described(metadata),
    }, failed


def _tables(metadata):
    """In the order of their names: sorting by dependency would resolve foreign keys that may lead nowhere."""
    return [metadata.tables[key] for key in sorted(metadata.tables)]


def described_table(table, speller, mapped=()):
    answer = {
        "schema": table.schema and kept(table.schema, speller.dialect),
        "name": kept(table.name, speller.dialect),
        "comment": table.comment,
        "prefixes": [str(p) for p in table._prefixes],
        "is_view": _is_view(table),
        "place": places.place_of_table(table, mapped),
        "classes": [classes.described_class(c, table) for c in mapped],
        "ignores": ignores_of(table),
        "renamed_from": renamed_from(table),
    }
    try:
        suffix = "%s " % speller.ddl.post_create_table(table)
        for option, clause in _PLACES.items() if speller.dialect.name == "postgresql" else ():
            place = answer[option] = options_of(table, "postgresql").get(option)
            for spelled in (speller.preparer.quote(place), place) if place else ():
                suffix = suffix.replace("\n %s %s" % (clause, spelled), "")
        answer["suffix"] = suffix.strip()
    except Exception as error:
        answer["error"] = failure(error)["reason"]
    lines = places.Lines(table, mapped, answer["place"])
    answer["columns"] = [_placed_column(c, speller, lines) for c in table.columns if not c.system]
    answer["constraints"] = _parts(constraints_of(table), described_constraint, speller, lines)
    answer["indexes"] = _parts(sorted(table.indexes, key=_index_order), described_index, speller, lines)
    return answer


# What a server may lack although nothing is wrong with the table: where its rows are kept, and how.
_PLACES = {"tablespace": "TABLESPACE", "using": "USING"}


def _placed_column(column, speller, lines):
    answer = described_column(column, speller)
    answer["ignores"] = ignores_of(column)
    answer["renamed_from"] = renamed_from(column)
    answer["place"] = lines.of_column(column) or answer.pop("error_place", None)
    answer.pop("error_place", None)
    return answer


def _parts(parts, describe, speller, lines):
    answers = []
    for part in parts:
        answer = describe(part, speller)
        if answer is not None:
            answer["place"] = lines.of_part(part)
            answer["ignores"] = ignores_of(part)
            answer["renamed_from"] = renamed_from(part)
            answers.append(answer)
    return answers


def ignores_of(item):
    """The texts of `info={"kedge": {"ignore": …}}`; what has another shape is given as it is, to be refused."""
    said = (getattr(item, "info", None) or {}).get("kedge")
    if said is None:
        return []
    if isinstance(said, dict) and "renamed_from" in said and "ignore" not in said:
        return []
    given = said.get("ignore", said) if isinstance(said, dict) else said
    if isinstance(given, dict) and given is not said:
        return ["%s %s" % entry for entry in given.items()]
    if isinstance(given, (list, tuple)):
        return [str(entry) for entry in given]
    return [given if isinstance(given, str) else repr(given)]


def renamed_from(item):
    """The name of `info={"kedge": {"renamed_from": …}}`."""
    said = (getattr(item, "info", None) or {}).get("kedge")
    old = said.get("renamed_from") if isinstance(said, dict) else None
    return old if isinstance(old, str) and old else None


def _index_order(index):
    return (str(index.name or ""), [str(getattr(e, "name", e)) for e in index.expressions])


def _is_view(table):
    return bool(table.info.get("is_view") or getattr(table, "is_view", False))


def _text(value):
    return None if value is None else str(value)


def _named_types(metadata, speller):
    """Every enum and domain: those that columns used, then those that belong to the MetaData alone."""
    found = dict(speller.types)
    for kind, type_ in types.types_of_metadata(metadata, speller.dialect):
        found.setdefault(types.key_of(kind, type_), type_)
    enums, domains, failed = [], [], []
    for (kind, namespace, name, _), type_ in sorted(
        found.items(), key=lambda i: [str(x or "") for x in i[0]]
    ):
        answer = {"schema": _text(namespace), "name": str(name)}
        try:
            answer["sql"] = types.creation(kind, type_, speller.dialect)
        except Exception as error:
            failed.append("type %s cannot be described: %s" % (name, failure(error)["reason"]))
            continue
        if kind == "enum":
            enums.append(dict(answer, values=[str(v) for v in type_.enums]))
        else:
            domains.append(answer)
    return enums, domains, failed


def _sequences(metadata, speller):
    found = {}
    for sequence in getattr(metadata, "_sequences", {}).values():
        if not sequence.optional or not speller.dialect.sequences_optional:
            key = (_text(sequence.schema), str(sequence.name))
            found[key] = speller.ddl.process(schema.CreateSequence(sequence)).strip()
    return [{"schema": k[0], "name": k[1], "sql": found[k]} for k in sorted(found, key=str)]
