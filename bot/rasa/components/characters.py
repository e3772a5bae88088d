"""Weighted character n-grams: they survive typos, missing accents and Korean without spaces."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import coo_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.rasa.components.kept import keep, kept


def folded(text: str) -> str:
    """Lower case without Latin accents; Hangul keeps its syllables."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return unicodedata.normalize("NFC", "".join(c for c in apart if not "\u0300" <= c <= "\u036f"))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class CharacterFeaturizer(SparseFeaturizer, GraphComponent):
    """TF-IDF over the character n-grams of words, learnt from the training utterances."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **SparseFeaturizer.get_default_config(),
            "min_ngram": 1,
            "max_ngram": 4,
            "min_count": 2,
            "longest": 400,
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        if not 1 <= config["min_ngram"] <= config["max_ngram"]:
            raise ValueError("CharacterFeaturizer needs 1 <= min_ngram <= max_ngram.")

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._ngrams_of = self._untrained().build_analyzer()
        self._columns: dict[str, int] | None = None
        self._weights = np.zeros(0)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CharacterFeaturizer:
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> CharacterFeaturizer:
        component = cls(config, execution_context.node_name, model_storage, resource)
        arrays = kept(model_storage, resource)
        component._learn(arrays["ngrams"], arrays["weights"])
        return component

    # Rasa builds its graph from these argument names, so they must not be renamed.
    def train(self, training_data: TrainingData) -> Resource:
        texts = [self._text(m) for m in training_data.training_examples if m.get(TEXT)]
        fitted = self._untrained(min_df=self._config["min_count"]).fit(texts)
        ngrams = fitted.get_feature_names_out().astype(str)
        self._learn(ngrams, fitted.idf_)
        keep(self._model_storage, self._resource, {"ngrams": ngrams, "weights": fitted.idf_})
        return self._resource

    def _learn(self, ngrams: np.ndarray, weights: np.ndarray) -> None:
        self._columns = {ngram: column for column, ngram in enumerate(ngrams.tolist())}
        self._weights = weights

    def _untrained(self, **more: Any) -> TfidfVectorizer:
        lengths = (self._config["min_ngram"], self._config["max_ngram"])
        return TfidfVectorizer(analyzer="char_wb", ngram_range=lengths, sublinear_tf=True, **more)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        if self._columns is None:
            raise RuntimeError("CharacterFeaturizer was used before it was trained.")
        for message in messages:
            if message.get(TEXT):
                row = self._row(self._text(message), self._columns)
                # Nothing in this pipeline reads features of single words.
                self.add_features_to_message(None, row, TEXT, message)
        return messages

    def _row(self, text: str, columns: dict[str, int]) -> coo_matrix:
        """What `TfidfVectorizer.transform` gives for one text, without its checks of arrays."""
        counts = Counter(columns[ngram] for ngram in self._ngrams_of(text) if ngram in columns)
        found = np.array(sorted(counts), np.int64)
        times = np.array([counts[column] for column in found.tolist()], np.float64)
        weights = self._weights[found] * (1 + np.log(times))
        length = np.sqrt(weights @ weights) or 1.0
        where = (np.zeros(len(found), np.int64), found)
        return coo_matrix((weights / length, where), shape=(1, len(columns)))

    def _text(self, message: Message) -> str:
        return folded(str(message.get(TEXT))[: self._config["longest"]])
