"""Tickets: taken in, answered, judged, listed, searched and explained."""
