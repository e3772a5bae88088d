"""ParaKQC (Cho et al. 2020, CC BY-SA 4.0): 1,000 Korean questions in ten wordings each."""

from pathlib import Path

from knowledge import snapshot
from knowledge.proof.collection import Asked, Collection, file

WORDINGS = 10
ASKED = (3, 7)  # two of each question's other wordings ask for it, as others have measured it


def read(folder: Path) -> Collection:
    """The first wording of each question is in the base; two of the others ask for it."""
    lines = file(folder, "paraKQC", "data", "paraKQC_v1.txt").read_text(encoding="utf-8")
    said = [line.split("\t")[2] for line in lines.splitlines() if line]
    groups = [said[at : at + WORDINGS] for at in range(0, len(said), WORDINGS)]
    records = [
        snapshot.plain(str(at), "ko", group[0], heading=group[0]) for at, group in enumerate(groups)
    ]
    asked = [
        Asked(wording, "ko", frozenset({str(at)}))
        for at, group in enumerate(groups)
        for wording in (group[which] for which in ASKED)
    ]
    return Collection("parakqc", records, {"paraKQC": asked})
