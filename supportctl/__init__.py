"""supportctl: the support desk that lives in the terminal.

A request travels cli -> desk -> policy (decide) -> store (keep) -> render (show), and never turns back::

    cli/       one file a verb or noun: options, one call to the desk, a result with its view
      run/     start-up, session, streams, the tree of commands, opening the desk, failing in words
      watch/   the live queue          views/   what a record looks like, column by column
      guides/  pages that `help` prints
    desk/      what an agent does: load, decide, hand the store one change; prints nothing
      tickets/ accounts/ check/ transfer/       and a file each for bugs, holidays, releases, remote, reports
    policy/    the rules, pure: values in, decisions with their reasons and clauses out; the policy itself is data
    store/     the only room with SQL: a file per noun, rows to values and back
      sqlite/    a desk in a file: its schema, transactions, full text, check, backup
      postgres/  a shared desk: its scripts, guards and roles, full text, check
    render/    every output format, from one declaration of columns; hostile text is made safe here
    tabular/ mail/       files of rows and messages, read as people send them
    clock  true_time  files  masking  errors     the ground floor

Where does a new one go?

- A verb: its line in `cli.run.commands.SECTIONS`, its file in `cli/`, its function in `desk/`. If it leaves an entry:
  the entry's words in `cli.views.thread`, in `policy.history` what it makes of the ticket, and in `desk.tickets.events`
  whether it can be taken back.
- A field of a ticket: `policy.ticket.Ticket` (its column and row follow) and `RECEIPT`, `Received` and `Correction` in
  `desk/tickets/`, the options of `log` and `edit`, a column in `cli.views.ticket`, a migration in `store.sqlite.schema`
  with its number in `store.desk`. To import and export it: `desk.transfer.fields`. For other programs to
  read it: `store.views`, and the `views` of each engine.
- A tier, channel, topic, product or holiday: the policy file alone.
- An output format: its line in `render.FORMATS`, its writer beside it, its case in `render.show`.
- A guide: its line in `cli.run.commands.GUIDES` and in the README, its page in `cli/guides/`; its lines are run.
- An engine: a folder beside `store/sqlite/` that gives a `store.desk.Desk` (with its `FullText`, `Tables` and
  `Histories`) and a `store.place.Place` (with its `Checks`), chosen by `desk.place_at`; nothing else names an engine.

Then write `tests/messages.txt` again (`python tests/test_messages.py`); a verb also joins a family in
`tests/test_families.py`, and needs two examples in its help. Options that contradict each other are exit 2, each pair
in `tests/cli/test_contradictions.py`. The README's picture is drawn again by `python tests/picture.py`.
"""

# Written here and read by the build: importlib.metadata would cost every start-up more than the look-up itself.
__version__ = "0.1.0"
