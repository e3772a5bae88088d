"""One file per topic of the public contract."""
