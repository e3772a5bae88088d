"""The one question after a talk, answered once and changeable until the next talk."""

from sqlalchemy import select

from crm import clock, events
from crm.db import Session
from crm.errors import Conflict
from crm.events import Actor
from crm.models import Conversation, Event, Survey


def answer(s: Session, conversation: Conversation, *, score: int, comment: str | None) -> Survey:
    """Keep the contact's score of 1 to 5. A second answer replaces the first."""
    wrapped = s.scalar(
        select(Event)
        .where(
            Event.conversation_id == conversation.id,
            Event.kind.in_(("conversation.wrapped", "conversation.ended")),
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    over = conversation.status == "wrap_up"  # on the phone the question comes before the wrap-up
    if wrapped is None and conversation.owner_kind != "bot" and not over:
        raise Conflict("The talk is not over yet.")
    survey = s.scalar(select(Survey).where(Survey.conversation_id == conversation.id))
    if survey is None:
        survey = Survey(conversation_id=conversation.id, score=score, answered_at=clock.now())
        s.add(survey)
    survey.score, survey.comment, survey.answered_at = score, comment, clock.now()
    survey.counselor_id = wrapped.data.get("counselor") if wrapped else conversation.owner_id
    s.flush()
    events.emit(
        s,
        "survey.answered",
        Actor("contact", conversation.contact_id),
        conversation=conversation.id,
        data={"score": score, "commented": bool(comment)},
    )
    return survey
