"""Files of rows: CSV in its dialects, JSON and JSON Lines, one record at a time, values unchanged."""
