"""The terminal of `watch`: what the library's own driver leaves open.

It draws on standard output, asks the terminal itself for its size, and outlives a terminal that goes away.
"""

import os
import sys
from typing import Any, cast

from supportctl.cli.run.streams import quietly

if sys.platform == "win32":
    from textual.drivers.windows_driver import WindowsDriver as TerminalDriver
else:
    from textual.drivers.linux_driver import LinuxDriver

    class _Output:
        """Standard output for the thread that draws: if the terminal is gone, nobody is left to hear of it."""

        def write(self, text: str) -> None:
            quietly(lambda: cast(Any, sys.__stdout__).write(text))

        def flush(self) -> None:
            quietly(lambda: cast(Any, sys.__stdout__).flush())

        def fileno(self) -> int:
            return cast(Any, sys.__stdout__).fileno()  # type: ignore[no-any-return]  # of Any

    class TerminalDriver(LinuxDriver):
        """A POSIX terminal."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._file = cast(Any, _Output())

        def _get_terminal_size(self) -> tuple[int, int]:
            # The library believes COLUMNS and LINES, which stay as they were when the window changes.
            try:
                columns, lines = os.get_terminal_size(cast(Any, self._file).fileno())
            except OSError:
                return 80, 24
            return columns or 80, lines or 24

        def _run_input_thread(self) -> None:
            try:
                self.run_input_thread()
            except OSError:  # the terminal is gone; `WatchApp` looks whether it is there once a second
                return
