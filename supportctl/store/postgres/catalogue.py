"""What a shared desk consists of, as the server describes it, compared with a desk that is made for the comparison.

How a server words a trigger or a view differs from version to version, so it is asked to word ours as well: in a schema
of their own, in a transaction that is rolled back.
"""

import re
from collections.abc import Iterator
from functools import cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg2 import errors

from supportctl.store.postgres.desk import PostgresDesk
from supportctl.store.postgres.schema import statements

if TYPE_CHECKING:
    from collections.abc import Collection

SCHEMA = "supportctl"


class DeskObject(NamedTuple):
    """Something in the schema of a desk: its kind, its name, the table it belongs to, and how the server words it.

    `definition` is None where only the name is known.
    """

    kind: str
    name: str
    table: str
    definition: str | None

    @property
    def identity(self) -> tuple[str, str, str]:
        return self[:3]


class Deviation(NamedTuple):
    """What is missing, changed or not ours; `declared` is what it should be, None if it is not ours."""

    there: DeskObject | None
    declared: DeskObject | None

    @property
    def of(self) -> DeskObject:
        """The object itself, as it should be or as it is."""
        return self.declared or self.there  # type: ignore[return-value]  # one of them is always there


# Every kind of thing that holds, guards, computes or shows data. What the server makes by itself is left out: indexes
# of keys, triggers of references, types of rows. A view named my_ may be anybody's: nothing of ours reads it.
_OBJECTS = r"""
with c as (select * from pg_class where relnamespace = '{schema}'::regnamespace)
select kind, name, of, definition from (
    select case relkind when 'r' then 'table' when 'p' then 'table' when 'v' then 'view' when 'S' then 'sequence'
            when 'm' then 'materialized view' else 'foreign table' end as kind, relname::text as name, '' as of,
        case when relkind in ('v', 'm') then pg_get_viewdef(oid)
            else concat(relpersistence, relrowsecurity, relforcerowsecurity) end as definition
    from c where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not (relkind = 'v' and relname like 'my\_%')
    union all select 'column', concat(c.relname, '.', a.attname), c.relname, concat_ws(' ',
        format_type(a.atttypid, a.atttypmod), nullif(a.attcollation::regcollation::text, '-'), a.attnotnull,
        a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
    from c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum where c.relkind in ('r', 'p')
    union all select 'constraint', k.conname, c.relname, pg_get_constraintdef(k.oid)
    from c join pg_constraint k on k.conrelid = c.oid where k.contype in ('c', 'f', 'p', 'u', 'x')
    union all select 'index', x.relname, c.relname, concat(pg_get_indexdef(i.indexrelid),
        case when not i.indisvalid then ' (invalid)' end)
    from c join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid
    where not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
    union all select 'trigger', t.tgname, c.relname, concat(pg_get_triggerdef(t.oid),
        case t.tgenabled when 'O' then '' else concat(' (', t.tgenabled, ')') end)
    from c join pg_trigger t on t.tgrelid = c.oid where not t.tgisinternal
    union all select 'rule', r.rulename, c.relname, pg_get_ruledef(r.oid)
    from c join pg_rewrite r on r.ev_class = c.oid where r.rulename <> '_RETURN'
    union all select 'policy', p.polname, c.relname, concat_ws(' ', p.polcmd, pg_get_expr(p.polqual, p.polrelid),
        pg_get_expr(p.polwithcheck, p.polrelid)) from c join pg_policy p on p.polrelid = c.oid
    union all select 'function', concat(proname, '(', pg_get_function_identity_arguments(oid), ')'), '',
        case when prokind in ('f', 'p') then pg_get_functiondef(oid) else prosrc end
    from pg_proc where pronamespace = '{schema}'::regnamespace
) every order by kind, of, name
"""
_IN_ORDER = ("table", "column", "constraint", "index", "function", "view", "trigger")
_NAMED = re.compile(
    r"\b(create|drop) (?:or replace )?(?:unique |unlogged |constraint )?(table|index|view|function|trigger) (\w+)"
    r"(?:[^;]*? on (\w+))?",
    re.IGNORECASE,
)


