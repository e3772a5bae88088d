"""Measuring retrieval on public data, through the classes that serve people."""
