"""A signal at the worst instant: before a run has begun, inside what turns it into another error, again and again."""

import subprocess
import sys

import pytest
from conftest import Program

if sys.platform == "win32":
    pytest.skip("signals as POSIX has them", allow_module_level=True)

STRIKE = "import os, sys, signal\nfrom supportctl import __main__\ndef strike(): os.kill(os.getpid(), signal.SIGTERM)\n"
MOMENTS = {
    "before the run": "from supportctl.cli.run import streams\nstreams.prepare = strike\n",
    "inside another error": """
from supportctl.cli import queue
def strike_as_other(*_):
    try: strike()
    except BaseException: raise RuntimeError('wrapped') from None
import supportctl.cli.run.session as s
s.Session.desk_named = strike_as_other
""",
    "a desk just opened": """
import supportctl.store.sqlite.connection as c
real = c.connect
def connect(*args, **options):
    db = real(*args, **options)
    db.execute('select count(*) from tickets').fetchone()
    strike()
    return db
c.connect = connect
""",
    "six times": """
import supportctl.cli.run.session as s
def six_times(*_):
    try: strike()
    finally: [strike() for _ in range(5)]; sys.stderr.write('tidied ')
s.Session.desk_named = six_times
""",
}


@pytest.mark.parametrize(
    "moment",
    [pytest.param(name, marks=pytest.mark.about_the_file) if "sqlite" in MOMENTS[name] else name for name in MOMENTS],
)
def test_a_signal_ends_the_run_cleanly_wherever_it_comes(staffed: Program, moment: str) -> None:
    """One sentence, the shell's exit code, and no file left of a connection that nobody had taken charge of."""
    code = STRIKE + MOMENTS[moment] + "sys.argv = ['supportctl', 'queue']\n__main__.main()\n"
    done = subprocess.run([sys.executable, "-c", code], env=staffed.environment(), capture_output=True, timeout=60)

    assert done.returncode == 143, done.stderr
    said = b"supportctl: Terminated. Nothing was left half-done.\n"
    assert done.stderr == (b"tidied " if moment == "six times" else b"") + said
    assert [path for path in staffed.desk.parent.iterdir() if path != staffed.desk] == []


def test_who_asks_a_third_time_gets_the_end_at_once(staffed: Program) -> None:
    code = STRIKE + "import supportctl.cli.run.session as s\n__main__.PATIENCE = 0\n"
    code += """
def endless(*_):
    while True:
        try: strike()
        except BaseException: sys.stderr.write('heard '); sys.stderr.flush()
s.Session.desk_named = endless
sys.argv = ['supportctl', 'queue']
__main__.main()
"""
    done = subprocess.run([sys.executable, "-c", code], env=staffed.environment(), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (143, b"heard heard ")
