"""Whether a desk is sound, and putting right what can be."""
