"""Files for providers that fetch what they are to send: by a signed link that soon dies."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import desk
from api.errors import TOLD
from crm import db
from crm.errors import NotFound
from crm.models import File
from routing.channels import links

router = APIRouter(prefix="/media", tags=["Channels"], responses=TOLD)


@router.get("/{token}")
def fetch(request: Request, token: str) -> Response:
    """The file that the link was made for, in its checked kind."""
    here = desk.of(request)
    file_id = links.file_of(here.settings.secret, token)
    with db.reading(here.engine) as s:
        file = s.get(File, file_id) if file_id else None
        if file is None:
            raise NotFound("This link leads nowhere.")
        headers = {
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return Response(file.content, media_type=file.media_type, headers=headers)
