"""The desk on disk: the only rooms with SQL."""
