"""The talk on the phone: what is said, what is heard, and who is connected with whom."""
