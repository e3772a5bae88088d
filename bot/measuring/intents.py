"""What the desk's understanding makes of published sets; runs in Rasa's environment.

`python -m bot.measuring.intents --sets DIR --out FOLDER` learns each set with the classifier and
the settings that serve (config.yml) and writes what became of each of its questions, a file for
each set. What was measured before with the same code, settings and texts is not measured again.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.intents import english
from bot.intents.english import EnglishSentences
from bot.intents.reading import Encoders
from bot.intents.sentences import Sentences
from bot.intents.understanding import ENGLISH, Settings, Understanding
from bot.measuring.public_sets import IntentSet, intent_sets
from bot.rasa_model import UNDERSTANDING, files

ROOT = Path(__file__).resolve().parents[2]
FOLDS = 2  # one fewer than serve, for the sets are large; they weigh the signs of the scope
TIMED = 200  # questions judged one by one, as they are when they arrive


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    settings = serving_settings(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        english.prepare(Path(folder))
        encoders = Encoders(Sentences(), EnglishSentences(Path(folder)))
    for one in intent_sets(options.sets):
        path, made_of = options.out / f"{one.name}.json", digest(one, settings)
        if path.is_file() and json.loads(path.read_text(encoding="utf-8"))["made_of"] == made_of:
            _say(f"  {one.name}: as measured before")
            continue
        _say(f"  {one.name}: learning {len(one.train[0])} questions")
        began = time.monotonic()
        whole = json.dumps({"made_of": made_of, **measured(one, encoders, settings)})
        unfinished = path.with_suffix(".part")
        unfinished.write_text(whole, encoding="utf-8")
        unfinished.rename(path)
        _say(f"  {one.name}: {time.monotonic() - began:.0f} s")


def digest(one: IntentSet, settings: Settings) -> str:
    """Changes whenever the figures of a set could: with its texts, the settings or the code."""
    made_of = hashlib.sha256(json.dumps([asdict(one), asdict(settings)]).encode())
    for path in [Path(__file__), *files(ROOT, UNDERSTANDING)]:
        made_of.update(path.read_bytes())
    return made_of.hexdigest()


def serving_settings(root: Path) -> Settings:
    """The classifier's settings in the pipeline that serves; published sets have no odd intents."""
    pipeline = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    named = next(part for part in pipeline if part["name"].endswith("ScopedIntentClassifier"))
    return Settings(strength=named["inverse_regularisation"], rejected=named["rejected"])


def measured(one: IntentSet, encoders: Encoders, settings: Settings) -> dict[str, Any]:
    """`right` by question, `inside` and `outside` scores of the scope, milliseconds a question."""
    # Folds fit the temperature and the scope; where nothing is outside, neither is looked at.
    settings = replace(settings, folds=FOLDS if one.outside else 1)
    known, intents = one.train
    # All of these sets are English, and are said to be, as a message comes with its language.
    learnt = Understanding.learn(known, intents, [ENGLISH] * len(known), encoders, settings)
    texts, labels = one.test
    judged = learnt.judge(texts, ENGLISH)
    outside = {name: learnt.judge(foreign, ENGLISH) for name, foreign in one.outside.items()}
    return {
        "name": one.name,
        "right": [said.best == label for said, label in zip(judged, labels, strict=True)],
        "inside": [said.scope for said in judged] if outside else [],
        "outside": {name: [said.scope for said in found] for name, found in outside.items()},
        "milliseconds": _pace(learnt, texts[:TIMED]),
    }


def _pace(learnt: Understanding, texts: Any) -> float:
    spent = []
    for text in texts:
        began = time.thread_time()
        learnt.judge([text], ENGLISH)
        spent.append(time.thread_time() - began)
    return float(np.median(spent)) * 1000


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
