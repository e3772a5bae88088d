"""Recorded requests and answers of real servers, and what makes two answers the same."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"
SETS = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
ID = re.compile(r"[0-9a-f]{32}")
DATES = frozenset(
    {
        "date", "dateModified", "dateCreated", "datePublished", "dateAnswered", "dateSubmitted",
        "dateAccepted", "dateDecision", "submissionDate", "noticePublicationDate",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Recording:
    file: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int
    answer: Any
    location: str | None = None

    @property
    def name(self) -> str:
        return self.file.rsplit("/", 1)[-1].removesuffix(".http")

    def moment(self) -> datetime | None:
        """When it was answered, as far as the answer tells: the latest of its own dates."""
        found = [datetime.fromisoformat(text) for text in _dates(self.answer)]
        return max((one for one in found if one.tzinfo), default=None)


def load(name: str) -> list[Recording]:
    lines = (FOLDER / f"{name}.jsonl").read_text().splitlines()
    return [Recording(**json.loads(line)) for line in lines]


def _dates(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [v for k, v in value.items() if k in DATES and isinstance(v, str)]
        return own + [date for each in value.values() for date in _dates(each)]
    if isinstance(value, list):
        return [date for each in value for date in _dates(each)]
    return []


@dataclass
class Likeness:
    """Compares answers of two servers and learns on the way which id stands for which."""

    left_out: frozenset[str] = frozenset()
    ids: dict[str, str] = field(default_factory=dict)

    def translate(self, value: Any) -> Any:
        """A recorded request in the other server's ids."""
        if isinstance(value, dict):
            return {k: self.translate(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.translate(v) for v in value]
        if isinstance(value, str):
            for old, new in self.ids.items():
                value = value.replace(old, new)
        return value

    def differences(self, recorded: Any, ours: Any, where: str = "") -> list[str]:
        """Every recorded field that ours lacks or says otherwise."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            return [
                difference
                for name, value in recorded.items()
                if name not in self.left_out and value is not None
                for difference in (
                    self.differences(value, ours[name], f"{where}.{name}")
                    if name in ours
                    else [f"{where}.{name} is missing"]
                )
            ]
        if isinstance(recorded, list) and isinstance(ours, list):
            if len(recorded) != len(ours):
                return [f"{where} has {len(ours)} entries, not {len(recorded)}"]
            pairs = enumerate(zip(recorded, ours, strict=True))
            return [d for n, (a, b) in pairs for d in self.differences(a, b, f"{where}[{n}]")]
        if isinstance(recorded, str) and isinstance(ours, str):
            return [] if self._alike(recorded, ours) else [f"{where}: {ours!r}, not {recorded!r}"]
        return [] if recorded == ours else [f"{where}: {ours!r}, not {recorded!r}"]

    def _alike(self, recorded: str, ours: str) -> bool:
        if ID.fullmatch(recorded) and ID.fullmatch(ours):
            return self.ids.setdefault(recorded, ours) == ours
        if _is_moment(recorded):
            return _is_moment(ours)
        if re.match(r"UA-(P-)?\d{4}-\d\d-\d\d-\d+-a$", recorded):
            return self.ids.setdefault(recorded, ours) == ours
        return _timeless(self.translate(recorded)) == _timeless(ours)


def _timeless(text: str) -> str:
    """Without moments and signatures, which differ from run to run."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+\d\d:\d\d", "(moment)", text)
    text = re.sub(r"\d+\.\d+\.\d+\.[0-9a-f]{32}", "(offset)", text)
    return re.sub(r"Signature=[^&]+", "Signature", text)


def _is_moment(text: str) -> bool:
    try:
        return len(text) > 15 and bool(datetime.fromisoformat(text))
    except ValueError:
        return False
