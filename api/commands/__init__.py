"""The verbs of `./desk`. `main` and `environments` run before anything is installed."""
