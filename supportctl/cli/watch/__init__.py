"""The queue, live: the state, the screen and the terminal of `watch`."""
