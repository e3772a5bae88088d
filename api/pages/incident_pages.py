"""One incident with all that hangs on it: tickets, contacts, tenders, happy calls."""

from fastapi import APIRouter, Request, Response

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession
from api.reading import Named
from crm import access, campaigns, db, incidents
from crm.models import Contact

router = APIRouter(prefix="/console/incidents", include_in_schema=False)


@router.get("/{incident_id}")
def show(request: Request, session: ASession, incident_id: Named) -> Response:
    member = session.member
    must(member, "queue.read")
    with db.reading(desk.of(request).engine) as s:
        incident = incidents.get(s, incident_id)
        children = incidents.children(s, incident.id)
        calls = campaigns.after_incident(s, member, incident.id)
        people = {c.contact_id: s.get_one(Contact, c.contact_id) for c in calls}
        return desk_page(
            request,
            session,
            "console/incident.html",
            incident=incident,
            tickets=[t for t in children if access.may_read_ticket(member, t)],
            children=len(children),
            talks=len(incidents.contacts_of(s, member, incident.id)),
            tenders=incidents.touched_tenders(s, incident),
            calls=calls,
            people=people,
        )
