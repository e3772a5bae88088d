"""Embedding models that a deployer names: sentence-transformers folders, run without torch."""
