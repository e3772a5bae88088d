"""`./desk eval --public DIR`: retrieval on public sets, through the classes that serve people.

Each set becomes an index of its own under `DIR/eval`, beside it BM25 alone over the same passages.
Figures are compared with the stored baseline; the trade-off of a partly translated base is drawn.
A base on another subject is asked by the bar that it finds for itself.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Engine

from api.commands.progress import say
from api.knowledge import encoder_for
from crm import db, migrate
from crm.settings import Settings
from knowledge.encoder import Encoder
from knowledge.proof import another_subject, baseline, drawing, figures, measuring, sets
from knowledge.proof.collection import Collection, MissingSet
from knowledge.proof.figures import Figures
from knowledge.proof.measuring import Sides, Words

DESK, WORDS = "the desk", "BM25"
STEPS = [step / 4 - 8 for step in range(65)]  # of strength that the own language is put ahead by


def run(settings: Settings, folder: Path, *, keep: bool) -> None:
    """Measure every set that `folder` holds and print what came of it."""
    place = settings.data / "eval"
    place.mkdir(exist_ok=True)
    encoder = encoder_for(settings, say)
    engine = db.connect(f"sqlite:///{place / 'vectors.sqlite'}")
    migrate.upgrade(engine)
    found: list[Figures] = []
    for one in sets.read(folder, sets.RETRIEVAL, say):
        found += _measured(engine, encoder, place, one)
    found += _partly(engine, encoder, place, folder)
    _another_subject(engine, encoder, place, folder)
    engine.dispose()
    ours = baseline.of([one for one in found if one.system == DESK])
    say(f"\n{figures.table(found)}\n\nAgainst the baseline:")
    say(baseline.deltas(ours, baseline.read()))
    if keep:
        baseline.write(ours)
        say(f"Stored in {baseline.STORED}")


def _measured(engine: Engine, encoder: Encoder, place: Path, one: Collection) -> list[Figures]:
    library = measuring.stand(engine, encoder, place, one, say)
    words = Words(one.records)
    say(f"{one.name}: {len(one.records)} passages")
    found: list[Figures] = []
    for name, asked in one.asked.items():
        found.append(figures.of(name, DESK, measuring.ranks(library, asked)))
        found.append(figures.of(name, WORDS, words.ranks(asked)))
        say(figures.table(found[-2:]).partition("\n")[2])
    return found


def _partly(engine: Engine, encoder: Encoder, place: Path, folder: Path) -> list[Figures]:
    """Both folds of the partly translated base together, and the curve between its languages."""
    desk: dict[str, list[figures.Rank]] = {}
    words: dict[str, list[figures.Rank]] = {}
    told: dict[str, list[Sides]] = {}
    for one in sets.read(folder, sets.PARTLY, say):
        library = measuring.stand(engine, encoder, place, one, say)
        peer = Words(one.records)
        for name, asked in one.asked.items():
            desk.setdefault(name, []).extend(measuring.ranks(library, asked))
            words.setdefault(name, []).extend(peer.ranks(asked))
            told.setdefault(name, []).extend(measuring.sides(library, asked))
    found = [figures.of(name, DESK, ranks) for name, ranks in desk.items()]
    found += [figures.of(name, WORDS, ranks) for name, ranks in words.items()]
    if told:
        _trade_off(place, told)
    return found


def _another_subject(engine: Engine, encoder: Encoder, place: Path, folder: Path) -> None:
    for draw in another_subject.DRAWS:
        try:
            one = another_subject.read(folder, draw)
        except MissingSet as missing:
            say(f"left out: {missing}")
            return
        library = measuring.stand(engine, encoder, place, one, say)
        told = another_subject.measure(library, one.asked)
        say(f"another subject, {len(one.records)} passages: {told}")


def _trade_off(place: Path, told: dict[str, list[Sides]]) -> None:
    own = _together(told, lambda name: name.endswith("own"))
    other = _together(told, lambda name: name.endswith("other"))
    alone = sum(one.own_right for one in own) / len(own)
    (here,) = measuring.trade_off(own, other, [0.0])
    say(
        f"partly translated: own language alone {alone:.3f}, lost to the other {here[0]:.3f}; "
        f"of what only the other has, found first {here[1]:.3f}"
    )
    curve = [(loss, right) for loss, right in measuring.trade_off(own, other, STEPS) if loss >= 0]
    picture = drawing.curves(
        "A base translated in part", "recall@1 lost in the own language",
        "recall@1 of what only the other has", {"as more is asked of the own language": curve},
        x=(0, 0.2),
    )  # fmt: skip
    path = place / "trade-off.svg"
    path.write_text(picture, encoding="utf-8")
    say(f"the curve is drawn in {path}")


def _together(told: dict[str, list[Sides]], wanted: Callable[[str], bool]) -> Sequence[Sides]:
    return [one for name, found in told.items() if wanted(name) for one in found]
