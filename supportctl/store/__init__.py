"""The desk on disk: the only package with SQL."""
