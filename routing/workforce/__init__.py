"""How many counselors, when, and what keeps them well: queueing theory, forecasts, shifts."""
