"""Which encoder made a vector: vectors of two specs must never meet in one index."""

import hashlib
import json
from dataclasses import asdict, dataclass

FEEDING = "alone"  # how texts go through a model; another way gives other vectors


@dataclass(frozen=True, slots=True)
class EmbeddingSpec:
    """An encoder and how it is fed; `max_tokens` cuts longer texts, `dim` is the row length."""

    id: str
    sha256: str
    dim: int
    query_prefix: str = "query: "
    passage_prefix: str = "passage: "
    pooling: str = "mean"
    max_tokens: int = 512

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change whenever a vector could."""
        canonical = json.dumps(asdict(self) | {"feeding": FEEDING}, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]
