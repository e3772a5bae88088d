from tests.bot.conftest import rasa

__all__ = ["rasa"]
