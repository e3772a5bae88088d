"""Intent classification by a logistic regression whose confidences mean something."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from bot.acting.gate import is_act
from bot.rasa.components.kept import keep, kept

ACT = "act_"  # labels that begin so are one intent to the dialogue
_TEMPERATURES = np.geomspace(0.2, 5.0, 60)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedIntentClassifier(IntentClassifier, GraphComponent):
    """Logistic regression on all sentence features, its scores scaled by one fitted temperature.

    Rasa's own fixes the regularisation at 1, which leaves an exact training sentence at a
    confidence of about 0.3. Here the regularisation is a setting and the temperature is the one
    with the least log loss on held-out folds of the training utterances.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"inverse_regularisation": 30.0, "folds": 3, "ranking": 5, "dense_weight": 1.0}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        if config["inverse_regularisation"] <= 0:
            raise ValueError("CalibratedIntentClassifier needs a positive inverse_regularisation.")

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        fitted: dict[str, np.ndarray] | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._fitted = fitted

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> CalibratedIntentClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
        **_: Any,
    ) -> CalibratedIntentClassifier:
        return cls(config, model_storage, resource, kept(model_storage, resource))

    # Rasa builds its graph from these argument names, so they must not be renamed.
    def train(self, training_data: TrainingData) -> Resource:
        examples = [m for m in training_data.intent_examples if m.get(TEXT)]
        features = self._features(examples)
        intents = np.array([m.get(INTENT) for m in examples])
        model = self._untrained()
        folds = StratifiedKFold(self._config["folds"], shuffle=True, random_state=7)
        held_out = cross_val_predict(model, features, intents, cv=folds, method="decision_function")
        model.fit(features, intents)
        # Rows as plain arrays: loading a model must not depend on sklearn's private layout.
        self._fitted = {
            "intents": model.classes_.astype(str),
            "weights": model.coef_.T.astype(np.float32),
            "bias": model.intercept_.astype(np.float32),
            "temperature": np.array(_best_temperature(held_out, intents, model.classes_)),
        }
        keep(self._model_storage, self._resource, self._fitted)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _untrained(self) -> LogisticRegression:
        return LogisticRegression(
            C=self._config["inverse_regularisation"],
            max_iter=300,
            tol=1e-3,
            class_weight="balanced",
        )

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        if self._fitted is None or not message.get(TEXT):
            return [{"name": None, "confidence": 0.0}]
        chances = _softmax(self._scores(message) / self._fitted["temperature"])
        names = [str(name) for name in self._fitted["intents"]]
        ranking = _grouped(dict(zip(names, map(float, chances), strict=True)), message.get(TEXT))
        return ranking[: self._config["ranking"]]

    def _scores(self, message: Message) -> np.ndarray:
        """Features times weights, without building the joined sparse row that training needs."""
        weights, scores = self._fitted["weights"], self._fitted["bias"]
        sparse = message.get_sparse_features(attribute=TEXT)[1]
        dense = message.get_dense_features(attribute=TEXT)[1]
        if sparse:
            row = sparse.features.tocoo()
            scores = scores + row.data @ weights[row.col]
        if dense:
            row = np.asarray(dense.features).ravel() * self._config["dense_weight"]
            scores = scores + row @ weights[-len(row) :]
        return scores

    def _features(self, messages: list[Message]) -> csr_matrix:
        return csr_matrix(vstack([self._row(message) for message in messages]))

    def _row(self, message: Message) -> csr_matrix:
        sparse = message.get_sparse_features(attribute=TEXT)[1]
        dense = message.get_dense_features(attribute=TEXT)[1]
        parts = [csr_matrix(sparse.features)] if sparse else []
        if dense:
            parts.append(csr_matrix(dense.features * self._config["dense_weight"]))
        return hstack(parts)


def _grouped(chances: dict[str, float], text: str) -> list[dict[str, Any]]:
    """The ranking with all acts as the one intent `act`, which names the likeliest in `act`.

    What only asks how an act is done is no act (`bot/acting/gate.py`): it goes to the articles.
    """
    acts = {n.removeprefix(ACT): c for n, c in chances.items() if n.startswith(ACT)}
    ranking = [{"name": n, "confidence": c} for n, c in chances.items() if not n.startswith(ACT)]
    if acts:
        best = max(acts, key=lambda name: acts[name])
        total = sum(acts.values())
        if is_act(best, text):
            ranking.append({"name": "act", "confidence": total, "act": best})
        else:
            question = next(one for one in ranking if one["name"] == "ask_question")
            question["confidence"] += total
    return sorted(ranking, key=lambda one: -one["confidence"])


def _softmax(scores: np.ndarray) -> np.ndarray:
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def _best_temperature(scores: np.ndarray, intents: np.ndarray, names: np.ndarray) -> float:
    column = {name: index for index, name in enumerate(names)}
    right = np.array([column[intent] for intent in intents])
    rows = np.arange(len(right))
    losses = [-np.log(_softmax(scores / t)[rows, right] + 1e-12).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])
