"""What an agent does, one function each: load, decide, save, in one transaction with its history."""
