"""Takes the pictures of the documentation from a running suite."""
