"""The digest of a desk's seals and schema."""

try:  # hashlib gives the same one, but loads OpenSSL first, which takes longer than all the digests of a run
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["blake2b"]
