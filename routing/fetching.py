"""Files that providers still hold: fetched with no session held, then kept with their message."""

import logging

from sqlalchemy import Engine

from crm import db, files, messages, remote_files
from crm.db import Session
from crm.errors import DeskError
from crm.events import SYSTEM, Actor
from crm.messages import Draft
from crm.models import Conversation, RemoteFile
from crm.settings import Settings
from routing import words
from routing.channels import Channels
from routing.channels.port import Fetches, Refused, Unreachable

log = logging.getLogger(__name__)


def fetch_due(engine: Engine, settings: Settings, channels: Channels) -> int:
    """Fetch what is due now; returns how many files were tried."""
    with db.reading(engine) as s:
        waiting = [(r.id, r.channel, r.reference) for r in remote_files.due(s)]
    for remote_id, kind, reference in waiting:
        channel = channels.get(kind)
        if not isinstance(channel, Fetches):
            continue
        try:
            content = channel.fetch(reference, settings.max_file_bytes)
        except Unreachable as error:
            _later(engine, remote_id, str(error))
        except Refused as error:
            _give_up(engine, remote_id, str(error))
        else:
            _keep(engine, settings, remote_id, content)
    return len(waiting)


def _keep(engine: Engine, settings: Settings, remote_id: str, content: bytes) -> None:
    try:
        with db.transaction(engine) as s:
            remote = remote_files.waiting(s, remote_id)
            if remote is None:  # another worker was first
                return
            message = messages.by_id(s, remote.message_id)
            conversation = s.get_one(Conversation, message.conversation_id)
            author = Actor("contact", conversation.contact_id)
            file = files.keep(
                s,
                conversation,
                actor=author,
                name=remote.name,
                content=content,
                limit=settings.max_file_bytes,
            )
            file.message_id = message.id
            remote_files.fetched(remote)
    except DeskError:
        _give_up(engine, remote_id, "refused", key="file_refused")


def _later(engine: Engine, remote_id: str, reason: str) -> None:
    with db.transaction(engine) as s:
        remote = remote_files.waiting(s, remote_id)
        if remote is None:
            return
        remote_files.later(s, remote, reason)
        if remote.state == "failed":
            _note(s, remote, "file_lost")


def _give_up(engine: Engine, remote_id: str, reason: str, key: str = "file_lost") -> None:
    with db.transaction(engine) as s:
        remote = remote_files.waiting(s, remote_id)
        if remote is not None:
            remote_files.give_up(s, remote, reason)
            _note(s, remote, key)


def _note(s: Session, remote: RemoteFile, key: str) -> None:
    message = messages.by_id(s, remote.message_id)
    conversation = s.get_one(Conversation, message.conversation_id)
    text = words.say(conversation.language, key, name=remote.name)
    draft = Draft(SYSTEM, text, conversation.language, audience="internal")
    messages.say(s, conversation, draft)
