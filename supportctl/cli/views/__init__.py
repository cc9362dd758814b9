"""What each record looks like: the columns of every format, declared once."""
