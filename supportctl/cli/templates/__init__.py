"""Canned answers: ours, and the user's own, which replace those of the same name."""

from pathlib import Path

from platformdirs import user_config_dir

from supportctl.cli.run.files import read_file
from supportctl.errors import InputError
from supportctl.masking import unkeyed

SHIPPED = Path(__file__).parent


def folder() -> Path | None:
    """Where the user's own are kept; None if the environment names no absolute path."""

    place = Path(user_config_dir("supportctl", appauthor=False), "templates")
    return place if place.is_absolute() else None


def available() -> dict[str, Path]:
    """The files of all canned answers by name. Nothing else is read, whatever a name looks like."""
    found: dict[str, Path] = {}
    for place in (SHIPPED, folder()):
        found |= _listed(place) if place is not None else {}
    return dict(sorted(found.items()))


def _listed(place: Path) -> dict[str, Path]:
    try:
        return {path.stem: path for path in place.glob("*.txt") if path.is_file() and not path.name.startswith(".")}
    except OSError:
        return {}


def read_template(name: str) -> str:
    """The text of a canned answer. Raises InputError that names the choices, or says why it cannot be read."""
    known = available()
    if name not in known:
        own = folder()
        place = f" Your own are text files in {own}." if own else ""
        raise InputError(f"There is no template '{unkeyed(name)}'.", f"Choose from: {', '.join(known)}.{place}")
    return read_file(known[name], "--template")
