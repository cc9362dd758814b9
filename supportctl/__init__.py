"""supportctl: the support desk that lives in the terminal."""

# Written here and read by the build: importlib.metadata would cost every start-up more than the look-up itself.
__version__ = "0.1.0"
