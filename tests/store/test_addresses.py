"""The address of a shared desk: no password gets past it, whatever is wrong with it, and what libpq is told beside it."""

import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from conftest import Program
from psycopg2 import OperationalError, ProgrammingError

from supportctl.errors import InputError
from supportctl.store.postgres.address import checked, connection_settings
from supportctl.store.postgres.errors import in_words

SECRET = "s3cret"
PASSWORDS = [
    "postgresql://u:s3cret@h/db", "postgres://u:s3cret@h/db", "POSTGRESQL://u:s3cret@h/db", " Postgres://u:s3cret@h ",
    "postgresql://u:s3cret@h:port/db", "postgresql://u:s3cret@h:1,g:2/db", "postgresql://u:s3@cret@h/s3cret",
    "postgresql:/u:s3cret@h/db", "postgresql:u:s3cret@h", "postgresql:///u:s3cret@h/db", "postgresql://u%3As3cret@h/db",
    "postgresql://h/db?password=s3cret", "postgresql://h/db?PASSWORD=s3cret", "postgresql://h/db?%70assword=s3cret",
    "postgresql://h/db?user=u;password=s3cret", "postgresql://h/db?user=u&passwd=s3cret&",
    "postgresql://h/db?sslpassword=s3cret", "postgresql://u:12/s3cret@h/db", "postgresql://u:12#s3cret@h/db",
    "postgresql://u:12?s3cret@h/db", "postgresql://u:12?a=s3cret@h/db", "postgresql://u:[s3cret@h/db",
    "postgresql://u:s3cret%zz@h/db", "postgresql://h/db?s3cret", "postgresql://u@h/db?s3cret=1",
    "postgresql+psycopg2://u:s3cret@h/db", "host=h user=u password=s3cret dbname=db", "postgresql://u:1:s3cret/db",
]  # fmt: skip


@pytest.mark.parametrize("address", PASSWORDS)
def test_a_password_is_refused_and_never_repeated(desk: Program, tmp_path: Path, address: str) -> None:
    for ran in (
        desk("--db", address, "log", "--from", "a@example.com", "--subject", "x"),
        desk("queue", "--json", env={"SUPPORTCTL_DB": address}),
        desk("db", "path", "--db", address),
        desk("db", "create", address),
        desk("db", "copy", desk.address, address),
        desk("reply", "1", "--body", "x", env={"SUPPORTCTL_DB": address}),
    ):
        assert (ran.code, SECRET in ran.out + ran.err) == (2, False), ran.err
    assert [path for path in tmp_path.rglob("*") if SECRET in path.name] == []


@pytest.mark.parametrize(
    "command", ["lookup", "show", "customer add", "queue --tier", "search", "db restore", "help", ""]
)
def test_an_address_in_the_wrong_place_is_repeated_without_its_password(desk: Program, command: str) -> None:
    assert SECRET not in desk(*command.split(), "postgresql://u:s3cret@h/db").err


@pytest.mark.parametrize(
    ("named", "address"),
    [
        ("postgresql://u@h/db", "postgresql://u@h/db"),
        (" POSTGRES://u@h:1/db?sslmode=disable ", "postgresql://u@h:1/db?sslmode=disable"),
        ("postgresql://u%40corp@h1:1,h2:2/db", "postgresql://u%40corp@h1:1,h2:2/db"),
        ("postgresql://u@[::1]:5/db", "postgresql://u@[::1]:5/db"),
        ("postgresql:///db?host=/run&user=u@corp", "postgresql:///db?host=/run&user=u@corp"),
        ("postgresql://?service=desk", "postgresql://?service=desk"),
    ],
)
def test_other_addresses_are_one_whatever_their_spelling(named: str, address: str) -> None:
    assert checked(named) == address


