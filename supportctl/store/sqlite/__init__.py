"""All that knows SQLite: the file, its schema, transactions, full text, checks, copies and repairs."""
