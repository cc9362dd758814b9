"""Records and whole desks, in from files and out to them."""
