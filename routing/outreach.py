"""Campaigns at work: who may be reached now is, at the pace that was set, through the outbox."""

from datetime import timedelta

from sqlalchemy import Engine, select

from crm import campaigns, clock, consents, db, merging, messages
from crm.db import Session
from crm.events import SYSTEM
from crm.messages import Draft
from crm.models import Campaign, CampaignTarget, Contact, Conversation
from crm.settings import Settings
from routing import words
from routing.workforce import quiet

# No contact is reached by two campaigns within this time.
APART = timedelta(hours=24)
AT_ONCE = 50
POSTPONED = timedelta(hours=1)


def reach_out(engine: Engine, settings: Settings) -> int:
    """Reach whoever is due in all running campaigns; returns how many were reached or skipped."""
    if quiet.is_quiet(settings.quiet_hours, settings.hours.zone, clock.now()):
        return 0
    with db.reading(engine) as s:
        waiting = [campaign.id for campaign in campaigns.running(s)]
    done = 0
    for campaign_id in waiting:
        with db.transaction(engine) as s:
            done += _some(s, settings, campaign_id)
    return done


def _some(s: Session, settings: Settings, campaign_id: str) -> int:
    campaign = campaigns.get(s, campaign_id, lock=True)
    if campaign.state != "running":
        return 0
    targets = campaigns.due(s, campaign, AT_ONCE)
    room = campaigns.room(s, campaign)
    done = 0
    for target in targets:
        if room <= 0:
            break
        done += 1
        reason = _hindrance(s, campaign, target)
        if reason:
            campaigns.skip(s, target, reason)
        elif _reach(s, settings, campaign, target):
            room -= 1
    return done


def _hindrance(s: Session, campaign: Campaign, target: CampaignTarget) -> str | None:
    refusal = consents.refusal(s, target.contact_id, campaigns.PURPOSE[campaign.kind])
    if refusal:
        return refusal
    if campaigns.reached_since(s, target.contact_id, clock.now() - APART):
        return "reached_lately"
    return None


def _reach(s: Session, settings: Settings, campaign: Campaign, target: CampaignTarget) -> bool:
    """Write the message and its delivery; False where it could not be."""
    way = _way_to(s, target.contact_id)
    if way is None:
        campaigns.skip(s, target, "no_address")
        return False
    if way.owner_kind != "bot":  # they are talking to people: that is not interrupted
        target.due_at = clock.now() + POSTPONED
        return False
    contact = s.get_one(Contact, target.contact_id)
    language = contact.language if contact.language in campaign.texts else way.language
    text = str(campaign.texts.get(language) or next(iter(campaign.texts.values())))
    if campaign.kind == "survey":
        address = f"{settings.public_url}/survey/{campaigns.survey_token(target)}?lang={language}"
        text = f"{text}\n{address}"
    if campaign.kind == "promotion":
        text = f"{text}\n{words.say(language, 'no_more')}"
    messages.say(s, way, Draft(SYSTEM, text, language))
    campaigns.contacted(s, target, way.id, way.channel)
    return True


def _way_to(s: Session, contact_id: str) -> Conversation | None:
    """The person's latest conversation with an address that the desk can write to by itself."""
    return s.scalar(
        select(Conversation)
        .where(
            Conversation.contact_id.in_(merging.ids(s, contact_id)),
            Conversation.address.is_not(None),
            Conversation.channel != "phone",
        )
        .order_by(Conversation.last_message_at.desc())
        .limit(1)
    )
