"""How a run works: start-up, session and streams, the tree of commands, the desk it opens, and how it fails."""
