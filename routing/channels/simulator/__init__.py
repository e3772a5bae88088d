"""A pretended messaging provider, for demonstrations, load and end-to-end tests."""
