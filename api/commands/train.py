"""`./desk train`: train the Rasa model in Rasa's own environment, if it is missing or stale."""

import os
import subprocess
import sys
from pathlib import Path

from api.commands.environments import CannotInstall, ensure
from api.commands.progress import alone, progress, say
from bot import rasa_model

ROOT = Path(__file__).resolve().parents[2]
TRAINING = "training Rasa"


def train_if_stale(root: Path, data: Path, python: Path) -> Path:
    """The model of the files at hand, trained first if there is none."""
    folder = data / "rasa"
    folder.mkdir(parents=True, exist_ok=True)
    model = rasa_model.model_file(root, folder)
    if not model.is_file():
        with alone(folder / "training.lock", TRAINING) as lock:
            if not model.is_file():
                train(root, folder, python, lock)
    return model


def train(root: Path, folder: Path, python: Path, lock: int) -> None:
    with progress("Training Rasa"):
        subprocess.run(
            [str(python), str(root / "bot" / "rasa" / "train.py"), "--out", str(folder)],
            cwd=root,
            check=True,
            pass_fds=(lock,),
        )


def main() -> None:
    data = Path(os.environ["DESK_DATA"])
    try:
        python = ensure(ROOT, data, "rasa")
        folder = data / "rasa"
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder / "training.lock", TRAINING) as lock:
            train(ROOT, folder, python, lock)
    except (CannotInstall, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
    say(f"The model: {rasa_model.model_file(ROOT, folder)}")


if __name__ == "__main__":
    main()
