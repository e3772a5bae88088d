"""Who answers a mail: the bot, a counselor with the bot's draft, or a counselor alone."""

from typing import Literal

from bot.queues import queue_of_words
from crm.models import Conversation
from crm.settings import Settings

Way = Literal["answer", "draft", "human"]


def of(settings: Settings, conversation: Conversation, text: str) -> Way:
    """By the queue of the conversation, or of its words; every channel but mail is answered."""
    if conversation.channel != "email":
        return "answer"
    queue = conversation.queue or likely_queue(conversation, text)
    way = settings.channels.mail.policy_of(queue)
    if way == "answer":
        return "answer"
    return "human" if way == "human" else "draft"


def likely_queue(conversation: Conversation, text: str) -> str | None:
    return queue_of_words(f"{conversation.subject or ''}\n{text}"[:4000])
