"""Each part in one line, as people write it: the values a report shows side by side."""

from __future__ import annotations

from kedge.catalog import (
    Check,
    Column,
    Counter,
    Exclusion,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    Part,
    PrimaryKey,
    Sequence,
    Unique,
    Unknown,
)


def column_words(column: Column) -> str:
    words = [_text(column.type)]
    if not column.nullable:
        words.append("not null")
    if column.computed is not None:
        words.append("generated")
    elif column.identity is not None:
        words.append(identity_words(column.identity))
    elif column.default is not None:
        words.append(f"default {_text(column.default)}")
    return " ".join(words)


def identity_words(identity: Identity) -> str:
    if identity.kind == "serial":
        word = (
            "serial" if identity.sequence is None else f"nextval of {identity.sequence}, owned by no column"
        )
    else:
        word = f"generated {identity.kind} as identity"
    options = counter_words(identity.counter)
    return f"{word} ({options})" if options else word


def counter_words(counter: Counter) -> str:
    words = [f"as {counter.type}"] if counter.type else []
    natural_start = (counter.minimum or 1) if counter.increment > 0 else (counter.maximum or -1)
    if counter.start != natural_start:
        words.append(f"start {counter.start}")
    if counter.increment != 1:
        words.append(f"increment {counter.increment}")
    if counter.minimum is not None:
        words.append(f"minvalue {counter.minimum}")
    if counter.maximum is not None:
        words.append(f"maxvalue {counter.maximum}")
    if counter.cycle:
        words.append("cycle")
    return ", ".join(words)


def sequence_words(sequence: Sequence) -> str:
    return counter_words(sequence.counter)


def part_words(part: Part) -> str:
    if isinstance(part, PrimaryKey):
        return f"primary key ({', '.join(part.columns)}){_include(part.include)}{_deferral(part)}"
    if isinstance(part, Unique):
        nulls = " nulls not distinct" if part.nulls_not_distinct else ""
        return f"unique{nulls} ({', '.join(part.columns)}){_include(part.include)}{_deferral(part)}"
    if isinstance(part, ForeignKey):
        return foreign_key_words(part)
    if isinstance(part, Check):
        return f"check {_text(part.expression)}"
    if isinstance(part, Exclusion):
        return exclusion_words(part)
    return index_words(part)


def foreign_key_words(part: ForeignKey) -> str:
    words = f"({', '.join(part.columns)}) → {target_words(part)}"
    if part.on_delete != "no action":
        words += f" on delete {on_delete_words(part)}"
    if part.on_update != "no action":
        words += f" on update {part.on_update}"
    return words + _deferral(part)


def on_delete_words(part: ForeignKey) -> str:
    columns = f" ({', '.join(part.on_delete_columns)})" if part.on_delete_columns else ""
    return part.on_delete + columns


def target_words(part: ForeignKey) -> str:
    return f"{part.target_schema}.{part.target_table} ({', '.join(part.target_columns)})"


def index_words(part: Index) -> str:
    unique = "unique " if part.unique else ""
    method = "" if part.method == "btree" else f"{part.method} "
    where = f" where {_text(part.predicate)}" if part.predicate is not None else ""
    return f"{unique}index {method}({', '.join(map(key_words, part.keys))}){_include(part.include)}{where}"


def exclusion_words(part: Exclusion) -> str:
    pairs = zip(part.keys, part.operators or ("?",) * len(part.keys), strict=False)
    where = f" where {_text(part.predicate)}" if part.predicate is not None else ""
    keys = ", ".join(f"{key_words(k)} with {o}" for k, o in pairs)
    return f"exclude {part.method} ({keys}){where}{_deferral(part)}"


def key_words(key: IndexKey) -> str:
    words = key.column or _text(key.expression)
    if key.collation:
        words += f" collate {key.collation}"
    if key.opclass:
        words += f" {key.opclass}"
    return words + sorting_words(key)


def sorting_words(key: IndexKey) -> str:
    """DESC puts NULLs first by itself, ASC last."""
    words = " desc" if key.descending else ""
    if key.nulls_first != key.descending:
        words += " nulls first" if key.nulls_first else " nulls last"
    return words


def deferral_words(part: PrimaryKey | Unique | ForeignKey | Exclusion) -> str:
    if not part.deferrable:
        return "not deferrable"
    return "deferrable initially " + ("deferred" if part.initially_deferred else "immediate")


def _deferral(part: PrimaryKey | Unique | ForeignKey | Exclusion) -> str:
    return f" {deferral_words(part)}" if part.deferrable else ""


def _include(columns: tuple[str, ...]) -> str:
    return f" include ({', '.join(columns)})" if columns else ""


def _text(fact: str | Unknown | None) -> str:
    return "(unknown)" if isinstance(fact, Unknown) else str(fact)
