"""The command line: parse, call one desk function, choose a view, show."""
