"""The verbs of `./desk`. `main`, `environments` and `progress` run before anything is installed."""
