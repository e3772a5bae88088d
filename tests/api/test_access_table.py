"""Every route of the app × every caller × own and foreign object, in one table.

A route that stands in the app and not in the table fails: whoever adds one says who may use it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import update

from api.auth import COOKIE
from crm import (
    clock,
    contacts,
    conversations,
    counselors,
    db,
    events,
    files,
    incidents,
    presence,
    reservations,
    tickets,
)
from crm.events import BOT, Actor
from crm.models import Counselor, SignIn
from tests.conftest import ROLES, DeskClient, _desk
from tests.conftest import _copied as copied

pytestmark = pytest.mark.database
CALLERS = ("nobody", "guest", *ROLES)

# What each caller gets: nobody, guest, then counselor senior supervisor editor admin auditor.
EVERYBODY = "200 200 200 200 200 200 200 200"
GUEST_ONLY = "401 {} 401 401 401 401 401 401"
SIGNED_IN = "401 401 200 200 200 200 200 200"

# Relations: `own` is theirs or waits in a queue all counselors serve, `colleague` is another
# counselor's in that queue, `unseen` stands in no queue (a talk with the bot, a ticket of `legal`).
READ = {
    "own": "401 401 200 200 200 403 200 200",
    "colleague": "401 401 200 200 200 403 200 200",
    "unseen": "401 401 404 404 200 403 200 200",
}
PLANNED = "401 401 403 403 {0} 403 {0} 403"
OWN_ONLY = "401 401 404 404 404 403 403 403"
OVERSEEN = "401 401 403 403 {0} 403 {0} {0}"
SETTLED = "401 401 403 403 {0} 403 {0} 403"
PHONE = "404 404 404 404 404 404 404 404"  # no account is switched on
TICKET_WORK = "401 401 {0} {0} {0} 403 403 403"
EDITED = "401 401 403 403 403 {0} {0} 403"
TABLE: dict[tuple[str, str], dict[str, str] | str] = {
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/api/v1/tenders"): EVERYBODY,
    ("GET", "/api/v1/search"): EVERYBODY,
    ("POST", "/api/v1/tokens"): "201 201 201 201 201 201 201 201",
    ("POST", "/api/v1/chat/sessions"): "201 201 201 201 201 201 201 201",
    ("POST", "/hooks/{kind}/{account}"): "403 403 403 403 403 403 403 403",  # no signature
    ("GET", "/api/v1/chat/sessions/current"): GUEST_ONLY.format(200),
    ("POST", "/api/v1/chat/messages"): GUEST_ONLY.format(202),
    ("POST", "/api/v1/chat/files"): GUEST_ONLY.format(201),
    ("GET", "/api/v1/chat/files/{file_id}"): {
        "own": GUEST_ONLY.format(200),
        "colleague": GUEST_ONLY.format(404),
    },
    ("GET", "/api/v1/chat/events"): GUEST_ONLY.format(200),
    ("POST", "/api/v1/chat/survey"): GUEST_ONLY.format(200),
    ("POST", "/api/v1/chat/feedback"): GUEST_ONLY.format(404),  # no such answer
    ("GET", "/api/v1/chat/place"): GUEST_ONLY.format(200),
    ("POST", "/api/v1/chat/end"): GUEST_ONLY.format(409),  # nobody is waited for yet
    ("POST", "/api/v1/chat/seen"): GUEST_ONLY.format(404),  # no such message
    ("GET", "/api/v1/me"): SIGNED_IN,
    ("GET", "/api/v1/counselors"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/counselors"): "401 401 403 403 403 403 201 403",
    ("PATCH", "/api/v1/counselors/{counselor_id}"): "401 401 403 403 403 403 200 403",
    ("POST", "/api/v1/counselors/{counselor_id}/sign-out"): "401 401 403 403 403 403 200 403",
    ("POST", "/api/v1/counselors/{counselor_id}/reset-password"): (
        "401 401 403 403 403 403 200 403"
    ),
    ("GET", "/api/v1/me/tokens"): SIGNED_IN,
    ("DELETE", "/api/v1/me/tokens/{token_id}"): "401 401 404 404 404 404 404 404",  # not theirs
    ("GET", "/api/v1/replies"): SIGNED_IN,
    ("POST", "/api/v1/replies"): "401 401 403 403 201 201 201 403",
    ("PATCH", "/api/v1/replies/{reply_id}"): "401 401 403 403 404 404 404 403",
    ("DELETE", "/api/v1/replies/{reply_id}"): "401 401 403 403 404 404 404 403",
    ("GET", "/api/v1/macros"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/macros"): "401 401 201 201 201 403 201 403",  # their own
    ("PATCH", "/api/v1/macros/{macro_id}"): "401 401 404 404 404 403 404 403",
    ("DELETE", "/api/v1/macros/{macro_id}"): "401 401 404 404 404 403 404 403",
    ("GET", "/api/v1/tickets/{ticket_id}/macros"): TICKET_WORK.format(200),
    ("POST", "/api/v1/tickets/{ticket_id}/macros/{macro_id}"): TICKET_WORK.format(404),
    ("POST", "/api/v1/tickets/{ticket_id}/macros/{macro_id}/undo"): TICKET_WORK.format(409),
    ("GET", "/console/macros"): "401 401 200 200 200 403 200 200",
    ("POST", "/console/macros"): "401 401 422 422 422 403 422 403",  # it does nothing
    ("POST", "/console/macros/remove"): "401 401 404 404 404 403 404 403",
    ("GET", "/console/tickets/{ticket_id}/macros/{macro_id}"): TICKET_WORK.format(404),
    ("POST", "/console/tickets/{ticket_id}/macros"): TICKET_WORK.format(404),
    ("POST", "/console/tickets/{ticket_id}/macros/undo"): TICKET_WORK.format(409),
    ("GET", "/api/v1/events"): SIGNED_IN,
    ("GET", "/api/v1/actions"): {
        "own": "401 200 200 200 200 403 200 200",
        "unseen": "401 200 404 404 200 403 200 200",
    },
    ("GET", "/api/v1/actions/{action_id}/receipt"): "401 404 404 404 404 404 404 404",  # none
    ("GET", "/api/v1/messages/{message_id}/receipt"): "401 404 404 404 404 404 404 404",
    ("POST", "/api/v1/receipts/check"): EVERYBODY,
    ("GET", "/api/v1/walls"): OVERSEEN.format(200),
    ("POST", "/api/v1/walls"): PLANNED.format(422),  # there is no such person
    ("POST", "/api/v1/walls/{wall_id}/lift"): PLANNED.format(404),
    ("GET", "/api/v1/staffing/erlang"): "401 401 200 200 200 403 200 200",
    ("GET", "/api/v1/staffing/forecast"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/staffing/cover"): PLANNED.format(200),
    ("GET", "/api/v1/staffing/shifts"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/staffing/shifts"): PLANNED.format(422),  # there is no such counselor
    ("DELETE", "/api/v1/staffing/shifts/{shift_id}"): PLANNED.format(404),
    ("GET", "/api/v1/staffing/adherence"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/conversations/{conversation_id}/abuse"): {
        "own": "401 401 200 200 200 403 403 403",
        "colleague": "401 401 403 403 403 403 403 403",
        "unseen": "401 401 404 404 403 403 403 403",
    },
    ("GET", "/api/v1/suspensions"): "401 401 403 403 200 403 200 200",
    ("POST", "/api/v1/suspensions/{suspension_id}/review"): PLANNED.format(404),
    ("GET", "/api/v1/campaigns"): "401 401 403 403 200 403 200 200",
    ("POST", "/api/v1/campaigns"): PLANNED.format(201),
    ("GET", "/api/v1/campaigns/{campaign_id}"): "401 401 403 403 404 403 404 404",
    ("POST", "/api/v1/campaigns/{campaign_id}/targets"): PLANNED.format(404),
    ("POST", "/api/v1/campaigns/{campaign_id}/{verb}"): PLANNED.format(404),
    ("GET", "/api/v1/happy-calls"): "401 401 200 200 200 403 403 403",
    ("POST", "/api/v1/happy-calls/{target_id}/take"): "401 401 404 404 404 403 403 403",
    ("POST", "/api/v1/happy-calls/{target_id}/result"): "401 401 404 404 404 403 403 403",
    ("POST", "/api/v1/happy-calls/{target_id}/call"): "401 401 404 404 404 403 403 403",
    ("GET", "/api/v1/contacts/{contact_id}/consents"): "401 401 200 200 200 403 200 403",
    ("PUT", "/api/v1/contacts/{contact_id}/consents"): "401 401 200 200 200 403 200 403",
    ("GET", "/api/v1/quality/scorecards"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/quality/scorecards"): PLANNED.format(201),
    ("GET", "/api/v1/quality/evaluations"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/quality/evaluations"): "401 401 403 404 404 403 403 403",
    ("POST", "/api/v1/quality/evaluations/{evaluation_id}/acknowledge"): OWN_ONLY,
    ("GET", "/api/v1/quality/sample"): "401 401 403 200 200 403 200 200",
    ("GET", "/api/v1/quality/calibration/{conversation_id}"): "401 401 403 403 404 403 404 404",
    ("GET", "/api/v1/quality/notes"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/quality/notes"): "401 401 403 422 422 403 403 403",
    ("POST", "/api/v1/quality/notes/{note_id}/read"): OWN_ONLY,
    ("GET", "/api/v1/courses"): SIGNED_IN,
    ("POST", "/api/v1/courses"): PLANNED.format(201),
    ("POST", "/api/v1/courses/{course_id}/enrolments"): PLANNED.format(404),
    ("GET", "/api/v1/enrolments"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/enrolments/{enrolment_id}/result"): PLANNED.format(404),
    ("GET", "/api/v1/notices"): SIGNED_IN,
    ("POST", "/api/v1/notices"): PLANNED.format(201),
    ("POST", "/api/v1/notices/{notice_id}/read"): "401 401 404 404 404 404 404 404",
    ("GET", "/api/v1/notices/{notice_id}/unread"): PLANNED.format(404),
    ("DELETE", "/api/v1/notices/{notice_id}"): PLANNED.format(404),
    ("GET", "/api/v1/targets"): "401 401 403 403 200 403 200 200",
    ("PUT", "/api/v1/targets/{kpi}"): PLANNED.format(200),
    ("GET", "/api/v1/statistics/counselors"): "401 401 403 403 200 403 200 200",
    ("GET", "/api/v1/reports"): "401 401 403 403 200 403 200 200",
    ("GET", "/api/v1/reports/{kpi}"): "401 401 403 403 200 403 200 200",
    ("GET", "/api/v1/reports/journal"): "401 401 403 403 200 403 200 200",
    ("GET", "/api/v1/reports/months"): "401 401 403 403 200 403 200 200",
    ("POST", "/api/v1/reports/months"): "401 401 403 403 409 403 409 403",  # it is not over
    ("GET", "/api/v1/reports/months/{month}"): "401 401 403 403 404 403 404 404",
    ("GET", "/api/v1/conversations"): "401 401 200 200 200 403 200 200",
    ("GET", "/api/v1/conversations/{conversation_id}"): READ,
    ("POST", "/api/v1/conversations/{conversation_id}/accept"): {
        "own": "401 401 200 200 200 403 403 403",
        "colleague": "401 401 409 409 409 403 403 403",
        "unseen": "401 401 404 404 409 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/messages"): {
        "own": "401 401 201 201 201 403 403 403",
        "colleague": "401 401 403 403 403 403 403 403",
        "unseen": "401 401 404 404 403 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/files"): {
        "own": "401 401 201 201 201 403 403 403",
        "colleague": "401 401 403 403 403 403 403 403",
        "unseen": "401 401 404 404 403 403 403 403",
    },
    ("GET", "/api/v1/conversations/{conversation_id}/files/{file_id}"): READ,
    ("POST", "/api/v1/conversations/{conversation_id}/transfer"): {
        "own": "401 401 200 200 200 403 403 403",
        "colleague": "401 401 403 403 200 403 403 403",
        "unseen": "401 401 404 404 409 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/wrap"): {
        "own": "401 401 200 200 200 403 403 403",
        "colleague": "401 401 403 403 403 403 403 403",
        "unseen": "401 401 404 404 403 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/guard"): {
        "own": "401 401 200 200 200 403 403 403",
        "colleague": "401 401 403 403 403 403 403 403",
        "unseen": "401 401 404 404 403 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/clarification"): {
        "own": "401 401 409 409 409 403 403 403",  # nothing was asked about a tender
        "colleague": "401 401 403 403 403 403 403 403",
        "unseen": "401 401 404 404 403 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/end"): {
        "own": "401 401 200 200 200 403 403 403",
        "colleague": "401 401 403 403 403 403 403 403",
        "unseen": "401 401 404 404 403 403 403 403",
    },
    ("GET", "/api/v1/conversations/{conversation_id}/call"): READ,
    ("POST", "/api/v1/conversations/{conversation_id}/call/{verb}"): {
        "own": "401 401 409 409 409 403 403 403",  # nobody is on the line
        "unseen": "401 401 404 404 409 403 403 403",
    },
    ("GET", "/api/v1/conversations/{conversation_id}/recordings/{recording_id}"): {
        "own": "401 401 404 404 404 403 403 404",  # there is none
        "unseen": "401 401 404 404 404 403 403 404",
    },
    ("GET", "/api/v1/phone/call"): "401 401 200 200 200 403 403 403",
    ("GET", "/api/v1/phone/line"): "401 401 200 200 200 403 403 403",
    ("PUT", "/api/v1/phone/line"): "401 401 200 200 200 403 403 403",
    ("POST", "/api/v1/phone/token"): "401 401 409 409 409 403 403 403",  # not switched on
    # Allocation. `own` and `colleague` as above; a counselor of another queue is told nothing.
    ("GET", "/api/v1/presence"): "401 401 200 200 200 403 200 200",
    ("PUT", "/api/v1/presence"): "401 401 200 200 200 403 403 403",
    ("POST", "/api/v1/presence/beat"): "401 401 200 200 200 403 403 403",
    ("PUT", "/api/v1/counselors/{counselor_id}/presence"): "401 401 403 403 200 403 200 403",
    ("PUT", "/api/v1/counselors/{counselor_id}/capacity"): "401 401 403 403 200 403 200 403",
    ("GET", "/api/v1/counselors/{counselor_id}/skills"): "401 401 200 200 200 403 200 200",
    ("PUT", "/api/v1/counselors/{counselor_id}/skills"): "401 401 403 403 200 403 200 403",
    ("GET", "/api/v1/reservations"): "401 401 200 200 200 403 403 403",
    ("POST", "/api/v1/reservations/{reservation_id}/accept"): {
        "colleague": "401 401 404 404 404 403 403 403",
    },
    ("POST", "/api/v1/reservations/{reservation_id}/reject"): {
        "colleague": "401 401 404 404 404 403 403 403",
    },
    ("GET", "/api/v1/queues"): "401 401 200 200 200 403 200 200",
    ("PATCH", "/api/v1/queues/{name}"): "401 401 403 403 200 403 200 403",
    ("GET", "/api/v1/skills"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/skills"): "401 401 403 403 201 403 201 403",
    ("DELETE", "/api/v1/skills/{name}"): "401 401 403 403 404 403 404 403",
    ("PUT", "/api/v1/conversations/{conversation_id}/needs"): {
        "unseen": "401 401 404 404 200 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/consult"): {
        "colleague": "401 401 403 403 200 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/leave"): READ,
    ("POST", "/api/v1/conversations/{conversation_id}/watch"): {
        "own": "401 401 403 403 200 403 403 403",
        "unseen": "401 401 403 403 409 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/take"): {
        "colleague": "401 401 403 403 200 403 403 403",
        "unseen": "401 401 403 403 409 403 403 403",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/escalate"): {
        "colleague": "401 401 403 403 200 403 403 403",
    },
    ("GET", "/api/v1/chat/wait"): GUEST_ONLY.format(409),  # the bot has it: nobody waits
    ("POST", "/api/v1/chat/callback"): GUEST_ONLY.format(201),
    ("DELETE", "/api/v1/chat/callback"): GUEST_ONLY.format(404),
    ("PUT", "/api/v1/chat/phone"): GUEST_ONLY.format(403),  # the portal vouches for nobody here
    ("DELETE", "/api/v1/chat/phone"): GUEST_ONLY.format(204),
    ("GET", "/api/v1/chat/phone"): GUEST_ONLY.format(200),
    ("GET", "/api/v1/callbacks"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/conversations/{conversation_id}/callback"): {
        "colleague": "401 401 409 409 409 403 403 403",
        "unseen": "401 401 404 404 201 403 403 403",
    },
    ("POST", "/api/v1/callbacks/{callback_id}/outcome"): "401 401 404 404 404 403 403 403",
    ("GET", "/api/v1/calendars"): "401 401 200 200 200 403 200 200",
    ("PUT", "/api/v1/calendars/{name}"): "401 401 403 403 200 403 200 403",
    ("POST", "/api/v1/calendars/{name}/holidays"): "401 401 403 403 422 403 422 403",
    ("GET", "/api/v1/tickets"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/tickets"): {
        "own": "401 401 201 201 201 403 403 403",
        "unseen": "401 401 404 404 201 403 403 403",
    },
    ("GET", "/api/v1/tickets/{ticket_id}"): {
        "own": "401 401 200 200 200 403 200 200",
        "unseen": "401 401 404 200 200 403 200 200",  # the second line serves `legal`
    },
    ("PATCH", "/api/v1/tickets/{ticket_id}"): {
        "own": "401 401 200 200 200 403 403 403",
        "unseen": "401 401 404 200 200 403 403 403",
    },
    ("GET", "/api/v1/incidents/notices"): EVERYBODY,
    ("GET", "/api/v1/incidents"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/incidents"): "401 401 403 403 201 403 201 403",
    ("GET", "/api/v1/incidents/{incident_id}"): "401 401 200 200 200 403 200 200",
    ("PATCH", "/api/v1/incidents/{incident_id}"): "401 401 403 403 409 403 409 403",
    ("POST", "/api/v1/incidents/{incident_id}/open"): "401 401 403 403 200 403 200 403",
    ("POST", "/api/v1/incidents/{incident_id}/dismiss"): "401 401 403 403 200 403 200 403",
    ("POST", "/api/v1/incidents/{incident_id}/contacts"): "401 401 403 403 200 403 200 403",
    ("POST", "/api/v1/incidents/{incident_id}/close"): "401 401 403 403 409 403 409 403",
    ("GET", "/api/v1/tickets/similar"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/tickets/{ticket_id}/merge"): TICKET_WORK.format(200),
    ("POST", "/api/v1/tickets/{ticket_id}/split"): TICKET_WORK.format(201),
    ("POST", "/api/v1/tickets/{ticket_id}/undo"): TICKET_WORK.format(409),  # nothing to undo
    ("GET", "/api/v1/tickets/{ticket_id}/around"): {
        "own": "401 401 200 200 200 403 200 200",
        "unseen": "401 401 404 200 200 403 200 200",
    },
    ("GET", "/api/v1/tickets/{ticket_id}/colleagues"): {
        "own": TICKET_WORK.format(200),
        "unseen": "401 401 404 200 200 403 403 403",
    },
    ("GET", "/api/v1/conversations/{conversation_id}/colleagues"): {
        "own": TICKET_WORK.format(200),
        "unseen": "401 401 404 404 200 403 403 403",
    },
    ("POST", "/api/v1/tickets/{ticket_id}/notes"): TICKET_WORK.format(201),
    ("PUT", "/api/v1/tickets/{ticket_id}/incident"): TICKET_WORK.format(200),
    ("POST", "/api/v1/tickets/{ticket_id}/rulings"): TICKET_WORK.format(201),
    ("GET", "/api/v1/rulings"): SIGNED_IN,
    ("GET", "/api/v1/rulings/{ruling}"): "401 401 404 404 404 404 404 404",
    ("POST", "/api/v1/rulings/{ruling}/decide"): "401 401 403 404 404 403 403 403",
    ("POST", "/api/v1/rulings/{ruling}/withdraw"): OWN_ONLY,
    ("POST", "/api/v1/tickets/{ticket_id}/appointments"): TICKET_WORK.format(422),  # in the past
    ("GET", "/api/v1/appointments"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/appointments/{appointment_id}/move"): OWN_ONLY,
    ("POST", "/api/v1/appointments/{appointment_id}/outcome"): OWN_ONLY,
    ("POST", "/api/v1/tickets/{ticket_id}/watch"): TICKET_WORK.format(200),
    ("POST", "/api/v1/tickets/{ticket_id}/links"): TICKET_WORK.format(201),
    ("DELETE", "/api/v1/tickets/{ticket_id}/links"): TICKET_WORK.format(200),
    ("GET", "/api/v1/contacts/{contact_id}"): {
        "own": "401 401 200 200 200 403 200 200",
        "unseen": "401 401 404 200 200 403 200 200",  # the second line sees their ticket
    },
    ("GET", "/api/v1/contacts"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/contacts/{contact_id}/merge"): "401 401 403 200 200 403 403 403",
    ("POST", "/api/v1/contacts/{contact_id}/undo"): "401 401 403 409 409 403 403 403",
    ("GET", "/api/v1/contacts/{contact_id}/call"): {
        "own": "401 401 200 200 200 403 403 403",
        "unseen": "401 401 404 200 200 403 403 403",
    },
    ("POST", "/api/v1/contacts/{contact_id}/call"): {
        "own": "401 401 409 409 409 403 403 403",  # the desk has no line of its own here
        "unseen": "401 401 404 409 409 403 403 403",
    },
    ("DELETE", "/api/v1/contacts/{contact_id}/phones"): {
        "own": "401 401 200 200 200 403 403 403",
        "unseen": "401 401 404 200 200 403 403 403",
    },
    ("GET", "/api/v1/articles"): SIGNED_IN,
    ("GET", "/api/v1/articles/{article_id}"): "401 401 404 404 404 404 404 404",  # there is none
    ("POST", "/api/v1/articles"): EDITED.format(422),
    ("GET", "/api/v1/gaps"): "401 401 403 200 200 200 200 200",
    ("GET", "/api/v1/gaps/articles"): "401 401 403 200 200 200 200 200",
    ("POST", "/api/v1/gaps/decide"): EDITED.format(422),  # no such question
    ("GET", "/console/gaps"): "401 401 403 200 200 200 200 200",
    ("POST", "/console/gaps"): EDITED.format(422),
    ("GET", "/api/v1/recalls"): "401 401 403 403 200 200 200 200",
    ("POST", "/api/v1/recalls"): "401 401 403 403 404 404 404 403",  # no such article
    ("GET", "/api/v1/recalls/affected"): "401 401 403 403 404 404 404 404",
    ("GET", "/api/v1/recalls/{recall_id}"): "401 401 403 403 404 404 404 404",  # there is none
    ("GET", "/console/recall"): "401 401 403 403 200 200 200 200",
    ("POST", "/console/recall"): "401 401 403 403 422 422 422 403",
    ("GET", "/api/v1/articles/{article_id}/statistics"): "401 401 404 404 404 404 404 404",
    ("POST", "/api/v1/articles/import"): EDITED.format(422),  # there is nothing in it
    ("GET", "/console/articles/import"): EDITED.format(200),
    ("POST", "/console/articles/import"): EDITED.format(422),
    ("POST", "/console/articles/import/save"): EDITED.format(422),
    ("PATCH", "/api/v1/articles/{article_id}"): EDITED.format(404),
    ("POST", "/api/v1/articles/{article_id}/publish"): EDITED.format(404),
    ("POST", "/api/v1/articles/{article_id}/withdraw"): EDITED.format(404),
    ("POST", "/api/v1/articles/{article_id}/submit"): EDITED.format(404),
    ("POST", "/api/v1/articles/{article_id}/approve"): EDITED.format(404),
    ("POST", "/api/v1/articles/{article_id}/send-back"): EDITED.format(404),
    ("POST", "/api/v1/articles/{article_id}/rollback"): EDITED.format(404),
    ("POST", "/api/v1/articles/{article_id}/try"): EDITED.format(404),
    ("GET", "/api/v1/articles/{article_id}/steps"): "401 401 404 404 404 404 404 404",
    ("GET", "/api/v1/articles/{article_id}/diff"): "401 401 404 404 404 404 404 404",
    ("GET", "/media/{token}"): "404 404 404 404 404 404 404 404",  # not a link of ours
    ("GET", "/api/v1/inbox"): OVERSEEN.format(200),
    ("GET", "/api/v1/inbox/{item_id}/raw"): OVERSEEN.format(404),  # there is none
    ("POST", "/api/v1/inbox/{item_id}/retry"): SETTLED.format(404),
    ("POST", "/api/v1/inbox/{item_id}/discard"): SETTLED.format(404),
    ("GET", "/api/v1/deliveries"): OVERSEEN.format(200),
    ("POST", "/api/v1/deliveries/{delivery_id}/resend"): SETTLED.format(404),
    ("GET", "/api/v1/owed-tenders"): OVERSEEN.format(200),
    ("POST", "/api/v1/owed-tenders/{owed_id}/retry"): SETTLED.format(404),  # there is none
    ("POST", "/api/v1/owed-tenders/{owed_id}/discard"): SETTLED.format(404),
    ("POST", "/api/v1/conversations/{conversation_id}/drafts/{message_id}"): {
        "own": "401 401 404 404 404 403 403 403",  # there is none
        "colleague": "401 401 403 403 403 403 403 403",
        "unseen": "401 401 404 404 403 403 403 403",
    },
    ("POST", "/hooks/phone/{account}"): PHONE,
    ("POST", "/hooks/phone/{account}/steps/{step}"): PHONE,
    ("POST", "/hooks/phone/{account}/wait"): PHONE,
    ("POST", "/hooks/phone/{account}/waiting"): PHONE,
    ("POST", "/hooks/phone/{account}/music"): PHONE,
    ("POST", "/hooks/phone/{account}/leg"): PHONE,
    ("POST", "/hooks/phone/{account}/answered"): PHONE,
    ("POST", "/hooks/phone/{account}/said/{message_id}"): PHONE,
    ("POST", "/hooks/phone/{account}/status"): PHONE,
    ("POST", "/hooks/phone/{account}/recording"): PHONE,
    ("POST", "/hooks/phone/{account}/fallback"): PHONE,
    # Pages: members come with a cookie.
    ("POST", "/console/talks/{conversation_id}/drafts/{message_id}"): {
        "own": "401 401 404 404 404 403 403 403",  # there is none
        "colleague": "401 401 403 403 403 403 403 403",
        "unseen": "401 401 404 404 403 403 403 403",
    },
    ("GET", "/console/post"): OVERSEEN.format(200),
    ("POST", "/console/post"): SETTLED.format(303),
    ("GET", "/"): EVERYBODY,
    ("GET", "/help"): EVERYBODY,
    ("GET", "/help/{language}"): EVERYBODY,
    ("GET", "/help/{language}/{article}"): "404 404 404 404 404 404 404 404",
    ("GET", "/widget"): EVERYBODY,
    ("GET", "/widget.js"): EVERYBODY,
    ("GET", "/survey/{token}"): "404 404 404 404 404 404 404 404",
    ("POST", "/survey/{token}"): "403 403 403 403 403 403 403 403",
    ("GET", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in"): "403 403 403 403 403 403 403 403",  # the form's own secret is missing
    ("GET", "/setup"): "303 303 303 303 303 303 303 303",
    ("POST", "/setup"): "403 403 403 403 403 403 403 403",
    ("POST", "/sign-out"): "401 401 303 303 303 303 303 303",
    ("GET", "/console"): SIGNED_IN,
    ("GET", "/console/lists"): "401 401 200 200 200 403 200 200",
    ("GET", "/console/talks/{conversation_id}"): READ,
    ("GET", "/console/articles/{language}/{article}"): "401 401 404 404 404 404 404 404",  # none
    ("GET", "/console/articles"): SIGNED_IN,
    ("GET", "/console/articles/new"): EDITED.format(200),
    ("POST", "/console/articles/new"): EDITED.format(422),  # it says nothing
    ("POST", "/console/articles/preview"): EDITED.format(200),
    ("GET", "/console/articles/{article}"): "401 401 404 404 404 404 404 404",  # there is none
    ("POST", "/console/articles/{article}/{verb}"): EDITED.format(404),
    ("GET", "/console/articles/{article}/edit/{language}"): EDITED.format(404),
    ("POST", "/console/articles/{article}/edit/{language}"): EDITED.format(404),
    ("GET", "/console/articles/{article}/try/{language}"): EDITED.format(404),
    ("GET", "/console/articles/{article}/versions/{language}"): "401 401 404 404 404 404 404 404",
    ("POST", "/console/articles/{article}/versions/{language}"): EDITED.format(404),
    ("POST", "/console/language"): "401 401 303 303 303 303 303 303",
    ("GET", "/console/people"): "401 401 200 200 200 403 200 200",
    ("POST", "/console/people"): "401 401 403 403 403 403 303 403",
    ("GET", "/console/people/{counselor_id}"): "401 401 403 403 403 403 200 403",
    ("POST", "/console/people/{counselor_id}"): "401 401 403 403 403 403 303 403",
    ("POST", "/console/people/{counselor_id}/access"): "401 401 403 403 403 403 303 403",
    ("GET", "/console/account"): SIGNED_IN,
    ("POST", "/console/account/password"): "401 401 403 403 403 403 403 403",  # the old is wrong
    ("POST", "/console/account/sign-out"): "401 401 303 303 303 303 303 303",
    ("POST", "/console/account/tokens"): "401 401 303 303 303 303 303 303",
    ("GET", "/console/replies"): SIGNED_IN,
    ("POST", "/console/replies"): "401 401 403 403 422 422 422 403",  # there is no text in it
    ("POST", "/console/replies/remove"): "401 401 403 403 404 404 404 403",
    ("GET", "/console/team"): SIGNED_IN,
    ("POST", "/console/team/notices"): "401 401 403 403 303 403 303 403",
    ("POST", "/console/team/notices/{notice_id}/read"): "401 401 404 404 404 404 404 404",
    ("POST", "/console/team/notes/{note_id}/read"): OWN_ONLY,
    ("POST", "/console/team/evaluations/{evaluation_id}/acknowledge"): OWN_ONLY,
    ("GET", "/console/staffing"): "401 401 200 200 200 403 200 200",
    ("GET", "/console/reach"): "401 401 200 200 200 403 200 200",
    ("POST", "/console/reach/campaigns"): PLANNED.format(303),
    ("POST", "/console/reach/campaigns/{campaign_id}/{verb}"): PLANNED.format(404),
    ("POST", "/console/reach/calls/{target_id}/take"): "401 401 404 404 404 403 403 403",
    ("POST", "/console/reach/calls/{target_id}/result"): "401 401 404 404 404 403 403 403",
    ("POST", "/console/reach/calls/{target_id}/call"): "401 401 404 404 404 403 403 403",
    ("GET", "/console/quality"): "401 401 403 200 200 403 200 200",
    ("POST", "/console/quality/scorecards"): PLANNED.format(303),
    ("POST", "/console/quality/notes"): "401 401 403 422 422 403 403 403",  # for nobody
    ("GET", "/console/quality/talks/{conversation_id}"): "401 401 403 200 200 403 200 200",
    ("POST", "/console/quality/talks/{conversation_id}"): "401 401 403 404 404 403 403 403",
    ("GET", "/console/courses"): "401 401 403 403 200 403 200 200",
    ("POST", "/console/courses"): PLANNED.format(303),
    ("POST", "/console/courses/{course_id}/assign"): PLANNED.format(404),
    ("POST", "/console/courses/results/{enrolment_id}"): PLANNED.format(404),
    ("POST", "/console/contacts/{contact_id}/consents"): "401 401 303 303 303 403 303 403",
    ("GET", "/console/reach/campaigns/{campaign_id}"): "401 401 403 403 404 403 404 404",
    ("POST", "/console/reach/campaigns/{campaign_id}/targets"): PLANNED.format(404),
    ("GET", "/api/v1/campaigns/{campaign_id}/outlook"): "401 401 403 403 404 403 404 404",
    ("GET", "/console/allocation"): "401 401 200 200 200 403 200 200",
    ("POST", "/console/allocation/queues/{name}"): PLANNED.format(303),
    ("POST", "/console/allocation/skills"): PLANNED.format(303),
    ("POST", "/console/allocation/skills/{name}/remove"): PLANNED.format(404),
    ("POST", "/console/allocation/calendars"): PLANNED.format(303),
    ("POST", "/console/allocation/calendars/holidays"): PLANNED.format(422),
    ("GET", "/console/allocation/people/{counselor_id}"): PLANNED.format(200),
    ("POST", "/console/allocation/people/{counselor_id}"): PLANNED.format(303),
    ("GET", "/console/walls"): OVERSEEN.format(200),
    ("POST", "/console/walls"): PLANNED.format(422),
    ("POST", "/console/walls/{wall_id}/lift"): PLANNED.format(404),
    ("GET", "/console/board"): "401 401 403 403 200 403 200 200",
    ("GET", "/console/board/now"): "401 401 403 403 200 403 200 200",
    ("GET", "/console/reports"): "401 401 403 403 200 403 200 200",
    ("GET", "/console/reports/months"): "401 401 403 403 200 403 200 200",
    ("POST", "/console/reports/months"): "401 401 403 403 422 403 422 403",  # it is not over
    ("GET", "/console/tickets"): "401 401 200 200 200 403 200 200",
    ("GET", "/console/tickets/{ticket_id}"): {
        "own": "401 401 200 200 200 403 200 200",
        "unseen": "401 401 404 200 200 403 200 200",
    },
    ("POST", "/console/tickets/{ticket_id}"): {
        "own": "401 401 303 303 303 403 403 403",
        "unseen": "401 401 404 303 303 403 403 403",
    },
    ("POST", "/console/tickets/{ticket_id}/rulings"): TICKET_WORK.format(303),
    ("POST", "/console/tickets/{ticket_id}/appointments"): TICKET_WORK.format(422),  # in the past
    ("POST", "/console/tickets/{ticket_id}/incident"): TICKET_WORK.format(303),
    ("POST", "/console/tickets/{ticket_id}/notes"): TICKET_WORK.format(303),
    ("POST", "/console/tickets/{ticket_id}/watch"): TICKET_WORK.format(303),
    ("POST", "/console/tickets/{ticket_id}/tags"): TICKET_WORK.format(303),
    ("POST", "/console/tickets/{ticket_id}/links"): TICKET_WORK.format(303),
    ("POST", "/console/tickets/{ticket_id}/unlink"): TICKET_WORK.format(303),
    ("POST", "/console/tickets/{ticket_id}/merge"): TICKET_WORK.format(422),
    ("POST", "/console/tickets/{ticket_id}/split"): TICKET_WORK.format(422),
    ("POST", "/console/tickets/{ticket_id}/undo"): TICKET_WORK.format(409),
    ("GET", "/console/notifications"): "401 401 200 200 200 403 200 200",
    ("GET", "/console/notifications/count"): "401 401 200 200 200 403 200 200",
    ("POST", "/console/notifications/read"): "401 401 303 303 303 403 303 303",
    ("POST", "/console/notifications/{notification_id}/read"): "401 401 404 404 404 403 404 404",
    ("GET", "/api/v1/notifications"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/notifications/read"): "401 401 200 200 200 403 200 200",
    ("POST", "/api/v1/notifications/{notification_id}/read"): "401 401 404 404 404 403 404 404",
    ("GET", "/console/rulings"): SIGNED_IN,
    ("POST", "/console/rulings/{ruling}/decide"): "401 401 403 404 404 403 403 403",
    ("POST", "/console/rulings/{ruling}/withdraw"): OWN_ONLY,
    ("GET", "/console/appointments"): "401 401 200 200 200 403 200 200",
    ("POST", "/console/appointments/{appointment_id}/move"): OWN_ONLY,
    ("POST", "/console/appointments/{appointment_id}/outcome"): OWN_ONLY,
    ("GET", "/console/incidents/{incident_id}"): "401 401 200 200 200 403 200 200",
    ("GET", "/console/shifts"): "401 401 200 200 200 403 200 200",
    ("POST", "/console/shifts"): PLANNED.format(422),  # nobody works then
    ("POST", "/console/shifts/{shift_id}/remove"): PLANNED.format(404),
    ("GET", "/console/suspensions"): "401 401 403 403 200 403 200 200",
    ("POST", "/console/suspensions/{suspension_id}/review"): PLANNED.format(404),
    ("GET", "/console/targets"): "401 401 403 403 200 403 200 200",
    ("POST", "/console/targets"): PLANNED.format(303),
    ("GET", "/console/contacts"): "401 401 200 200 200 403 200 200",
    ("GET", "/console/contacts/{contact_id}"): {
        "own": "401 401 200 200 200 403 200 200",
        "unseen": "401 401 404 200 200 403 200 200",
    },
    ("POST", "/console/contacts/{contact_id}/merge"): "401 401 403 303 303 403 403 403",
    ("POST", "/console/contacts/{contact_id}/undo"): "401 401 403 409 409 403 403 403",
    ("POST", "/console/contacts/{contact_id}/call"): {
        "own": "401 401 409 409 409 403 403 403",
        "unseen": "401 401 404 409 409 403 403 403",
    },
    ("POST", "/console/contacts/{contact_id}/forget-phones"): {
        "own": "401 401 303 303 303 403 403 403",
        "unseen": "401 401 404 303 303 403 403 403",
    },
    ("POST", "/api/v1/contacts/{contact_id}/callback"): {
        "own": "401 401 201 201 201 403 403 403",
        "unseen": "401 401 404 201 201 403 403 403",
    },
    ("POST", "/console/contacts/{contact_id}/callback"): {
        "own": "401 401 303 303 303 403 403 403",
        "unseen": "401 401 404 303 303 403 403 403",
    },
    ("POST", "/console/tickets/{ticket_id}/callback"): {
        "own": "401 401 303 303 303 403 403 403",
        "unseen": "401 401 404 303 303 403 403 403",
    },
    ("GET", "/console/callbacks"): "401 401 200 200 200 403 200 200",
    ("POST", "/console/callbacks/{callback_id}/outcome"): OWN_ONLY,
    ("GET", "/demo/phone"): EVERYBODY,  # only on a demo desk
    ("POST", "/demo/phone/calls"): "201 201 201 201 201 201 201 201",
    ("POST", "/demo/phone/calls/{call_id}"): "404 404 404 404 404 404 404 404",
    ("POST", "/demo/phone/calls/{call_id}/in-room"): "404 404 404 404 404 404 404 404",
    ("GET", "/demo/phone/calls/{call_id}/written"): "404 404 404 404 404 404 404 404",
    ("POST", "/demo/phone/calls/{call_id}/hang-up"): "204 204 204 204 204 204 204 204",
    ("GET", "/console/floor"): "401 401 200 200 200 403 200 200",
    ("POST", "/console/floor/presence"): "401 401 303 303 303 403 403 403",
    ("POST", "/console/floor/incidents"): "401 401 403 403 303 403 303 403",
    ("POST", "/console/floor/incidents/{incident_id}/open"): "401 401 403 403 303 403 303 403",
    ("POST", "/console/floor/incidents/{incident_id}/dismiss"): "401 401 403 403 303 403 303 403",
    ("POST", "/console/floor/incidents/{incident_id}/close"): "401 401 403 403 409 403 409 403",
    ("GET", "/openapi.json"): EVERYBODY,
}
ITEM = {"code": "x", "area": "x", "words": {"en": "x"}}
NOTICE = {"en": "x", "es": "x", "ko": "x"}
PAST = "2026-01-01T09:00:00Z"
JSON: dict[tuple[str, str], Any] = {
    ("POST", "/api/v1/chat/sessions"): {},
    ("POST", "/api/v1/chat/messages"): {"client_id": "a", "text": "hi"},
    ("POST", "/api/v1/chat/survey"): {"score": 5},
    ("POST", "/api/v1/chat/seen"): {"message_id": "nothing"},
    ("POST", "/api/v1/chat/feedback"): {"message_id": "nothing", "helpful": True},
    ("PATCH", "/api/v1/replies/{reply_id}"): {"name": "x", "texts": {"en": "x"}},
    ("PATCH", "/api/v1/macros/{macro_id}"): {"name": "x", "scope": "own", "note": "x"},
    ("POST", "/api/v1/tickets/{ticket_id}/macros/{macro_id}"): {"client_id": "x"},
    ("POST", "/api/v1/articles/{article_id}/submit"): {"language": "en"},
    ("POST", "/api/v1/articles/{article_id}/approve"): {"language": "en"},
    ("POST", "/api/v1/articles/{article_id}/send-back"): {"language": "en", "reason": "x"},
    ("POST", "/api/v1/articles/{article_id}/try"): {"language": "en", "question": "x"},
    ("POST", "/api/v1/articles/{article_id}/rollback"): {"language": "en", "version": 1},
    ("POST", "/api/v1/conversations/{conversation_id}/messages"): {"client_id": "a", "text": "hi"},
    ("POST", "/api/v1/conversations/{conversation_id}/guard"): {"text": "hi"},
    ("POST", "/api/v1/conversations/{conversation_id}/transfer"): {"queue": "payment"},
    ("POST", "/api/v1/conversations/{conversation_id}/wrap"): {"code": "answered"},
    ("POST", "/api/v1/conversations/{conversation_id}/drafts/{message_id}"): {"decision": "accept"},
    ("PUT", "/api/v1/presence"): {"state": "not_ready", "reason": "break"},
    ("PUT", "/api/v1/counselors/{counselor_id}/presence"): {"state": "ready"},
    ("PUT", "/api/v1/counselors/{counselor_id}/capacity"): {"chat": 2},
    ("PUT", "/api/v1/counselors/{counselor_id}/skills"): {"skills": {}},
    ("PATCH", "/api/v1/queues/{name}"): {"mode": "open"},
    ("PUT", "/api/v1/calendars/{name}"): {"zone": "Asia/Seoul"},
    ("POST", "/api/v1/callbacks/{callback_id}/outcome"): {"reached": True},
    ("POST", "/api/v1/tickets/{ticket_id}/notes"): {"text": "hi"},
    ("POST", "/api/v1/incidents"): {"title": "x", "notice": NOTICE, "queue": "bidding"},
    ("PATCH", "/api/v1/incidents/{incident_id}"): {"title": "x", "notice": NOTICE},
    ("POST", "/api/v1/incidents/{incident_id}/open"): {"title": "x", "notice": NOTICE},
    ("POST", "/api/v1/incidents/{incident_id}/contacts"): {"conversations": []},
    ("POST", "/api/v1/incidents/{incident_id}/close"): {"notice": NOTICE},
    ("POST", "/api/v1/tickets/{ticket_id}/links"): {"kind": "tender", "value": "x"},
    ("PUT", "/api/v1/tickets/{ticket_id}/incident"): {"incident": None},
    ("POST", "/api/v1/tickets/{ticket_id}/rulings"): {"kind": "approval", "question": "x"},
    ("POST", "/api/v1/rulings/{ruling}/decide"): {"granted": False, "reply": "x"},
    ("POST", "/api/v1/tickets/{ticket_id}/appointments"): {"kind": "remote", "starts_at": PAST},
    ("POST", "/api/v1/appointments/{appointment_id}/move"): {"starts_at": PAST},
    ("POST", "/api/v1/appointments/{appointment_id}/outcome"): {"outcome": "done"},
    ("DELETE", "/api/v1/tickets/{ticket_id}/links"): {"kind": "tender", "value": "x"},
    ("PATCH", "/api/v1/tickets/{ticket_id}"): {"priority": "high"},
    ("POST", "/api/v1/reports/months"): {"month": "2999-01"},
    ("POST", "/api/v1/receipts/check"): {"format": "x", "about": {}, "events": [], "seal": "x"},
    ("POST", "/api/v1/walls"): {
        "counselor": "x",
        "tender": "x",
        "reason": "x",
        "ends_at": "2027-01-01T00:00:00Z",
    },
    ("POST", "/api/v1/quality/scorecards"): {"name": "x", "items": [ITEM]},
    ("POST", "/api/v1/quality/evaluations"): {
        "scorecard": "x",
        "conversation": "x",
        "answers": {"x": 1},
    },
    ("POST", "/api/v1/quality/notes"): {"counselor": "x", "text": "x"},
    ("POST", "/api/v1/courses"): {"kind": "basic", "title": "x", "hours": 1},
    ("POST", "/api/v1/courses/{course_id}/enrolments"): {"counselor": "x"},
    ("POST", "/api/v1/enrolments/{enrolment_id}/result"): {"result": 1},
    ("POST", "/api/v1/notices"): {"title": "x", "text": "x"},
    ("PUT", "/api/v1/targets/{kpi}"): {
        "early": 1,
        "stabilised": 1,
        "switch_on": "2026-12-01",
        "at_least": False,
    },
    ("POST", "/api/v1/recalls"): {"article": "nothing"},
    ("POST", "/api/v1/gaps/decide"): {
        "decision": "dismiss",
        "members": [{"kind": "question", "id": "nothing"}],
    },
    ("POST", "/api/v1/campaigns"): {"name": "x", "kind": "notice", "texts": {"en": "x"}},
    ("POST", "/api/v1/happy-calls/{target_id}/result"): {"result": "satisfied"},
    ("POST", "/api/v1/contacts/{contact_id}/call"): {"about": "x", "number": "+525550100001"},
    ("POST", "/api/v1/contacts/{contact_id}/callback"): {"number": "+525550100001"},
    ("PUT", "/api/v1/contacts/{contact_id}/consents"): {"purpose": "research", "given": True},
    ("POST", "/api/v1/staffing/cover"): {"needed": [0] * 48, "people": 1},
    ("POST", "/api/v1/staffing/shifts"): {
        "counselor": "nobody",
        "starts_at": "2026-11-25T09:00:00Z",
        "ends_at": "2026-11-25T18:00:00Z",
    },
    ("POST", "/api/v1/conversations/{conversation_id}/abuse"): {"kind": "insult"},
    ("POST", "/api/v1/suspensions/{suspension_id}/review"): {"lift": True, "reason": "x"},
    ("PUT", "/api/v1/phone/line"): {"kind": "browser"},
    ("PUT", "/api/v1/chat/phone"): {"number": "+82255501077", "pin": "482913"},
    ("POST", "/demo/phone/calls/{call_id}"): {"to": "wait"},
}
# What a GET cannot do without.
QUERIES = {
    "/api/v1/recalls/affected": "?article=nothing",
    "/api/v1/staffing/erlang": "?calls=100&interval=1800&aht=180&target=0.8&within=20",
    "/api/v1/quality/sample": "?from=2026-11-25T00:00:00Z&to=2026-11-26T00:00:00Z&seed=x",
    "/api/v1/articles/{article_id}/diff": "?language=en&old=1&new=2",
    "/api/v1/staffing/shifts": "?from=2026-11-25T00:00:00Z&to=2026-11-26T00:00:00Z",
}
FORMS: dict[tuple[str, str], dict[str, str]] = {
    ("POST", "/console/gaps"): {"decision": "dismiss", "member": "question:0"},
    ("POST", "/console/recall"): {"article": "nothing"},
    ("POST", "/console/articles/import"): {},
    ("POST", "/console/articles/import/save"): {},
    ("POST", "/console/floor/presence"): {"state": "not_ready", "reason": "break"},
    ("POST", "/console/floor/incidents"): {"title": "x", "queue": "bidding"} | NOTICE,
    ("POST", "/console/floor/incidents/{incident_id}/open"): {"title": "x"} | NOTICE,
    ("POST", "/console/floor/incidents/{incident_id}/dismiss"): {},
    ("POST", "/console/floor/incidents/{incident_id}/close"): NOTICE,
    ("POST", "/sign-in"): {"email": "admin@desk.example", "password": "x"},
    ("POST", "/survey/{token}"): {"overall": "5"},
    ("POST", "/setup"): {"code": "x", "name": "x", "email": "x@y", "password": "x" * 12},
    ("POST", "/sign-out"): {},
    ("POST", "/console/language"): {"language": "ko"},
    ("POST", "/console/people/{counselor_id}"): {
        "name": "Colleague",
        "role": "counselor",
        "languages": "en",
        "queues": "bidding",
    },
    ("POST", "/console/people/{counselor_id}/access"): {"act": "sign_out"},
    ("POST", "/console/account/password"): {"old": "x", "new": "y" * 12, "again": "y" * 12},
    ("POST", "/console/account/sign-out"): {},
    ("POST", "/console/account/tokens"): {"token": "nothing"},
    ("POST", "/console/replies"): {"name": "x"},
    ("POST", "/console/macros"): {"name": "x", "scope": "own"},
    ("POST", "/console/macros/remove"): {"id": "nothing"},
    ("POST", "/console/tickets/{ticket_id}/macros"): {"macro": "nothing", "client_id": "x"},
    ("POST", "/console/tickets/{ticket_id}/macros/undo"): {"macro": "nothing"},
    ("POST", "/console/articles/new"): {"title": "x"},
    ("POST", "/console/articles/preview"): {"language": "en"},
    ("POST", "/console/articles/{article}/{verb}"): {"language": "en"},
    ("POST", "/console/articles/{article}/edit/{language}"): {"title": "x"},
    ("POST", "/console/articles/{article}/versions/{language}"): {"version": "1"},
    ("POST", "/console/replies/remove"): {"id": "nothing"},
    ("POST", "/console/reports/months"): {"month": "2999-01"},
    ("POST", "/console/walls"): {"reason": "x"},
    ("POST", "/console/walls/{wall_id}/lift"): {},
    ("POST", "/console/quality/scorecards"): {
        "name": "x",
        "code": "x",
        "area": "x",
        "weight": "1",
        "en": "x",
        "es": "x",
        "ko": "x",
    },
    ("POST", "/console/contacts/{contact_id}/consents"): {"purpose": "research", "given": "true"},
    ("POST", "/console/quality/notes"): {"counselor": "nobody", "text": "x"},
    ("POST", "/console/quality/talks/{conversation_id}"): {"card": "nothing"},
    ("POST", "/console/courses"): {"kind": "basic", "title": "x", "hours": "1"},
    ("POST", "/console/courses/{course_id}/assign"): {"counselor": "nobody"},
    ("POST", "/console/courses/results/{enrolment_id}"): {"result": "1"},
    ("POST", "/console/allocation/queues/{name}"): {
        "mode": "open",
        "offer_seconds": "30",
        "misses": "2",
        "wrap_seconds": "30",
        "boost": "0",
        "preferred_seconds": "60",
    },
    ("POST", "/console/allocation/skills/{name}/remove"): {},
    ("POST", "/console/allocation/calendars"): {"name": "default", "zone": "UTC", "always": "true"},
    ("POST", "/console/allocation/people/{counselor_id}"): {"call": "1", "chat": "3", "mail": "5"},
    ("POST", "/console/team/notices"): {"title": "x", "text": "x"},
    ("POST", "/console/team/notices/{notice_id}/read"): {},
    ("POST", "/console/team/notes/{note_id}/read"): {},
    ("POST", "/console/team/evaluations/{evaluation_id}/acknowledge"): {},
    ("POST", "/console/reach/campaigns"): {"name": "x", "text_en": "x"},
    ("POST", "/console/reach/campaigns/{campaign_id}/{verb}"): {},
    ("POST", "/console/reach/campaigns/{campaign_id}/targets"): {"tag": "x"},
    ("POST", "/console/reach/calls/{target_id}/take"): {},
    ("POST", "/console/reach/calls/{target_id}/result"): {"result": "satisfied"},
    ("POST", "/console/reach/calls/{target_id}/call"): {},
    ("POST", "/console/talks/{conversation_id}/drafts/{message_id}"): {"decision": "accept"},
    ("POST", "/console/post"): {"row": "nothing", "do": "retry"},
    ("POST", "/console/tickets/{ticket_id}/rulings"): {"kind": "approval", "question": "x"},
    ("POST", "/console/tickets/{ticket_id}/appointments"): {"kind": "remote", "starts_at": PAST},
    ("POST", "/console/tickets/{ticket_id}/incident"): {"incident": ""},
    ("POST", "/console/tickets/{ticket_id}/notes"): {"text": "x"},
    ("POST", "/console/tickets/{ticket_id}/watch"): {"watching": "true"},
    ("POST", "/console/tickets/{ticket_id}/tags"): {"tags": "x"},
    ("POST", "/console/tickets/{ticket_id}/links"): {"kind": "tender", "value": "R1"},
    ("POST", "/console/tickets/{ticket_id}/unlink"): {"kind": "tender", "value": "R1"},
    ("POST", "/console/tickets/{ticket_id}/merge"): {"number": "nothing"},
    ("POST", "/console/tickets/{ticket_id}/split"): {},
    ("POST", "/console/tickets/{ticket_id}/undo"): {},
    ("POST", "/console/notifications/read"): {},
    ("POST", "/console/notifications/{notification_id}/read"): {},
    ("POST", "/console/rulings/{ruling}/decide"): {"granted": "no", "reply": "x"},
    ("POST", "/console/rulings/{ruling}/withdraw"): {},
    ("POST", "/console/contacts/{contact_id}/undo"): {},
    ("POST", "/console/contacts/{contact_id}/forget-phones"): {},
    ("POST", "/console/contacts/{contact_id}/call"): {"about": "x", "number": "+525550100001"},
    ("POST", "/console/contacts/{contact_id}/callback"): {"number": "+525550100001"},
    ("POST", "/console/tickets/{ticket_id}/callback"): {"number": "+525550100001"},
    ("POST", "/console/callbacks/{callback_id}/outcome"): {"reached": "yes"},
    ("POST", "/console/shifts"): {"counselor": "nobody"},
    ("POST", "/console/shifts/{shift_id}/remove"): {},
    ("POST", "/console/suspensions/{suspension_id}/review"): {"reason": "x"},
    ("POST", "/console/targets"): {
        "kpi": "aht",
        "early": "200",
        "stabilised": "180,5",
        "switch_on": "2026-12-01",
    },
    ("POST", "/console/appointments/{appointment_id}/move"): {"starts_at": PAST},
    ("POST", "/console/appointments/{appointment_id}/outcome"): {"outcome": "done"},
    ("POST", "/console/tickets/{ticket_id}"): {
        "subject": "x",
        "status": "open",
        "priority": "high",
        "queue": "payment",
    },
}


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in app.routes
        for method in getattr(route, "methods", None) or ()
        if method != "HEAD"
    }


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DeskClient]:
    """One desk for the whole table; every call makes the objects that it needs. Nothing goes on
    behind it: thousands of talks wait, and each commit would have them offered anew."""
    folder = tmp_path_factory.mktemp("table")
    events.use_key(b"a key for tests")
    engine = copied(request, folder)
    yield from _desk(engine, Path(folder), works=False)
    engine.dispose()


@dataclass
class Things:
    conversation_id: str
    guest_token: str
    file_id: str
    contact_id: str
    ticket_id: str
    email: str
    reservation_id: str = "nothing"
    incident_id: str = "nothing"


# Of one desk: what calls that change nothing may share.
STANDING: dict[tuple[object, ...], Things] = {}


def standing(desk: DeskClient, caller: str, relation: str, path: str) -> Things:
    """The same things for every call that leaves them as they are, under a name not yet used."""
    parts = [part in path for part in ("/chat", "/accept", "/reservations/", "{incident_id}")]
    key = (desk.settings.data, caller, relation, *parts)
    if key not in STANDING:
        STANDING[key] = things(desk, caller, relation, path)
    return replace(STANDING[key], email=f"{db.new_id()}@d.example")


def changes_things(method: str, path: str) -> bool:
    return method != "GET" and ("{" in path or "/chat" in path or path == "/api/v1/tickets")


def things(desk: DeskClient, caller: str, relation: str, path: str) -> Things:
    """A conversation with a file, and a ticket, that stand to the caller as `relation` says."""
    with db.transaction(desk.engine) as s:
        contact = contacts.meet(s, language="en", name=None, email=None)
        conversation, token = conversations.start(s, contact, channel="web", language="en")
        actor = Actor("contact", contact.id)
        kept = files.keep(s, conversation, actor=actor, name="a.txt", content=b"words", limit=100)
        queue = "legal" if relation == "unseen" else "bidding"
        ticket = tickets.open_ticket(
            s, actor=BOT, contact_id=contact.id, subject="x", category="x", queue=queue
        )
        if relation != "unseen" and not path.startswith("/api/v1/chat"):
            packet = {"reason": "asked", "goal": "x", "facts": {}, "sources_tried": [],
                      "language": "en", "deadline": None, "last_turns": []}  # fmt: skip
            conversations.hand_off(
                s,
                conversation,
                actor=BOT,
                queue="bidding",
                packet=packet,
                urgent=False,
                deadline=None,
            )
            owner = owner_of(desk, s, caller, relation, path)
            if owner:
                s.flush()
                conversations.accept(s, conversation.id, owner)
        found = Things(
            conversation.id, token, kept.id, contact.id, ticket.id, f"{contact.id}@d.example"
        )
        if "{incident_id}" in path:
            found.incident_id = incidents.propose(
                s, queue="payment", title="x", conversations=[], usual=0.5, began_at=clock.now()
            ).id
        if "/reservations/" in path:
            found.reservation_id = offered(desk, s, conversation.id, caller, relation)
        if relation == "colleague" and path.startswith("/api/v1/chat"):
            other, found.guest_token = conversations.start(s, contact, channel="web", language="en")
            assert other.id != conversation.id
    return found


def offered(
    desk: DeskClient, s: db.Session, conversation_id: str, caller: str, relation: str
) -> str:
    """An offer to the caller, or to the colleague who may accept or refuse it alone."""
    known = s.query(Counselor).filter_by(email="colleague@desk.example").first()
    other = (known or colleague(s)).id
    own = relation == "own" and caller in {"counselor", "senior", "supervisor"}
    who = desk.people[caller].id if own else other
    for held in reservations.live_of(s, who):  # of an earlier row of the table
        reservations.release(s, held.conversation_id)
        reservations.rescind(s, held.conversation_id, "test")
    presence.declare(s, who, "ready")
    presence.set_capacity(s, Actor("counselor", who), who, {"chat": 20})
    made = reservations.offer(s, conversation_id, who, 3600)
    assert made
    # No room for more: what other rows of the table leave waiting is not offered to them.
    presence.set_capacity(s, Actor("counselor", who), who, {"chat": 0})
    return made.id


def owner_of(desk: DeskClient, s: db.Session, caller: str, relation: str, path: str) -> str | None:
    if relation == "colleague":
        known = s.query(Counselor).filter_by(email="colleague@desk.example").first()
        return None if "/reservations/" in path else (known or colleague(s)).id
    helps = caller in {"counselor", "senior", "supervisor"} and not path.endswith("/accept")
    helps = helps and "/reservations/" not in path
    return desk.people[caller].id if helps else None


def spare(desk: DeskClient) -> str:
    """Somebody who may be signed out and given a new password without harm to the callers."""
    with db.transaction(desk.engine) as s:
        known = s.query(Counselor).filter_by(email="colleague@desk.example").first()
        return (known or colleague(s)).id


def colleague(s: db.Session, email: str = "colleague@desk.example") -> Counselor:
    return counselors.sign_up(
        s,
        email=email,
        name="Colleague",
        password="a long enough password",
        role="counselor",
        languages=["en"],
        queues=["bidding"],
    )


def call(
    desk: DeskClient, method: str, path: str, caller: str, relation: str, expected: int
) -> int:
    """The status that the caller gets. Who is refused, as expected, leaves the things unchanged."""
    changed = changes_things(method, path) and (expected < 400 or "/reservations/" in path)
    made = (things if changed else standing)(desk, caller, relation, path)
    address = path.format(
        conversation_id=made.conversation_id,
        file_id=made.file_id,
        ticket_id=made.ticket_id,
        counselor_id=spare(desk) if "{counselor_id}" in path else "",
        article_id="nothing",
        reply_id="nothing",
        macro_id="nothing",
        token_id="nothing",
        item_id="nothing",
        delivery_id="nothing",
        owed_id="nothing",
        message_id="nothing",
        token="nothing",
        kind="simulator",
        account="main",
        language="en",
        article="nothing",
        kpi="aht",
        month="2999-01",
        shift_id="nothing",
        suspension_id="nothing",
        evaluation_id="nothing",
        note_id="nothing",
        notification_id="nothing",
        course_id="nothing",
        enrolment_id="nothing",
        notice_id="nothing",
        campaign_id="nothing",
        recall_id="nothing",
        target_id="nothing",
        ruling="nothing",
        appointment_id="nothing",
        verb="hold" if "/call/" in path else "submit" if "articles" in path else "start",
        recording_id="nothing",
        step="question",
        call_id="nobody",
        reservation_id=made.reservation_id,
        contact_id=made.contact_id,
        incident_id=made.incident_id,
        callback_id="nothing",
        wall_id="nothing",
        action_id="nothing",
        name="default" if "calendars" in path else "bidding",
    )
    if path == "/api/v1/actions":
        address += f"?conversation={made.conversation_id}"
    address += QUERIES.get(path, "") if method == "GET" else ""
    more: dict[str, Any] = {}
    csrf = ""
    if caller == "guest":
        more["headers"] = {"Authorization": f"Bearer {made.guest_token}"}
    elif caller in ROLES and is_page(path):
        cookie, csrf = still_signed_in(desk, caller)
        more["headers"] = {"Cookie": cookie}
    elif caller in ROLES:
        more["headers"] = desk.people[caller].headers
    desk.http.cookies.clear()
    answer = desk.http.request(
        method, address, follow_redirects=False, **more, **body_of(desk, method, path, made, csrf)
    )
    if method != "GET" and answer.status_code < 400:  # it may have signed the caller out
        SESSIONS.pop((desk.settings.data, caller), None)
    return answer.status_code


def is_page(path: str) -> bool:
    return path.startswith(("/console", "/sign", "/setup"))


def body_of(  # noqa: C901, PLR0912 - a table in the shape of a function
    desk: DeskClient, method: str, path: str, made: Things, csrf: str
) -> dict[str, Any]:
    key = (method, path)
    if path.endswith("/files") and method == "POST":
        return {"files": {"file": ("a.txt", b"words")}}
    if key == ("POST", "/api/v1/articles/import"):
        return {"files": {"file": ("empty.md", b" ")}}
    if key == ("POST", "/api/v1/tokens"):
        admin = desk.people["admin"]
        return {"json": {"email": admin.email, "password": admin.password}}
    if key == ("POST", "/api/v1/tickets"):
        return {"json": {"subject": "x", "queue": "payment", "conversation": made.conversation_id}}
    person = {"email": made.email, "name": "x", "password": "p" * 12, "role": "senior"}
    if key == ("POST", "/api/v1/skills"):
        return {"json": {"name": f"s{made.email[:24]}"}}
    if key == ("POST", "/console/allocation/skills"):
        return {"data": {"name": f"s{made.email[:24]}", "csrf": csrf}}
    if path.endswith("/merge"):
        with db.transaction(desk.engine) as s:
            other = contacts.meet(s, language="en", name=None, email=None)
            twin = tickets.open_ticket(
                s, actor=BOT, contact_id=other.id, subject="x", category="x", queue="bidding"
            )
            if is_page(path):
                return {"data": {"other": other.id, "csrf": csrf}}
            return {"json": {"into": other.id if "contacts" in path else twin.id}}
    if path.endswith("/consult"):
        with db.reading(desk.engine) as s:
            known = s.query(Counselor).filter_by(email="second@desk.example").first()
        if known is None:
            with db.transaction(desk.engine) as s:
                known = colleague(s, "second@desk.example")
        return {"json": {"counselor": known.id}}
    if path.endswith("/holidays"):
        return {"files": {"file": ("a.ics", b"words")}, "data": {"csrf": csrf} if csrf else {}}
    if key == ("POST", "/api/v1/counselors"):
        return {"json": person}
    if key == ("POST", "/api/v1/replies"):
        return {"json": {"name": made.email[:40], "texts": {"en": "x"}}}
    if key == ("POST", "/api/v1/macros"):
        return {"json": {"name": made.email[:40], "scope": "own", "note": "x"}}
    if key == ("POST", "/console/people"):
        return {"data": person | {"languages": "en", "csrf": csrf}}
    if key in FORMS:
        return {"data": FORMS[key] | ({"csrf": csrf} if csrf else {})}
    if method in {"POST", "PATCH", "PUT"} or key in JSON:
        return {"json": JSON.get(key, WRONG_ARTICLE if "articles" in path else {})}
    return {}


WRONG_ARTICLE = {
    "id": "x", "language": "en", "title": "x", "topic": "nothing", "audience": "x", "queue": "x",
    "valid_from": "2026-01-01", "source": "x", "owner": "x", "text": "x", "body": "x", "law": "",
}  # fmt: skip


# Of one desk: the sign-ins of those who have changed nothing since.
SESSIONS: dict[tuple[object, str], tuple[str, str]] = {}


def still_signed_in(desk: DeskClient, role: str) -> tuple[str, str]:
    key = (desk.settings.data, role)
    if key not in SESSIONS:
        SESSIONS[key] = signed_in(desk, role)
    return SESSIONS[key]


def signed_in(desk: DeskClient, role: str) -> tuple[str, str]:
    with db.transaction(desk.engine) as s:
        secret, session = counselors.sign_in(s, s.get_one(Counselor, desk.people[role].id))
        return f"{COOKIE}={secret}", session.csrf


def test_the_table_names_every_route_and_no_other(house: DeskClient) -> None:
    there = routes_of(house.app)
    assert there - set(TABLE) == set(), "say in TABLE who may use these"
    assert set(TABLE) - there == set(), "these are gone"
    in_schema = {
        (method.upper(), path)
        for path, verbs in house.http.get("/openapi.json").json()["paths"].items()
        for method in verbs
    }
    assert in_schema <= there


def test_the_sockets_of_the_app_are_those_that_have_tests_of_their_own(house: DeskClient) -> None:
    sockets = {
        route.path
        for route in house.app.routes
        if not isinstance(route, APIRoute) and "websocket" in type(route).__name__.lower()
    }
    assert sockets == {"/live", "/api/v1/chat/live"}


@pytest.mark.parametrize(("method", "path"), sorted(TABLE))
def test_each_caller_gets_what_the_table_says(house: DeskClient, method: str, path: str) -> None:
    row = TABLE[method, path]
    relations = row if isinstance(row, dict) else {"own": row}
    for relation, statuses in relations.items():
        expected = dict(zip(CALLERS, map(int, statuses.split()), strict=True))
        got = {c: call(house, method, path, c, relation, expected[c]) for c in CALLERS}
        assert got == expected, relation


CHANGING = sorted(
    key for key, row in TABLE.items()
    if key[0] != "GET" and "chat" not in key[1] and "401" in str(row)
)  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_a_cookie_alone_changes_nothing(house: DeskClient, method: str, path: str) -> None:
    """Whatever a supervisor or an admin may do, a page of another site may not do in their name."""
    for role in ("supervisor", "admin"):
        made = standing(house, role, "own", path)
        cookie, csrf = still_signed_in(house, role)
        address = path.format(
            conversation_id=made.conversation_id,
            ticket_id=made.ticket_id,
            counselor_id=house.people["editor"].id,
            article_id="nothing",
            reply_id="nothing",
            macro_id="nothing",
            token_id="nothing",
            shift_id="nothing",
            suspension_id="nothing",
            evaluation_id="nothing",
            note_id="nothing",
            notification_id="nothing",
            course_id="nothing",
            enrolment_id="nothing",
            notice_id="nothing",
            kpi="aht",
            campaign_id="nothing",
            recall_id="nothing",
            target_id="nothing",
            ruling="nothing",
            appointment_id="nothing",
            article="nothing",
            language="en",
            verb="submit" if "articles" in path else "start",
            item_id="nothing",
            delivery_id="nothing",
            owed_id="nothing",
            message_id="nothing",
            reservation_id=made.reservation_id,
            contact_id=made.contact_id,
            incident_id=made.incident_id,
            callback_id="nothing",
            wall_id="nothing",
            action_id="nothing",
            name="default" if "calendars" in path else "bidding",
        )
        for wrong in ("", csrf[:-1] + "~", "é"):
            headers = {"Cookie": cookie, "X-CSRF-Token": wrong.encode()}
            body = body_of(house, method, path, made, wrong)
            answer = house.http.request(method, address, headers=headers, **body)
            assert answer.status_code == 403, (role, wrong)
            assert "out of date" in answer.json()["error"]["message"]


def test_a_cookie_with_its_csrf_token_may_change(house: DeskClient) -> None:
    made = things(house, "counselor", "own", "/accept")
    cookie, csrf = signed_in(house, "counselor")
    answer = house.http.post(
        f"/api/v1/conversations/{made.conversation_id}/accept",
        headers={"Cookie": cookie, "X-CSRF-Token": csrf},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/me", "/console"])
def test_an_expired_session_is_nobody(house: DeskClient, path: str) -> None:
    cookie, _ = signed_in(house, "counselor")
    assert house.http.get(path, headers={"Cookie": cookie}).status_code == 200
    with db.transaction(house.engine) as s:
        s.execute(update(SignIn).values(expires_at=clock.now() - timedelta(seconds=1)))
    SESSIONS.clear()
    assert house.http.get(path, headers={"Cookie": cookie}).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic YTpi",
        "bearer\twrong",
        "Bearer é".encode("latin1"),
    ],
)
def test_a_credential_that_makes_no_sense_is_nobody(
    house: DeskClient, authorization: str | bytes
) -> None:
    house.http.cookies.clear()
    for path in ("/api/v1/me", "/api/v1/chat/events"):
        answer = house.http.get(path, headers={"Authorization": authorization})
        assert answer.status_code == 401
