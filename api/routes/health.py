"""Whether the desk lives, and whether it can do its work."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api import desk
from api.errors import TOLD
from crm import db

router = APIRouter(tags=["Health"], responses=TOLD)

Part = Literal["ok", "down"]


class Alive(BaseModel):
    status: str = "ok"


class Ready(BaseModel):
    database: Part
    index: Part
    bot: Part


@router.get("/healthz")
async def healthz() -> Alive:
    return Alive()


@router.get("/readyz", responses={503: {"model": Ready}})
def readyz(request: Request, response: Response) -> Ready:
    """200 only when database, index and bot answer."""
    here = desk.of(request)
    ready = Ready(
        database=_part(_database_answers(here)),
        index=_part(here.knowledge.ready()),
        bot=_part(here.bot.ready()),
    )
    if "down" in ready.model_dump().values():
        response.status_code = 503
    return ready


def _part(answers: bool) -> Part:
    return "ok" if answers else "down"


def _database_answers(here: desk.Desk) -> bool:
    try:
        with db.reading(here.engine) as s:
            s.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
