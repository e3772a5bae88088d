"""SMS over Twilio."""
