"""Serves the desk's channel: `python bot/rasa/serve.py --port 5005 --model FILE`.

Rasa's command line imports trainers, consoles and every channel's client before it listens; this
launcher loads the agent and one channel. It listens on loopback only and logs no text of anyone.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--parent", type=int, help="end when the process with this id is gone")
    return parser.parse_args()


def prepare() -> None:
    """Set before the first import of Rasa, which reads these while it is imported."""
    os.environ.update(QUIET)
    warnings.simplefilter("ignore")
    logging.basicConfig(level=logging.WARNING)
    import structlog  # noqa: PLC0415

    # Rasa's structured debug lines quote the person's words.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    # TensorFlow loads jax where it finds it, a second of start-up for nothing that runs here.
    sys.modules.setdefault("jax", None)  # type: ignore[arg-type]
    # The script's own folder would shadow nothing today; it must not start to.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT / "bot/rasa"]


def _end_with(parent: int) -> None:
    """A desk that was killed cannot stop its engine, so the engine looks after the desk."""
    while os.getppid() == parent:
        time.sleep(2)
    os._exit(0)


def main() -> None:
    arguments = _arguments()
    if arguments.parent:
        threading.Thread(target=_end_with, args=(arguments.parent,), daemon=True).start()
    if not arguments.model.is_file():
        sys.exit(f"There is no Rasa model at {arguments.model}: train it with ./desk train.")
    began = time.monotonic()
    prepare()
    from bot.rasa.app import desk_app  # noqa: PLC0415  (only after the environment is set)

    app = desk_app(arguments.model)
    print(f"rasa: ready after {time.monotonic() - began:.1f} s", flush=True)  # noqa: T201
    app.run(host="127.0.0.1", port=arguments.port, workers=1, access_log=False, motd=False)


if __name__ == "__main__":
    main()
