"""Imports customers, licences, releases and tickets from other systems' files."""
