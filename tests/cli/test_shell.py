"""How the program begins and ends, whatever its commands do: real processes, since that is what scripts see."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import supportctl
from supportctl.cli.run.commands import ALIASES, COMMANDS, Root

PROBE = str(Path(__file__).with_name("probe.py"))
posix = pytest.mark.skipif(os.name != "posix", reason="signals, /dev/full and closed descriptors are POSIX")


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, without settings of the user's own, finding the package that this test imported."""
    mine = ("SUPPORTCTL_", "_SUPPORTCTL", "NO_COLOR", "PYTHONIOENCODING", "PYTHONUTF8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(mine)}
    return kept | {"PYTHONPATH": str(Path(supportctl.__file__).parents[1])} | changes


def run(*args: str | bytes, env: Mapping[str, str] = {}, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the program with the `probe` command, without a terminal."""
    defaults: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if "input" not in settings:
        defaults["stdin"] = subprocess.DEVNULL
    command: list[str | bytes] = [sys.executable, PROBE, *args]
    made: subprocess.CompletedProcess[bytes] = subprocess.run(
        command, env=environment(**env), timeout=60, check=False, **(defaults | settings)
    )
    return made


def shell(script: str, *args: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as `"$@"` within a line of shell."""
    command = ["sh", "-c", script, "sh", sys.executable, PROBE, *args]
    return subprocess.run(command, env=environment(), capture_output=True, timeout=60, check=False)


def told(result: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    """The error that JSON output promises on standard error."""
    error: dict[str, Any] = json.loads(result.stderr)["error"]
    assert set(error) == {"code", "message", "hint", "clause"}
    return error


# Help


def test_without_a_command_it_prints_its_help() -> None:
    """Naming nothing is a question, not a mistake."""
    result = run()
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"The four jobs:" in result.stdout and b"--db PATH" in result.stdout


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_of_a_command_names_its_own_options_and_points_to_the_rest(option: str) -> None:
    """Ten lines on every page that say the same thing hide the one that matters."""
    result = run("probe", "secret", option)
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"--key" in result.stdout and b"--db" not in result.stdout
    assert b"Options everywhere: see supportctl --help." in result.stdout


def test_help_fits_80_columns() -> None:
    """Old consoles wrap what is longer."""
    assert max(map(len, run("--help").stdout.decode().splitlines())) <= 80


def test_version() -> None:
    """One line, on standard output."""
    assert run("--version").stdout.decode() == f"supportctl {supportctl.__version__}\n"


def test_help_loads_no_command() -> None:
    """The table of commands is all that the top-level help reads."""
    code = (
        "import sys, io; from supportctl.cli.run import commands as app, session;"
        "app.run(['--help'], session.Session(stdout=io.StringIO()));"
        "modules = set(map(app.module_of, app.COMMANDS)) | {'rich'};"
        "print(sorted(modules & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, env=environment(), capture_output=True, check=True).stdout == b"[]\n"


@pytest.mark.parametrize("name", [*COMMANDS, *ALIASES])
def test_every_command_of_the_table_loads(name: str) -> None:
    """A lazily loaded command that is missing would be noticed by its first user only."""
    root = Root()
    command = root.get_command(root.make_context("supportctl", [], resilient_parsing=True), name)
    assert command is not None and command.help


def test_an_error_repeats_no_more_of_a_value_than_fits_a_line() -> None:
    """Five thousand digits are no ticket's number, nobody wants to read them again, and they may be a key."""
    said = run("show", "9" * 5000).stderr.decode()
    assert said.startswith("supportctl: ID: '****9999' is not a whole number") and len(said) < 160


# The options everywhere


@pytest.mark.parametrize(
    "args",
    [
        ["--db", "d", "--agent", "ann", "-o", "csv", "-yq", "--no-input", "--color", "always", "probe", "given"],
        ["probe", "--db", "d", "--agent", "ann", "-o", "csv", "-yq", "--no-input", "--color", "always", "given"],
        ["probe", "given", "--db", "d", "--agent", "ann", "-o", "csv", "-yq", "--no-input", "--color", "always"],
    ],
)
def test_options_are_accepted_before_and_after_the_command(args: list[str]) -> None:
    """And between a noun and its verb."""
    assert run(*args).stdout == b"d ann csv True True True True\n"


@pytest.mark.parametrize(
    ("args", "format"),
    [
        (["--json", "probe", "given", "-o", "json"], b"json"),
        (["-o", "json", "probe", "given", "--json"], b"json"),
        (["-o", "csv", "probe", "given", "-o=csv"], b"csv"),
        (["probe", "given"], b"plain"),
        (["probe", "given", "-o", "html"], b"html"),
        (["probe", "given", "-ocsv"], b"csv"),
        (["probe", "given", "-o=csv"], b"csv"),
    ],
)
def test_the_format_is_the_one_that_is_asked_for(args: list[str], format: bytes) -> None:
    """`--json` is `-o json` by another name; piped, the default is plain. Two that differ: test_contradictions.py."""
    assert run(*args).stdout.split()[2] == format


def test_the_environment_speaks_where_the_command_line_does_not() -> None:
    """And an empty variable does not speak."""
    env = {"SUPPORTCTL_DB": "e", "SUPPORTCTL_AGENT": "eve", "SUPPORTCTL_NOW": "", "SUPPORTCTL_TZ": ""}
    assert run("probe", "given", env=env).stdout.split()[:2] == [b"e", b"eve"]
    assert run("--agent", "ann", "probe", "given", env=env).stdout.split()[:2] == [b"e", b"ann"]


@pytest.mark.parametrize(
    "args",
    [
        ["--db", ""],
        ["--agent", ""],
        ["-o", "xml"],
        ["-o", ""],
        ["--color", "red"],
        ["--now", "teatime"],
        ["--tz", "Mars/X"],
    ],
)
def test_an_option_that_cannot_be_honoured_is_a_wrong_command_line(args: list[str]) -> None:
    """Before the command does anything, and by name."""
    result = run("probe", "given", *args)
    assert (result.returncode, result.stdout) == (2, b"")
    assert args[1].encode() in result.stderr


def test_a_format_that_this_command_does_not_have_is_refused_beforehand() -> None:
    """Not after the work is done."""
    result = run("probe", "lines", "1", "-o", "html")
    assert (result.returncode, result.stdout) == (2, b"")


# Wrong command lines


@pytest.mark.parametrize(
    ("args", "meant"),
    [
        (["chek"], "check"),
        (["prob"], "probe"),
        (["probe", "anser", "1"], "answer"),
        (["probe", "given", "--jsn"], "--json?"),
        (["breaches", "--withn", "2h"], "--within?"),
    ],
)
def test_a_typo_is_answered_with_what_was_meant(args: list[str], meant: str) -> None:
    """For commands, verbs and options alike."""
    result = run(*args)
    assert result.returncode == 2
    assert f"Did you mean {meant}" in result.stderr.decode()


def test_a_number_that_is_none_is_refused_in_words() -> None:
    assert (
        run("show", "x").stderr
        == b"supportctl: ID: 'x' is not a whole number of 1 or more. See supportctl show --help.\n"
    )
    assert b"--limit: '0' is not a whole number of 1 or more." in run("queue", "--limit", "0").stderr


@pytest.mark.parametrize(
    ("args", "see"),
    [
        (["bug", "list", "--version", "1"], "supportctl bug list"),
        (["next", "--tier", "PRO"], "supportctl next"),
        (["reply", "1", "--template"], "supportctl reply"),
        (["--db"], "supportctl"),
    ],
)
def test_what_was_meant_by_nothing_near_is_in_the_help_of_that_command(args: list[str], see: str) -> None:
    assert run(*args).stderr.decode().endswith(f". See {see} --help.\n")


@pytest.mark.parametrize(
    "args", [["probe"], ["probe", "answer"], ["probe", "answer", "x"], ["probe", "answer", "1", "2"], ["--db"], ["-x"]]
)
def test_a_wrong_command_line_is_one_line_and_exit_2(args: list[str]) -> None:
    """One sentence on what happened, one on what to do."""
    result = run(*args)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"supportctl: ") and result.stderr.count(b"\n") == 1


@pytest.mark.parametrize("asked", [["--json"], ["-o", "json"], ["-ojsonl"], ["--output=json"], ["-qo", "json"]])
def test_an_error_is_json_where_json_was_asked_for_even_if_nothing_parsed(asked: list[str]) -> None:
    """Anywhere on the line."""
    for args in (["nonsense", *asked], [*asked, "--nonsense"], ["probe", "answer", *asked]):
        result = run(*args)
        assert result.returncode == 2
        assert told(result)["code"] == "input"


@pytest.mark.parametrize(
    "args",
    [
        ["probe", "secret", "--key", "a", "SECRETKEY"],
        ["probe", "secret", "--keySECRETKEY"],
        ["probe", "secret", "--secret", "SECRETKEY"],
        ["probe", "secret", "--kez=SECRETKEY"],
        ["SECRETKEY-1234"],
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(args: list[str]) -> None:
    """Error lines end up in logs and mails."""
    result = run(*args)
    assert result.returncode == 2
    assert b"SECRETKEY" not in result.stderr


def test_hostile_text_does_not_reach_the_terminal() -> None:
    """Escapes are shown, not obeyed."""
    result = run("\x1b]0;mine\x07\u202e")
    assert result.returncode == 2
    assert "\x1b" not in (shown := result.stderr.decode()) and "\u202e" not in shown


@posix
def test_an_argument_that_is_not_utf_8_is_refused() -> None:
    """By its place, since it cannot be shown."""
    result = run("probe", "text", b"caf\xe9")
    assert (result.returncode, result.stderr[:37]) == (2, b"supportctl: Argument 3 is not valid U")


# Exit codes


@pytest.mark.parametrize("code", [0, 3])
def test_the_answer_is_the_exit_code(code: int) -> None:
    """What a command returns, in silence."""
    result = run("probe", "answer", str(code))
    assert (result.returncode, result.stdout, result.stderr) == (code, b"", b"")


@pytest.mark.parametrize(
    ("error", "code"),
    [("input", 2), ("refused", 4), ("not-on-record", 5), ("desk-unusable", 6), ("output-unwritable", 7)],
)
def test_every_error_has_its_exit_code(error: str, code: int) -> None:
    """In words for people, as an object for programs."""
    result = run("probe", "fail", error)
    assert result.returncode == code and result.stderr.count(b"\n") == 1
    result = run("probe", "fail", error, "--json")
    assert (result.returncode, told(result)["code"]) == (code, error)


def test_a_refusal_names_its_clause() -> None:
    """`clause` is null for any other error."""
    assert told(run("probe", "fail", "refused", "--json"))["clause"] == "8.6"
    assert told(run("probe", "fail", "input", "--json"))["clause"] is None


@pytest.mark.parametrize("json_output", [False, True])
def test_a_fault_of_the_program_is_exit_1_without_traceback_or_values(json_output: bool) -> None:
    """The class of the exception is for whoever reads the report; its values may be anyone's."""
    result = run("probe", "fail", "unforeseen", *(["--json"] if json_output else []))
    assert result.returncode == 1
    assert b"KeyError" in result.stderr and b"SECRET" not in result.stderr and b"Traceback" not in result.stderr


# Output


@posix
def test_a_reader_that_leaves_early_is_no_error() -> None:
    """`| head` is a way to say: enough."""
    script = '{ "$@"; echo "exit $?" >&2; } | head -n 1'
    result = shell(script, "probe", "lines", "100000")
    assert (result.stdout, result.stderr) == (b"line 0\n", b"exit 0\n")


@posix
@pytest.mark.parametrize("count", ["1", "100000"])
def test_a_reader_that_never_came_is_no_error(count: str) -> None:
    """Whether the first write notices, or only the last flush."""
    reading, writing = os.pipe()
    os.close(reading)
    result = run("probe", "lines", count, stdout=writing)
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("args", [["probe", "lines", "1"], ["probe", "lines", "100000"], ["--help"], ["--version"]])
def test_a_full_device_is_exit_7(args: list[str]) -> None:
    """Whether the first write notices, or only the last flush."""
    result = shell('"$@" > /dev/full', *args)
    assert result.returncode == 7 and result.stderr.startswith(b"supportctl: Standard output cannot be written")


@posix
@pytest.mark.parametrize("args", [["probe", "lines", "1"], ["--help"]])
def test_a_closed_standard_output_is_exit_7(args: list[str]) -> None:
    """Nobody could read the answer."""
    result = shell('"$@" >&-', *args)
    assert result.returncode == 7 and result.stderr.startswith(b"supportctl: Standard output is not open")


@posix
@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", "<&- >&- 2>&-"])
def test_the_number_of_a_closed_stream_is_not_given_to_a_file(tmp_path: Path, closed: str) -> None:
    """Or the next message would be written into the desk."""
    assert shell(f'"$@" {closed}', "probe", "open", str(tmp_path / "file")).returncode == 0


@posix
def test_an_error_nobody_can_read_keeps_its_exit_code() -> None:
    """Standard error closed, or full."""
    assert shell('"$@" 2>&-', "probe", "fail", "refused").returncode == 4
    assert shell('"$@" 2>/dev/full', "probe", "fail", "refused").returncode == 4


@pytest.mark.parametrize("env", [{"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}])
def test_output_is_utf_8_with_bare_line_feeds_whatever_the_locale(env: dict[str, str]) -> None:
    """Input is UTF-8 too."""
    text = "Grüße, 世界 🙂\n".encode()
    assert run("probe", "text", "-", env=env, input=text).stdout == text


# Input


def test_text_that_is_not_utf_8_is_refused() -> None:
    """Guessing an encoding would change what a customer wrote."""
    result = run("probe", "text", "-", input=b"caf\xe9")
    assert result.returncode == 2 and b"not valid UTF-8" in result.stderr


@posix
def test_a_closed_standard_input_is_named() -> None:
    """It is not the same as an empty one."""
    assert run("probe", "text", "-").returncode == 0
    result = shell('"$@" <&-', "probe", "text", "-")
    assert result.returncode == 2 and b"Standard input is not open" in result.stderr


# Signals


@posix
@pytest.mark.parametrize(("name", "code"), [("SIGHUP", 129), ("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_the_run_through_its_finally_blocks(tmp_path: Path, name: str, code: int) -> None:
    """Nothing is left half-done, and the exit code is the one that shells give."""
    command = [sys.executable, PROBE, "probe", "wait", str(tmp_path / "mark")]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(getattr(signal, name))
        assert process.wait(30) == code
        assert process.stderr.read().count(b"\n") == 1
    assert (tmp_path / "mark").read_text() == "tidied"


@posix
def test_a_signal_that_was_ignored_for_us_stays_ignored(tmp_path: Path) -> None:
    """`nohup` means it."""
    script = 'trap "" HUP; "$@" & kid=$!; sleep 1; kill -HUP $kid; sleep 0.3; kill -TERM $kid; wait $kid'
    assert shell(script, "probe", "wait", str(tmp_path / "mark")).returncode == 143


# Start-up

HEAVY = ("pydantic", "rich", "sqlite_utils", "click", "pluggy", "importlib.metadata", "tempfile", "csv", "subprocess")


@pytest.mark.parametrize("completing", [False, True])
def test_the_shell_itself_loads_nothing_heavy(completing: bool) -> None:
    """Guards the start-up of every look-up without a clock."""
    code = (
        "import sys, os; sys.argv = ['supportctl', 'completion', 'bash'];"
        f"os._exit = lambda code: print([m for m in {HEAVY!r} if type(sys.modules.get(m)).__name__ == 'module'],"
        " file=sys.stderr);"
        "from supportctl.__main__ import main; main()"
    )
    env = environment(_SUPPORTCTL_COMPLETE="bash", _SUPPORTCTL_LINE="supportctl lo") if completing else environment()
    result = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert result.stdout and result.stderr == b"[]\n"
