"""A file of rows, in any form: the content decides which reader it needs."""

import io

from supportctl.tabular.record import FileForm, Table
from supportctl.tabular.separated import Separated
from supportctl.tabular.source import Source

AS_IT_COMES = FileForm()


def read_table(stream: io.BufferedReader, name: str, form: FileForm = AS_IT_COMES) -> Table:
    """The rows of a file, recognised by its content: JSON, JSON Lines, or text with commas, semicolons, tabs or pipes.

    Raises InputError for an empty file, one that is not text, or an impossible header.
    """
    source = Source(stream, name, form.encoding)
    head = source.head()
    if head.lstrip()[:1] in ("[", "{"):
        from supportctl.tabular.objects import Objects  # late: few files are JSON

        return Objects(source, head, form)

    return Separated(source, head)
