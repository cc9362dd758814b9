"""The command line: a verb is its options, one call of the desk, and a Result with its view.

The file of a verb or a noun has its name, and the table in `run/commands.py` lists them all; it is loaded when it is
asked for. `run/` is what they share: it opens the desk, shows the result and ends the run. `views/` declares how
records look, but for a view that one small file uses alone.
"""
