"""Training data that knows its language: the folder it lies in, `bot/rasa/data/<language>/nlu`."""

from __future__ import annotations

from pathlib import Path

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import METADATA
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

LANGUAGE = "language"  # in the metadata of each utterance, as the channel gives it with a message


def language_of(message: Message) -> str:
    """Of an utterance or a message; empty where nobody told it."""
    return str((message.get(METADATA) or {}).get(LANGUAGE) or "")


class ImporterByLanguage(RasaFileImporter):
    """Reads as Rasa does, and writes the language of each utterance into its metadata."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return TrainingData().merge(*(_told(Path(file), language) for file in self._nlu_files))


def _told(file: Path, language: str | None) -> TrainingData:
    data = load_data(str(file), language)
    for example in data.training_examples:
        example.set(METADATA, {LANGUAGE: file.parent.parent.name})
    return data
