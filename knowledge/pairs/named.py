"""The reranker and the reader that RERANKER_MODEL and READER_MODEL name, prepared and opened."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from knowledge.named import build
from knowledge.named.build import Kind, Say
from knowledge.named.folder import UnusableModel
from knowledge.pairs.cross_encoder import CrossEncoder
from knowledge.pairs.folder import describe_reader, describe_reranker
from knowledge.pairs.span_reader import SpanReader

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class Part(Generic[Model]):
    """A model that the desk can do without: how one that is named is described and opened."""

    kind: Kind
    opens: Callable[[Path], Model]

    def open(self, name: str | None, models: Path, say: Say) -> Model | None:
        """The named model, prepared if it is not yet; without one, after saying why, None."""
        if name is None:
            return None
        try:
            return self._open(build.ensure(name, self._place(models), say, self.kind), name)
        except UnusableModel as error:
            say(f"{error} The desk goes on without it.")
            return None

    def lacks(self, name: str, models: Path) -> str:
        """Why the named model does not serve as things stand, in a sentence; else empty."""
        try:
            folder = build.place(name, self._place(models), self.kind)
            if not (folder / "model.json").exists():
                return f"{self.kind.setting}={name}: ./desk index prepares it."
            self._open(folder, name)
        except UnusableModel as error:
            return str(error)
        return ""

    def _open(self, folder: Path, name: str) -> Model:
        with build.told_of(self.kind, name):
            return self.opens(folder)

    def _place(self, models: Path) -> Path:
        # Beside the embedding models, and not among them: what stands there may serve an index.
        return models / self.kind.noun.lower()


RERANKER = Part(Kind("RERANKER_MODEL", "Reranker", describe_reranker), CrossEncoder)
READER = Part(Kind("READER_MODEL", "Reader", describe_reader), SpanReader)
