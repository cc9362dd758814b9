"""Who may do what on a shared desk: the roles of its database, and the logins of the server that have them.

A login is the server's: it is made, and gets its password, there.
"""

from typing import TYPE_CHECKING

from psycopg2 import errors, extensions

from supportctl.errors import DeskUnusable, InputError, NotOnRecord
from supportctl.store.place import LoginRole, Roles
from supportctl.store.postgres import rights
from supportctl.store.postgres.script import PREFIX, Script

if TYPE_CHECKING:
    from supportctl.store.postgres.desk import PostgresDesk

OWNER, SUPERUSER = "owner", "superuser"
RANKS = (SUPERUSER, OWNER, rights.LEAD, rights.AGENT, rights.READER)  # of several the first counts
_NAMES = f"{PREFIX}; select {', '.join(f'role_name({role!r})' for role in rights.ROLES)}"
_MEMBERS = f"""{PREFIX};
with recursive has (role, member) as (
    select '{OWNER}', nspowner from pg_namespace where nspname = 'supportctl'
    union select r.role, g.oid from (values ('{rights.LEAD}'), ('{rights.AGENT}'), ('{rights.READER}')) r (role)
        join pg_roles g on g.rolname = role_name(r.role)
    union select h.role, m.member from has h join pg_auth_members m on m.roleid = h.member
)
select l.rolname, h.role from has h join pg_roles l on l.oid = h.member where l.rolcanlogin and not l.rolsuper
union select rolname, '{SUPERUSER}' from pg_roles where rolsuper and rolcanlogin
"""
_VIEWS = r"""
select format('supportctl.%I', viewname) from pg_views where schemaname = 'supportctl' and viewname like 'v\_%'
"""
_MAY_CREATE = "select 1 from pg_roles where rolname = current_user and (rolcreaterole or rolsuper)"
_ASK = "Ask who runs the server for: {}."


def listed(db: "PostgresDesk") -> Roles:
    """Every login that has a role, by role and name; and what is missing, with who can make it."""
    found: dict[str, str] = {}
    for login, role in db.send(_MEMBERS).fetchall():
        found[login] = min(role, found.get(login, role), key=RANKS.index)
    every = [LoginRole(login, role) for login, role in found.items()]
    missing = _missing(db)
    said = f"Its roles are not made yet: {', '.join(missing)}." if missing else ""
    hint = "The next --grant makes them." if missing and _may_create(db) else _ASK.format(_making(db, missing))
    remarks = [f"{said} {hint}"] if said else []
    return Roles(sorted(every, key=lambda each: (RANKS.index(each.role), each.login)), remarks)


def make(db: "PostgresDesk") -> None:
    """Make the roles that are missing, where this login may, and give them all the rights that they should have.

    Joins the caller's transaction if there is one.
    """
    statements = _statements(db)
    if isinstance(db.script, Script):
        db.script.flush(";\n".join(statements))
    elif statements:
        db.send(";\n".join(["begin", *statements, "commit"]))


def _statements(db: "PostgresDesk") -> list[str]:
    """The statements that do that; none where a role is missing that this login may not make."""
    missing = _missing(db)
    if missing and not _may_create(db):
        return []
    names = _quoted(db)
    views = [name for (name,) in db.send(_VIEWS).fetchall()]
    database = _quote(db, db.send("select current_database()").fetchone()[0])
    return [*(f"create role {names[role]} nologin" for role in missing), *rights.statements(names, views, database)]


def grant(db: "PostgresDesk", login: str, role: str) -> None:
    """Give a login this role, in place of another. Raises InputError, NotOnRecord, DeskUnusable."""
    _refuse_unknown(db, login)
    names, who = _quoted(db), _quote(db, login)
    others = [f"revoke {names[other]} from {who}" for other in rights.ROLES if other != role]
    try:
        make(db)
        if missing := _missing(db):
            raise DeskUnusable(
                f"The roles of the desk at {db.address} are not made yet.", _ASK.format(_making(db, missing))
            )
        db.send(";\n".join(["begin", *others, f"grant {names[role]} to {who}", "commit"]))
    except errors.InsufficientPrivilege as error:
        raise _refused(db, f"grant {names[role]} to {who}") from error


def revoke(db: "PostgresDesk", login: str) -> None:
    """Take its role from a login. Raises NotOnRecord, DeskUnusable."""
    _refuse_unknown(db, login)
    mine = _groups(db, login)
    if not mine:
        raise NotOnRecord(f"{login} has no role of its own here.", "See who has: `supportctl db roles`.")
    taking = [f"revoke {_quoted(db)[role]} from {_quote(db, login)}" for role in mine]
    try:
        db.send(";\n".join(["begin", *taking, "commit"]))
    except errors.InsufficientPrivilege as error:
        raise _refused(db, "; ".join(taking)) from error
    if _groups(db, login):  # from PostgreSQL 16 on a role given by somebody else stays, with no more than a warning
        raise _refused(db, "; ".join(taking))


def _refused(db: "PostgresDesk", said: str) -> DeskUnusable:
    return DeskUnusable(
        f"The desk at {db.address} does not let this login give roles.",
        f"Let its owner do it (`supportctl db roles`), or ask who runs the server for: {said}.",
    )


def _refuse_unknown(db: "PostgresDesk", login: str) -> None:
    """Raise NotOnRecord for what is not at the server, InputError for what needs no role."""
    asked = (
        f"{PREFIX}; select r.rolsuper or pg_has_role(r.oid, n.nspowner, 'member') from pg_roles r, pg_namespace n"
        " where n.nspname = 'supportctl' and r.rolname = ?"
    )
    found = db.send(db.filled(asked, [login])).fetchone()
    if found is None or login in _names(db).values():
        raise NotOnRecord(
            f"The server has no login {login}.", "Ask who runs it to create one; supportctl itself never does."
        )
    if found[0]:
        raise InputError(f"{login} owns the desk, and may do anything already.", "Name another login.")


def _groups(db: "PostgresDesk", login: str) -> list[str]:
    """The roles that a login has by itself, not as a member of something else."""
    asked = (
        "select g.rolname from pg_auth_members m join pg_roles g on g.oid = m.roleid"
        " join pg_roles l on l.oid = m.member where l.rolname = ?"
    )
    has = {name for (name,) in db.send(db.filled(asked, [login])).fetchall()}
    return [role for role, name in _names(db).items() if name in has]


def _names(db: "PostgresDesk") -> dict[str, str]:
    """What the roles are called at the server."""
    return dict(zip(rights.ROLES, db.send(_NAMES).fetchone(), strict=True))


def _quoted(db: "PostgresDesk") -> dict[str, str]:
    return {role: _quote(db, name) for role, name in _names(db).items()}


def _quote(db: "PostgresDesk", name: str) -> str:
    quoted: str = extensions.quote_ident(name, db.connection)
    return quoted


def _missing(db: "PostgresDesk") -> list[str]:
    there = {name for (name,) in db.send("select rolname from pg_roles").fetchall()}
    return [role for role, name in _names(db).items() if name not in there]


def _may_create(db: "PostgresDesk") -> bool:
    return db.send(_MAY_CREATE).fetchone() is not None


def _making(db: "PostgresDesk", missing: list[str]) -> str:
    """What makes the roles so that the owner of the desk can give them."""
    owner = db.send("select nspowner::regrole::text from pg_namespace where nspname = 'supportctl'").fetchone()[0]
    names = _quoted(db)
    return "`" + "; ".join(f"create role {names[role]} admin {owner}" for role in missing) + "`"
