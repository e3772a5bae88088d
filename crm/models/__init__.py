"""The rows of the record, one file per noun. Importing this package names them all to Alembic."""

from crm.models.call import Call
from crm.models.contact import Contact, Delegation, Identity
from crm.models.conversation import Conversation
from crm.models.counselor import Counselor, PersonalToken, SignIn
from crm.models.delivery import Delivery
from crm.models.event import Event
from crm.models.file import File
from crm.models.inbox import InboxItem
from crm.models.message import Message
from crm.models.number import Number
from crm.models.remote_file import RemoteFile
from crm.models.survey import Survey
from crm.models.tender import Tender
from crm.models.thread_key import ThreadKey
from crm.models.ticket import Ticket
from crm.models.turn import Turn

__all__ = [
    "Call",
    "Contact",
    "Conversation",
    "Counselor",
    "Delegation",
    "Delivery",
    "Event",
    "File",
    "Identity",
    "InboxItem",
    "Message",
    "Number",
    "PersonalToken",
    "RemoteFile",
    "SignIn",
    "Survey",
    "Tender",
    "ThreadKey",
    "Ticket",
    "Turn",
]
