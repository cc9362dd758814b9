"""Mail: messages from a pipe or an mbox, read without ever losing one; bytes in, plain values out."""
