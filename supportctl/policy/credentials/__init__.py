"""Finds the credentials and possible licence keys in a text, and masks them (8.5, 8.6).

The text is read in a folded form (width, case, accents, invisible characters, other scripts' digits and look-alike
letters do not count, mark-up is left out) that remembers where each character came from. In it a secret is a *label*
("password", "mdp", "пароль", "API key" …) with a value, an Internet-ID or an address with a value or an invitation, a
command or a header with its password, a token by its shape, a number that checks out, or a file by its name. How much
a value must look like a password depends on how it is announced: after "password:" a plain word will do if no talk goes
on behind it, after "the password is" it takes a digit, a symbol or quotes, since "the password is wrong" is no secret.

The words and shapes stand in `patterns`, which is data and nothing else. Every pattern is bounded, and tried only where
some letters of it were found first, so time grows with the length of the text and no faster.
"""
