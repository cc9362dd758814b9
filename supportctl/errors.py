"""Every error that supportctl raises on purpose, with its exit code.

SupportctlError
├── InputError        2  the command line or the input data is wrong; nothing was changed
├── Refused           4  the policy refuses, and the clause says why; nothing was changed
├── NotOnRecord       5  a command names a ticket, customer, licence … that is not on record
├── DeskUnusable      6  the desk is missing, locked, damaged, not ours, newer, read-only, or the disk is full
│   └── Conflict      6  somebody else changed the same record meanwhile; nothing was changed
└── OutputUnwritable  7  the output cannot be written

The answer "no" (exit 3) is an answer, not an error: commands return it. Exit 1 is left to bugs in the program.
"""


class SupportctlError(Exception):
    """One sentence on what happened, one on what to do next, and if the policy decides, its clause."""

    exit_code = 1
    code = "fault"

    def __init__(self, message: str, hint: str = "", *, clause: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.clause = clause


class InputError(SupportctlError):
    """The command line or the input data is wrong."""

    exit_code = 2
    code = "input"


class Refused(SupportctlError):
    """The policy refuses; `clause` names the clause that says so."""

    exit_code = 4
    code = "refused"


class NotOnRecord(SupportctlError):
    """A command names a record that is not on the desk."""

    exit_code = 5
    code = "not-on-record"


class DeskUnusable(SupportctlError):
    """The desk cannot be used; nothing was lost."""

    exit_code = 6
    code = "desk-unusable"


class Conflict(DeskUnusable):
    """Somebody else changed the record between reading and writing, and deciding again did not help."""

    code = "conflict"


AGAIN = "Check it, and try again."


class Behind(Conflict):
    """The clock is behind the newest entry of what a write touches: it is to be decided for that `moment` instead.

    The run decides again, as of then.
    """

    def __init__(self, moment: int) -> None:
        super().__init__("The clock of this machine is behind what is on record.", AGAIN)
        self.moment = moment


class OutputUnwritable(SupportctlError):
    """Standard output, or a file, cannot be written."""

    exit_code = 7
    code = "output-unwritable"


# What foreign values lead to: text for a number, invalid JSON, an impossible time.
SENSELESS = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
)
