"""The desk's own pages: what they need to be rendered, and nothing they decide."""
