"""The benchmarks at a tiny size: they run, and they say what they promise to say. No figure is held."""
