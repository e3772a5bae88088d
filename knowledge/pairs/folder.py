"""What the folder of a cross-encoder or of a reader must say about itself."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from knowledge.named.folder import Described, Head, UnusableModel, most_tokens, plain

ROBERTA = ("roberta", "xlm-roberta", "camembert")
SCORING, READING = "ForSequenceClassification", "ForQuestionAnswering"
SPAN = 2  # numbers for each token: as the first of an answer, and as the last


def describe_reranker(folder: Path) -> Described:
    """A model that gives a pair of texts one score; raises UnusableModel for any other."""
    described = _described(folder, SCORING, "a cross-encoder")
    if (labels := _labels(described.config)) != 1:
        raise UnusableModel(f"it tells {labels} labels apart; a cross-encoder has one.")
    if described.config.get("model_type") in ROBERTA:
        return replace(described, head=Head("classifier.dense", "classifier.out_proj", 1))
    return replace(described, head=Head("pooler.dense", "classifier", 1))


def describe_reader(folder: Path) -> Described:
    """A model that marks where an answer begins and ends; raises UnusableModel for any other."""
    described = _described(folder, READING, "a reader")
    return replace(described, head=Head(None, "qa_outputs", SPAN))


def _described(folder: Path, wanted: str, noun: str) -> Described:
    described = plain(folder, folder)
    made_for = described.config.get("architectures") or ["nothing that it names"]
    if not any(str(one).endswith(wanted) for one in made_for):
        raise UnusableModel(f"it is made for {made_for[0]}; {noun} is a …{wanted}.")
    return replace(described, fed={"max_tokens": most_tokens(described.config)})


def _labels(config: dict[str, Any]) -> int:
    """How many labels a classifier tells apart, by its config as transformers reads it."""
    named = config.get("id2label")
    return len(named) if named else int(config.get("num_labels", 2))
