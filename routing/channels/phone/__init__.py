"""The phone: hooks of Twilio or of one's own trunk in, call plans out."""
