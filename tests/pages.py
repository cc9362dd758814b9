"""What the help, the guides and the README tell people to type, run as it stands: from a shell, in its order."""

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from conftest import PROGRAM, Program
from helpdesks import FRESHDESK, OSTICKET, ZENDESK

from supportctl.policy.file import builtin

FOLDERS = (
    ".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions",
    "Maildir/cur", "Maildir/new", "Maildir/tmp",
)  # fmt: skip
MAIL = {"SUPPORTCTL_FROM": "Support <support@example.com>", "SUPPORTCTL_SENDER": "cat"}
FILES = {
    "answer.txt": "It is fixed in 7.7.3.0. Thank you for writing.",
    "steps.txt": "Turn off hardware acceleration, then restart the Viewer.",
    "details.txt": "ID 123-456-789, password opensesame",
    "key.txt": "GH78-IJ90-KL12",
    "customers.csv": "email,name\nann@example.com,Ann Lee\n",
    "crm.csv": "Mail,Full name,Phone\nann@example.com,Ann Lee,555\n",
    "orders.csv": "key,tier,delivery_email\nMN34-OP56-QR78,PLUS,ann@example.com\n",
    "orders.tsv": "Serial\ttier\tEmail\tprice\nMN34-OP56-QR78\tPLUS\tann@example.com\t49\n",
    "releases.csv": "product,version,released_at\nremote-utilities,7.8.4.0,2026-06-11\n",
    "tickets.csv": "from,subject,received_at\nann@example.com,Hello,2026-03-05T18:00:00Z\n",
    "shop.csv": "key,tier,delivery_email,issued_at\nST56-UV78-WX90,professional,ann@example.com,01/12/2025\n",
    "helpdesk.csv": "from,subject,received_at,Via\nann@example.com,Hello,2026-03-05T18:00:00Z,Mail\n",
    "message.eml": "From: ann@example.com\nSubject: Hello\nDate: Fri, 6 Mar 2026 16:00:00 +0000\n\nIt does not start.\n",
    "Maildir/new/1": "From: ann@example.com\nSubject: Hello\n\nIt does not start.\n",
    "helpdesk.json": '{"tickets": [{"requester": {"email": "ann@example.com"}, "subject": "Hello", "created_at": "2026-03-05"}]}\n',
    "helpdesk.jsonl": '{"requester": "ann@example.com", "subject": "Hello", "created": "2026-03-05", "mood": 1}\n',
    "inbox.mbox": "From ann@example.com Fri Mar  6 15:00:00 2026\nFrom: ann@example.com\nSubject: Hello\n\nPassword: sesame7\n",
    "policy.toml": builtin()[0].replace('target = "2h"', 'target = "1h"'),
    "zendesk.csv": ZENDESK,
    "freshdesk.csv": FRESHDESK,
    "osticket.csv": OSTICKET,
}
ANSWERS = ("check", "hours", "lookup")  # what may say no, with exit 3


def laid_out(folder: Path) -> Path:
    """A folder, which is the home too, with the files and folders that the examples name."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def sh(desk: Program, line: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A line from a shell in that folder."""
    env = desk.environment() | {"HOME": str(folder), **MAIL}
    env["PATH"] = f"{PROGRAM.parent}:{env['PATH']}"
    command = ["sh", "-c", re.sub(r"(/usr/sbin/)?sendmail\b", "true", line)]  # not every machine can send mail
    return subprocess.run(
        command, env=env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


def blocks(page: str, language: str, mark: str = "") -> list[str]:
    """The fenced blocks of a language, only those under a `<!-- ci: mark -->` if one is given."""
    before = rf"<!-- ci: {mark} -->\n" if mark else ""
    return re.findall(rf"{before}```{language}\n(.*?)```", page, re.DOTALL)


def lines(page: str, program: str = "supportctl") -> list[str]:
    """Every line of a page that runs the program, or sets a variable for the lines after it. Scripts are no lines."""
    typed = [block for block in blocks(page, "sh") if not block.startswith("#!")]
    every = [line for block in typed for line in re.sub(r"\\\n|(?<=\|)\n", " ", block).splitlines()]
    return [line for line in every if line.startswith("export ") or f"{program} " in line]


def work(desk: Program, typed: Iterable[str], folder: Path) -> None:
    """Run the lines one after the other; each must do what it says: exit 0, or 3 where the answer may be no."""
    before = ""
    for line in typed:
        if line.startswith("export "):
            before += f"{line}\n"
            continue
        done = sh(desk, before + line, folder)
        told = {word for word in line.split() if word in ANSWERS}
        assert done.returncode == 0 or (done.returncode == 3 and told), f"{line}: {done.stderr}"


def at_home(text: str, desk: Program, folder: Path) -> str:
    """A script or a job whose paths are those of this machine, with the programs that send mail in `folder`."""
    places = {
        "/home/desk/.venv/bin/supportctl": PROGRAM,
        "/home/desk/desk.db": desk.address,
        "/home/desk": folder,
        "/usr/bin/mail": folder / "sendmail",
        "/usr/bin/mutt": folder / "sendmail",
        "/usr/sbin/sendmail": folder / "sendmail",
    }
    for named, real in places.items():
        text = text.replace(named, str(real))
    return text


POSIX = os.name == "posix"
