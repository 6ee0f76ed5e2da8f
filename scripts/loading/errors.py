class LoadError(Exception):
    """A load that cannot be done; the text says in one line why and how to mend it."""
