"""The guides: short pages that `help` prints. Their names and what each is about are in `cli.run.commands.GUIDES`."""

from pathlib import Path

HERE = Path(__file__).parent


def read_guide(name: str) -> str:
    """A guide, as Markdown."""
    return HERE.joinpath(f"{name}.md").read_text(encoding="utf-8")
