"""What the desk's understanding makes of published sets; runs in Rasa's environment.

`python -m bot.measuring.intents --sets DIR --out FILE` learns each set with the classifier and the
settings that serve (config.yml) and writes what became of each of its questions, one JSON a set.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.intents.sentences import Sentences
from bot.intents.understanding import Encode, Settings, Understanding
from bot.measuring.public_sets import IntentSet, intent_sets

ROOT = Path(__file__).resolve().parents[2]
FOLDS = 2  # one fewer than serve, for the sets are large; they weigh the signs of the scope
TIMED = 200  # questions judged one by one, as they are when they arrive


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    encode, settings = Sentences(), serving_settings(ROOT)
    with options.out.open("w", encoding="utf-8") as out:
        for one in intent_sets(options.sets):
            began = time.monotonic()
            out.write(json.dumps(measured(one, encode, settings)) + "\n")
            out.flush()
            sys.stdout.write(f"{one.name}: {time.monotonic() - began:.0f} s\n")
            sys.stdout.flush()


def serving_settings(root: Path) -> Settings:
    """The classifier's settings in the pipeline that serves; published sets have no odd intents."""
    pipeline = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    named = next(part for part in pipeline if part["name"].endswith("ScopedIntentClassifier"))
    return Settings(strength=named["inverse_regularisation"], rejected=named["rejected"])


def measured(one: IntentSet, encode: Encode, settings: Settings) -> dict[str, Any]:
    """`right` by question, `inside` and `outside` scores of the scope, milliseconds a question."""
    # Folds fit the temperature and the scope; where nothing is outside, neither is looked at.
    settings = replace(settings, folds=FOLDS if one.outside else 1)
    learnt = Understanding.learn(*one.train, encode, settings)
    texts, labels = one.test
    judged = learnt.judge(texts)
    outside = {name: learnt.judge(foreign) for name, foreign in one.outside.items()}
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
        learnt.judge([text])
        spent.append(time.thread_time() - began)
    return float(np.median(spent)) * 1000


if __name__ == "__main__":
    main()
