"""The rows of the record, one file per noun. Importing this package names them all to Alembic."""

from crm.models.action import Action
from crm.models.appointment import Appointment
from crm.models.call import Call, CallCommand, CallHook, CallLeg, CounselorLine, Recording
from crm.models.callback import CallBack
from crm.models.campaign import Campaign, CampaignTarget, Consent, Rating
from crm.models.citation import Citation
from crm.models.clarification import Clarification, ClarificationTold
from crm.models.code import Code
from crm.models.contact import Contact, Delegation, Identity
from crm.models.conversation import Conversation
from crm.models.counselor import Counselor, PersonalToken, SignIn
from crm.models.credential import Credential
from crm.models.delivery import Delivery
from crm.models.event import Event
from crm.models.file import File
from crm.models.gap import GapDecision
from crm.models.inbox import InboxItem
from crm.models.incident import Incident, IncidentContact, IncidentHearing
from crm.models.kpi import KpiInterval, KpiMonth, KpiState
from crm.models.macro import Macro, MacroUse
from crm.models.message import Message
from crm.models.notification import Notification
from crm.models.number import Number
from crm.models.presence import Presence
from crm.models.protection import AbuseStep, Rest, Suspension
from crm.models.quality import (
    CoachingNote,
    Course,
    Enrolment,
    Evaluation,
    KpiTarget,
    Notice,
    NoticeRead,
    Scorecard,
)
from crm.models.queue import Calendar, QueuePlan
from crm.models.recall import Recall, RecallNotice
from crm.models.registered_phone import RegisteredPhone
from crm.models.remote_file import RemoteFile
from crm.models.reply import Reply
from crm.models.reservation import Attendance, Place, Reservation
from crm.models.ruling import Ruling
from crm.models.shift import Shift
from crm.models.skill import CounselorSkill, Skill
from crm.models.survey import Survey
from crm.models.tender import Crawl, OwedTender, Tender, TenderTerm
from crm.models.thread_key import ThreadKey
from crm.models.ticket import Reversal, Ticket, TicketLink, TicketNote, TicketWatcher
from crm.models.turn import Turn
from crm.models.wall import Matter, Wall
from crm.models.watch import Watch

__all__ = [
    "AbuseStep",
    "Action",
    "Appointment",
    "Attendance",
    "Calendar",
    "Call",
    "CallBack",
    "CallCommand",
    "CallHook",
    "CallLeg",
    "Campaign",
    "CampaignTarget",
    "Citation",
    "Clarification",
    "ClarificationTold",
    "CoachingNote",
    "Code",
    "Consent",
    "Contact",
    "Conversation",
    "Counselor",
    "CounselorLine",
    "CounselorSkill",
    "Course",
    "Crawl",
    "Credential",
    "Delegation",
    "Delivery",
    "Enrolment",
    "Evaluation",
    "Event",
    "File",
    "GapDecision",
    "Identity",
    "InboxItem",
    "Incident",
    "IncidentContact",
    "IncidentHearing",
    "KpiInterval",
    "KpiMonth",
    "KpiState",
    "KpiTarget",
    "Macro",
    "MacroUse",
    "Matter",
    "Message",
    "Notice",
    "NoticeRead",
    "Notification",
    "Number",
    "OwedTender",
    "PersonalToken",
    "Place",
    "Presence",
    "QueuePlan",
    "Rating",
    "Recall",
    "RecallNotice",
    "Recording",
    "RegisteredPhone",
    "RemoteFile",
    "Reply",
    "Reservation",
    "Rest",
    "Reversal",
    "Ruling",
    "Scorecard",
    "Shift",
    "SignIn",
    "Skill",
    "Survey",
    "Suspension",
    "Tender",
    "TenderTerm",
    "ThreadKey",
    "Ticket",
    "TicketLink",
    "TicketNote",
    "TicketWatcher",
    "Turn",
    "Wall",
    "Watch",
]
