"""Skills: which there are, and who has them how well."""

import re
from collections.abc import Mapping

from sqlalchemy import delete, select

from crm import db, events
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from crm.models import Counselor, CounselorSkill, Skill

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LEVELS = range(1, 6)


def add(s: Session, actor: Actor, name: str) -> Skill:
    if not NAME.fullmatch(name) or name == "second_line":
        raise Invalid("A skill is written in small letters, digits and _.", field="name")
    db.alone(s, "skill", name)
    if s.get(Skill, name):
        raise Conflict("There is such a skill already.", field="name")
    skill = Skill(name=name)
    s.add(skill)
    s.flush()
    events.emit(s, "skill.added", actor, data={"skill": name})
    return skill


def remove(s: Session, actor: Actor, name: str) -> None:
    """Take a skill away; contacts that waited for it go on waiting without that wish."""
    skill = s.get(Skill, name)
    if skill is None:
        raise NotFound("There is no such skill.")
    s.execute(delete(CounselorSkill).where(CounselorSkill.skill == name))
    s.delete(skill)
    events.emit(s, "skill.removed", actor, data={"skill": name})


def names(s: Session) -> list[str]:
    return list(s.scalars(select(Skill.name).order_by(Skill.name)))


def of(s: Session, counselor_id: str) -> dict[str, int]:
    rows = s.execute(
        select(CounselorSkill.skill, CounselorSkill.level)
        .where(CounselorSkill.counselor_id == counselor_id)
        .order_by(CounselorSkill.skill)
    )
    return {row.skill: row.level for row in rows}


def give(s: Session, actor: Actor, counselor_id: str, levels: Mapping[str, int]) -> None:
    """All skills of a counselor at once; what is not named is taken away."""
    if s.get(Counselor, counselor_id) is None:
        raise NotFound("There is no such person.")
    checked(s, levels)
    s.execute(delete(CounselorSkill).where(CounselorSkill.counselor_id == counselor_id))
    s.add_all(
        CounselorSkill(counselor_id=counselor_id, skill=name, level=level)
        for name, level in levels.items()
    )
    s.flush()
    codes = {"counselor": counselor_id, "skills": dict(levels)}
    events.emit(s, "counselor.skills_set", actor, data=codes)


def checked(s: Session, levels: Mapping[str, int]) -> dict[str, int]:
    """The same skills, or Invalid where one is not known or a level is none."""
    unknown = sorted(set(levels) - set(names(s)))
    if unknown:
        raise Invalid(f"These skills are not known: {', '.join(unknown)}.", field="skills")
    if any(level not in LEVELS for level in levels.values()):
        raise Invalid("A level is a whole number from 1 to 5.", field="skills")
    return dict(levels)