def objects(db: PostgresDesk, schema: str = SCHEMA) -> list[DeskObject]:
    """Everything in a schema, worded as if it were in ours. Raises psycopg2.Error."""
    rows = db.send(f"set local search_path = pg_catalog; {_OBJECTS.format(schema=schema)}").fetchall()
    return [_object(row, schema) for row in rows]


def _object(row: Any, schema: str) -> DeskObject:
    kind, name, table, definition = (str(value or "").replace(f"{schema}.", f"{SCHEMA}.") for value in row)
    return DeskObject(kind, name, table, definition)


@cache
def declared(address: str) -> tuple[DeskObject, ...]:
    """What the desk at an address should consist of: in full, or the names alone if this user may make no schema."""
    db, made = PostgresDesk(address), f"{SCHEMA}_{token_hex(8)}"
    try:
        db.send(f"begin; create schema {made}; set local search_path = {made}, pg_temp; {statements()}")
        return tuple(objects(db, made))
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction):
        return tuple(_by_name())
    finally:
        db.close()  # which rolls it back


def _by_name() -> list[DeskObject]:
    """The names in the statements that make a desk."""
    found: dict[tuple[str, str], DeskObject] = {}
    for verb, kind, name, table in _NAMED.findall(statements()):
        if verb.lower() == "create":
            found[kind, name] = DeskObject(kind, name, table if kind in ("index", "trigger") else "", None)
        else:
            found.pop((kind, name), None)
    return list(found.values())


def is_by_name(address: str) -> bool:
    """Whether a desk is compared by names alone."""
    return all(each.definition is None for each in declared(address))


def deviations(db: PostgresDesk) -> list[Deviation]:
    """What of the desk is not as declared: what is missing or changed, in the order in which it can be made again."""
    ours = {each.identity: each for each in declared(db.address)}
    beside = PostgresDesk(db.address)
    try:
        there = {each.identity: each for each in objects(beside)}
    finally:
        beside.close()
    if is_by_name(db.address):
        there = dict(_only_named(there.values(), {kind for kind, _, _ in ours}))
    missing = {each.name for each in ours.values() if each.kind == "table" and each.identity not in there}
    changed = [
        Deviation(there.get(key), each)
        for key, each in ours.items()
        if not _alike(there.get(key), each) and each.table not in missing  # all that is on it is missing with it
    ]
    strange = [Deviation(each, None) for key, each in there.items() if key not in ours]
    return sorted(changed, key=_when) + strange


def _only_named(there: "Collection[DeskObject]", kinds: set[str]) -> Iterator[tuple[tuple[str, str, str], DeskObject]]:
    """What is there, without what a list of names cannot have, and without the arguments of functions."""
    for each in there:
        if each.kind in kinds:
            plain = each._replace(name=each.name.partition("(")[0])
            yield plain.identity, plain


def _alike(there: DeskObject | None, declared: DeskObject) -> bool:
    return there is not None and declared.definition in (None, there.definition)


def _when(deviation: Deviation) -> int:
    kind = deviation.of.kind
    return _IN_ORDER.index(kind) if kind in _IN_ORDER else len(_IN_ORDER)


def references_off(db: PostgresDesk) -> list[str]:
    """The tables whose references the server no longer looks at, because somebody switched them off."""
    rows = db.send(
        f"select distinct c.relname::text from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        f" where c.relnamespace = '{SCHEMA}'::regnamespace and t.tgisinternal and t.tgenabled <> 'O' order by 1"
    ).fetchall()
    return [name for (name,) in rows]


def again(what: DeskObject, there: bool) -> str:
    """The statements that make an index, a function, a view, a constraint or a trigger, in place of what is there."""
    table = f"{SCHEMA}.{what.table}"
    if what.kind == "constraint":
        drop = f"alter table {table} drop constraint {what.name};\n" if there else ""
        return f"{drop}alter table {table} add constraint {what.name} {what.definition}"
    if what.kind == "function":
        return what.definition or ""
    on = f" on {table}" if what.kind == "trigger" else ""
    name = what.name if on else f"{SCHEMA}.{what.name}"
    drop = f"drop {what.kind} {name}{on};\n" if there else ""
    return f"{drop}create view {name} as {what.definition}" if what.kind == "view" else f"{drop}{what.definition}"
