"""Finds the credentials and possible licence keys in a text, and masks them (8.5, 8.6).

The text is read in a folded form that ignores width, case, accents, invisible characters, foreign digits, look-alike
letters and mark-up, and remembers where each character came from. A secret in it is one of these: a *label*
("password", "mdp", "пароль", "API key" …) with a value; an Internet-ID or an address with a value or an invitation; a
command or a header with its password; a token by its shape; a number with a valid checksum; a file by its name. How
much a value must look like a password depends on its announcement: after "password:" a plain word is enough unless a
sentence follows; after "the password is" it takes a digit, a symbol or quotes, since "the password is wrong" is not a
secret.

The words and shapes are data, in `patterns`. Every pattern is bounded, and tried only where some of its letters were
found first, so that time grows only with the length of the text.
"""
