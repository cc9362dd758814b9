"""All that knows PostgreSQL: the connection, the script of a transaction, the schema and its guards, words, checks."""
