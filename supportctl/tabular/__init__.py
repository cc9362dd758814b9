"""Files of rows: CSV in its dialects, JSON and JSON Lines, one record at a time, with no value changed on the way."""
