"""Trains the model: `python bot/rasa/train.py --out FOLDER` writes `FOLDER/model-<hash>.tar.gz`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.rasa.serve import ROOT, prepare
from bot.rasa_model import fingerprint, model_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out.resolve()
    prepare()
    # Rasa's cache of earlier trainings would grow in whatever folder this was started from.
    cache = tempfile.TemporaryDirectory(prefix="rasa-cache-")
    os.environ["RASA_CACHE_DIRECTORY"] = cache.name
    _say(f"reading the pipeline and the training data of {fingerprint(ROOT)}")
    began = time.monotonic()
    from rasa.model_training import train  # noqa: PLC0415  (only after the environment is set)

    _say(f"Rasa is loaded after {time.monotonic() - began:.0f} s; training, up to two minutes")
    wanted = model_file(ROOT, out)
    result = train(
        domain=str(ROOT / "bot/rasa/domain"),
        config=str(ROOT / "config.yml"),
        training_files=str(ROOT / "bot/rasa/data"),
        output=str(out),
        fixed_model_name=wanted.name.removesuffix(".tar.gz") + ".part",
        force_training=True,
    )
    if result.code != 0 or not result.model:
        sys.exit("Rasa could not train the model: the lines above say which file it refused.")
    # A half-written archive must never bear the name that the desk looks for.
    Path(result.model).replace(wanted)
    _say(f"trained in {time.monotonic() - began:.0f} s: {wanted}")


def _say(line: str) -> None:
    print(f"rasa: {line}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
