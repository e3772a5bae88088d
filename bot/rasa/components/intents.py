"""The desk's understanding (`bot/intents`) as a part of Rasa's pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME as FALLBACK
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.acting.gate import asks_the_way, is_act
from bot.acting.table import LOOK_UPS
from bot.intents import english
from bot.intents.english import EnglishSentences
from bot.intents.reading import Encoders
from bot.intents.sentences import Sentences
from bot.intents.understanding import Judged, Settings, Understanding
from bot.rasa.components.by_language import language_of
from bot.rasa.components.kept import keep, kept
from bot.spotting import tender_number

ABUSE, ACCUSES = "abuse", 0.55  # nobody is called abusive at a guess
LIKELY = 4  # how many acts are named, the likeliest first
ACT = "act_"  # labels that begin so are one intent to the dialogue
ARRAYS, ENCODER = "arrays.npz", "english"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ScopedIntentClassifier(IntentClassifier, GraphComponent):
    """Intents with calibrated confidences; what is like nothing that was trained does nothing.

    Words below the bar of the scope are never one of the `guarded` intents, however sure the
    classifier is: they become the fallback, which asks the articles.
    """

    @staticmethod
    def required_packages() -> list[str]:
        return ["scipy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "inverse_regularisation": 10.0,
            "folds": 3,
            "ranking": 5,
            "rejected": 0.02,
            "outside": [],
            "guarded": [],
            "threads": 1,
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        if config["inverse_regularisation"] <= 0:
            raise ValueError("ScopedIntentClassifier needs a positive inverse_regularisation.")
        if not 0 <= config["rejected"] < 1:
            raise ValueError("ScopedIntentClassifier needs `rejected` from 0 up to below 1.")

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._understanding: Understanding | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> ScopedIntentClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
        **_: Any,
    ) -> ScopedIntentClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._understanding = Understanding.of(
                kept(folder / ARRAYS), component._encoders(folder)
            )
        return component

    # Rasa builds its graph from these argument names, so they must not be renamed.
    def train(self, training_data: TrainingData) -> Resource:
        examples = _each_once(m for m in training_data.intent_examples if m.get(TEXT))
        with self._model_storage.write_to(self._resource) as folder:
            # The model carries its encoder: a head is worth nothing on vectors of another one.
            english.prepare(folder / ENCODER)
            self._understanding = Understanding.learn(
                [str(m.get(TEXT)) for m in examples],
                [str(m.get(INTENT)) for m in examples],
                [language_of(m) for m in examples],
                self._encoders(folder),
                settings_of(self._config),
            )
            keep(folder / ARRAYS, self._understanding.arrays())
        return self._resource

    def _encoders(self, folder: Path) -> Encoders:
        threads = self._config["threads"]
        return Encoders(Sentences(threads), EnglishSentences(folder / ENCODER, threads))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = self._ranking(str(message.get(TEXT) or ""), language_of(message))
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranking(self, text: str, language: str) -> list[dict[str, Any]]:
        if self._understanding is None or not text:
            return [{"name": None, "confidence": 0.0}]
        judged = self._understanding.judge([text], language)[0]
        ranking = _grouped(judged, text)
        # A number of a tender is the desk's business, whatever stands around it.
        known = judged.in_scope or tender_number(text) is not None
        guessed = ranking[0]["name"] == ABUSE and ranking[0]["confidence"] < ACCUSES
        if guessed or (not known and ranking[0]["name"] in self._config["guarded"]):
            ranking.insert(0, {"name": FALLBACK, "confidence": ranking[0]["confidence"]})
        return ranking[: self._config["ranking"]]


def _each_once(examples: Iterable[Message]) -> list[Message]:
    """A text that languages share counts once, as of the first of them: English."""
    told: dict[tuple[Any, Any], Message] = {}
    for message in examples:
        told.setdefault((message.get(TEXT), message.get(INTENT)), message)
    return list(told.values())


def settings_of(config: dict[str, Any]) -> Settings:
    """A pipeline's settings of the classifier as the understanding takes them."""
    return Settings(
        strength=config["inverse_regularisation"],
        folds=config["folds"],
        rejected=config["rejected"],
        outside=tuple(config["outside"]),
    )


def _grouped(judged: Judged, text: str) -> list[dict[str, Any]]:
    """The ranking with all acts as the one intent `act`, which names the likeliest in `act` and, in
    `acts`, what it may be instead: the desk knows who speaks, and not every act is everybody's.

    What only asks how an act is done is no act (`bot/acting/gate.py`): it goes to the articles.
    """
    chances = judged.chances
    acts = {n.removeprefix(ACT): c for n, c in chances.items() if n.startswith(ACT)}
    ranking = [{"name": n, "confidence": c} for n, c in chances.items() if not n.startswith(ACT)]
    if acts:
        total, meant = sum(acts.values()), _meant(acts, text)
        if meant:
            act = {"name": "act", "confidence": total, "act": meant[0], "acts": meant[:LIKELY]}
            ranking.append(act)
        else:
            question = next(one for one in ranking if one["name"] == "ask_question")
            question["confidence"] += total
    return sorted(ranking, key=lambda one: -one["confidence"])


def _meant(acts: dict[str, float], text: str) -> list[str]:
    """The acts that the words may ask for, the likeliest first.

    Where they only ask how the likeliest is done, they may still look up the next: "is there any
    notice open now?" sounds like the state of one, and is a search.
    """
    order = sorted(acts, key=lambda name: -acts[name])
    asked = [name for name in order if is_act(name, text)]
    total = sum(acts.values())
    if order[0] in asked:
        return [name for name in asked if name == order[0] or acts[name] > 0.002 * total]
    if asks_the_way(text):
        return []
    return [name for name in asked if name in LOOK_UPS and acts[name] > 0.05 * total]
