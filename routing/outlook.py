"""What a campaign would do if it began now: whom it reaches, who is left out, and why."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CompoundSelect, Select, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from crm import campaigns, clock, consents, merging
from crm.db import Session
from crm.models import Campaign, CampaignTarget, Consent, Contact, Conversation
from crm.settings import Settings
from routing.outreach import APART
from routing.workforce import quiet

# Both ends of every merge.
MERGED: CompoundSelect[str | None] = union(
    select(Contact.id).where(Contact.merged_into_id.is_not(None)),
    select(Contact.merged_into_id).where(Contact.merged_into_id.is_not(None)),
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Persons, each once. `left_out` counts by reason: do_not_contact, refused, no_consent,
    reached_lately, no_address. `quiet`: nobody is reached at this hour, whoever it is."""

    reached: int
    left_out: Mapping[str, int]
    quiet: bool


def outlook(s: Session, settings: Settings, campaign: Campaign) -> Outlook:
    """Of those who are still due; the same rules as when they are reached, for all in one go."""
    due = select(CampaignTarget.contact_id).where(
        CampaignTarget.campaign_id == campaign.id, CampaignTarget.state == "due"
    )
    people = _People(merging.roots(s), due)
    said, lately, ways = _said(s, people), _reached(s, people), _ways(s, people)
    by_desk = campaign.kind != "happy_call"  # people make these calls, from the numbers they know
    reasons: Counter[str] = Counter()
    for person in {people.of(contact) for contact in s.scalars(due)}:
        why = consents.weighed(said[person], campaigns.PURPOSE[campaign.kind])
        if why is None and by_desk and person in lately:
            why = "reached_lately"
        if why is None and by_desk and person not in ways:
            why = "no_address"
        reasons[why or ""] += 1
    reached = reasons.pop("", 0)
    now_quiet = quiet.is_quiet(settings.quiet_hours, settings.hours.zone, clock.now())
    return Outlook(reached, dict(reasons), now_quiet)


class _People:
    """Contacts as the persons that they are. Who is `due` may be known by rows that were merged."""

    def __init__(self, roots: Mapping[str, str], due: Select[str]) -> None:
        self._roots, self._due = roots, due

    def of(self, contact: str) -> str:
        return self._roots.get(contact, contact)

    def theirs(self, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """Rows of whoever is due, and of the merged contacts, which are few."""
        return or_(column.in_(self._due), column.in_(MERGED))


def _said(s: Session, people: _People) -> defaultdict[str, dict[str, bool]]:
    found: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    rows = s.execute(
        select(Consent.contact_id, Consent.purpose, Consent.given)
        .where(people.theirs(Consent.contact_id))
        .order_by(Consent.at, Consent.contact_id)
    )
    for contact, purpose, given in rows:
        found[people.of(contact)][purpose] = given
    return found


def _reached(s: Session, people: _People) -> set[str]:
    lately = CampaignTarget.contacted_at > clock.now() - APART
    theirs = people.theirs(CampaignTarget.contact_id)
    rows = s.scalars(select(CampaignTarget.contact_id).where(theirs, lately))
    return {people.of(contact) for contact in rows}


def _ways(s: Session, people: _People) -> set[str]:
    rows = s.scalars(
        select(Conversation.contact_id)
        .where(
            people.theirs(Conversation.contact_id),
            Conversation.address.is_not(None),
            Conversation.channel != "phone",
        )
        .distinct()
    )
    return {people.of(contact) for contact in rows}
