"""What a counselor is good at, and how good: 1 (knows it) to 5 (teaches it)."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Skill(Base):
    __tablename__ = "skills"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)


class CounselorSkill(Base):
    __tablename__ = "counselor_skills"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 5", name="level"),)

    counselor_id: Mapped[str] = mapped_column(ForeignKey("counselors.id"), primary_key=True)
    skill: Mapped[str] = mapped_column(ForeignKey("skills.name"), primary_key=True)
    level: Mapped[int]
