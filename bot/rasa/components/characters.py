"""Weighted character n-grams: they survive typos, missing accents and Korean without spaces."""

from __future__ import annotations

import unicodedata
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
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
        self._vectorizer: TfidfVectorizer | None = None

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
        component._vectorizer = component._untrained(vocabulary=list(arrays["ngrams"]))
        component._vectorizer.idf_ = arrays["weights"]
        return component

    # Rasa builds its graph from these argument names, so they must not be renamed.
    def train(self, training_data: TrainingData) -> Resource:
        texts = [self._text(m) for m in training_data.training_examples if m.get(TEXT)]
        self._vectorizer = self._untrained(min_df=self._config["min_count"]).fit(texts)
        ngrams = self._vectorizer.get_feature_names_out().astype(str)
        arrays = {"ngrams": ngrams, "weights": self._vectorizer.idf_}
        keep(self._model_storage, self._resource, arrays)
        return self._resource

    def _untrained(self, **more: Any) -> TfidfVectorizer:
        lengths = (self._config["min_ngram"], self._config["max_ngram"])
        return TfidfVectorizer(analyzer="char_wb", ngram_range=lengths, sublinear_tf=True, **more)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        if self._vectorizer is None:
            raise RuntimeError("CharacterFeaturizer was used before it was trained.")
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken:
            rows = csr_matrix(self._vectorizer.transform([self._text(m) for m in spoken]))
            for index, message in enumerate(spoken):
                # Nothing in this pipeline reads features of single words.
                self.add_features_to_message(None, rows[index].tocoo(), TEXT, message)
        return messages

    def _text(self, message: Message) -> str:
        return folded(str(message.get(TEXT))[: self._config["longest"]])
