"""The encoder that comes out of ordinary packages: fetched by hash, rebuilt without torch."""
