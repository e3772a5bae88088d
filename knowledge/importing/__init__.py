"""Making an article of a file that an editor has: bytes in, a Read out."""
