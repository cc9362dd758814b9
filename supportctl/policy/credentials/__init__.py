"""Finds the credentials and possible licence keys in a text, and masks them (8.5, 8.6).

The text is read in a folded form (width, case, accents, invisible characters, other scripts' digits and look-alike
letters do not count) that remembers where each character came from. In it a secret is a *label* ("password", "mdp",
"пароль" …) with a value, an Internet-ID with a value, or an address with a value. How much a value must look like a
password depends on how it is announced: after "password:" a plain word will do if no talk goes on behind it, after
"the password is" it takes a digit, a symbol or quotes, since "the password is wrong" is no secret.

Every pattern is bounded and tried at few places, so time grows with the length of the text and no faster.
"""
