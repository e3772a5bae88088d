"""Telegram, by its bot API."""
