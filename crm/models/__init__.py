"""The rows of the record, one file per noun. Importing this package names them all to Alembic."""

from crm.models.call import Call
from crm.models.callback import CallBack
from crm.models.contact import Contact, Delegation, Identity
from crm.models.conversation import Conversation
from crm.models.counselor import Counselor, PersonalToken, SignIn
from crm.models.delivery import Delivery
from crm.models.event import Event
from crm.models.file import File
from crm.models.inbox import InboxItem
from crm.models.incident import HappyCall, Incident, IncidentContact, IncidentHearing
from crm.models.message import Message
from crm.models.number import Number
from crm.models.presence import Presence
from crm.models.queue import Calendar, QueuePlan
from crm.models.reservation import Attendance, Place, Reservation
from crm.models.skill import CounselorSkill, Skill
from crm.models.survey import Survey
from crm.models.tender import Tender
from crm.models.ticket import Reversal, Ticket, TicketLink, TicketNote, TicketWatcher
from crm.models.turn import Turn

__all__ = [
    "Attendance",
    "Calendar",
    "Call",
    "CallBack",
    "Contact",
    "Conversation",
    "Counselor",
    "CounselorSkill",
    "Delegation",
    "Delivery",
    "Event",
    "File",
    "HappyCall",
    "Identity",
    "InboxItem",
    "Incident",
    "IncidentContact",
    "IncidentHearing",
    "Message",
    "Number",
    "PersonalToken",
    "Place",
    "Presence",
    "QueuePlan",
    "Reservation",
    "Reversal",
    "SignIn",
    "Skill",
    "Survey",
    "Tender",
    "Ticket",
    "TicketLink",
    "TicketNote",
    "TicketWatcher",
    "Turn",
]