FAR, NEAR = ("verify-full", "system"), ("prefer", None)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://u@db.example.com/desk", FAR),
        ("postgresql://u@192.0.2.1/desk", FAR),
        ("postgresql://u@localhost,db.example.com/desk", FAR),
        ("postgresql:///desk?host=db.example.com", FAR),
        ("postgresql:///desk?hostaddr=192.0.2.1", FAR),
        ("postgresql://?service=far", FAR),
        ("postgresql://?service=unknown", NEAR),
        ("postgresql://?service=near", NEAR),
        ("postgresql://?service=own", (None, None)),
        ("postgresql://u@127.0.0.1:5/desk", NEAR),
        ("postgresql://u@[::1]/desk", NEAR),
        ("postgresql:///desk", NEAR),
        ("postgresql:///desk?host=/run/postgresql", NEAR),
        ("postgresql://u@db.example.com/desk?sslmode=disable", (None, None)),
        ("postgresql://u@db.example.com/desk?sslmode=verify-full", (None, "system")),
        ("postgresql://u@db.example.com/desk?sslrootcert=/ca.crt", ("verify-full", None)),
    ],
)
def test_what_leaves_the_machine_is_encrypted_and_the_server_known(
    tmp_path: Path, address: str, expected: tuple[str | None, str | None]
) -> None:
    """Unless the address, the service or the environment says otherwise."""
    services = "[near]\nhost=localhost\n\n[far]\nhost = db.example.com\n[own]\nhost=db.example.com\nsslmode=require\n"
    (tmp_path / ".pg_service.conf").write_text(services)
    given = connection_settings(address, {"HOME": str(tmp_path)})
    assert (given.get("sslmode"), given.get("sslrootcert")) == expected


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('FATAL:  role "kim" does not exist\n', "does not let this user in"),
        ('FATAL:  database "kim" does not exist\n', "has no database of this name"),
        ("FATAL:  sorry, too many clients already\n", "has no connection to spare"),
        ("FATAL:  the database system is starting up\n", "is starting or shutting down"),
        ("FATAL:  Passwort-Authentifizierung für Benutzer »kim« fehlgeschlagen\n", "refuses the connection: Passwort-"),
        ("致命的エラー:  ロール\"kim\"は存在しません\n", "refuses the connection: ロール"),
        (
            'connection to server at "h" (::1), port 5432 failed: Connection refused\n\tIs the server running?\n'
            'connection to server at "h" (1.2.3.4), port 5432 failed: FATAL:  password authentication failed for "k"\n',
            "refuses this user's password",
        ),
        ("server closed the connection unexpectedly\n\tThis probably means …\n", "was lost"),
        ("SSL SYSCALL error: EOF detected\n", "was lost"),
        ("could not receive data from server: Connection timed out\n", "cannot be reached: could not receive data"),
        ("", "cannot be reached: no reason was given."),
    ],
)  # fmt: skip
def test_what_is_said_without_a_code_is_understood_in_any_language(said: str, words: str) -> None:
    known = in_words("postgresql://kim@h/desk", OperationalError(said))
    assert known is not None and words in known.message


def test_what_is_wrong_with_an_address_is_not_repeated() -> None:
    known = in_words("postgresql://kim@h/desk", ProgrammingError('invalid dsn: invalid URI query parameter: "s3cret"'))
    assert isinstance(known, InputError) and SECRET not in known.message + known.hint


def test_our_own_fault_stays_one() -> None:
    assert in_words("postgresql://kim@h/desk", psycopg2.errors.SyntaxError("syntax error")) is None
    assert in_words("postgresql://kim@h/desk", ProgrammingError("no results to fetch")) is None


def test_without_the_driver_it_is_said_how_to_install_it(desk: Program) -> None:
    code = "import sys\nsys.modules['psycopg2'] = None\nfrom supportctl.__main__ import main\n"
    words = [sys.executable, "-c", f"{code}sys.argv = ['supportctl', 'queue']\nmain()"]
    env = desk.environment() | {"SUPPORTCTL_DB": "postgresql://u@h/db"}
    done = subprocess.run(words, env=env, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (6, b"")
    assert b"`pip install 'supportctl[postgres]'`" in done.stderr
    completing = {"_SUPPORTCTL_COMPLETE": "complete_bash", "_SUPPORTCTL_LINE": "supportctl show "}
    done = subprocess.run(words, env=env | completing, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_completion_says_nothing_of_a_server_that_is_away(desk: Program) -> None:
    env = {"SUPPORTCTL_DB": "postgresql://u@127.0.0.1:1/db", "_SUPPORTCTL_COMPLETE": "complete_bash"}
    for line in ("supportctl show ", "supportctl assign 1 ", "supportctl log --tier ", "supportctl lookup "):
        ran = desk(env=env | {"_SUPPORTCTL_LINE": line})
        assert (ran.code, ran.out, ran.err) == (0, "", "")
