"""Customers, their licences and keys, and what they are entitled to."""
