"""E-mail: read from a mailbox or a signed hook, answered over SMTP."""
