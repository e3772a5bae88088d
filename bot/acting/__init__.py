"""Acts by conversation: what each needs to know, how it is asked for, shown and told."""
