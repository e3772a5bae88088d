"""`./desk index`: take in the articles and build the search index."""

import os
import sys
from pathlib import Path

from api.commands import keys
from api.commands.database import connect
from api.commands.progress import alone, progress, say
from api.commands.starting import CannotStart
from api.knowledge import prepare
from crm.desk_toml import BadSetting
from crm.settings import Settings, load
from knowledge.encoder import MissingModel
from knowledge.ingest import BadFolder

ROOT = Path(__file__).resolve().parents[2]
STOPPED = 130  # as shells have it for Ctrl+C


def main() -> None:
    try:
        prepared(Path(os.environ["DESK_DATA"]))
    except KeyboardInterrupt:  # what was embedded so far is kept
        sys.exit(STOPPED)


def prepared(data: Path) -> Settings:
    """The settings of a desk whose articles and index are up to date; ends with a sentence where
    they cannot be."""
    keys.ensure(data, demo=False)
    try:
        settings = load(ROOT, data, os.environ)
        engine = connect(settings)
        with alone(data / "indexing.lock", "indexing"), progress("Indexing"):
            prepare(settings, engine, say)
    except (BadSetting, BadFolder, MissingModel, CannotStart) as error:
        sys.exit(str(error))
    engine.dispose()
    return settings


if __name__ == "__main__":
    main()
