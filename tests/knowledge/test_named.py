"""Another embedding model by its folder: prepared without torch, refused clearly, never mixed."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import onnxruntime
import pytest
from sqlalchemy import Engine

from api.knowledge import encoder_for
from crm import db
from crm.settings import load
from knowledge import index
from knowledge.encoder import HashEncoder, MissingModel, OnnxEncoder
from knowledge.index import MissingIndex
from knowledge.ingest import Taken
from knowledge.named import build
from knowledge.named.folder import UnusableModel
from knowledge.search import Library
from tests.knowledge import tiny_bert
from tests.knowledge.conftest import TRUSTING, silent

WORDS = ["[PAD]", "[UNK]", "how", "much", "is", "paid", "in", "advance", "penguins", "swim"]
POSITIONS = 24
ROOT = Path(__file__).resolve().parents[2]


def write_model(folder: Path, family: str = "bert", pooling: str = "mean") -> Path:
    """A sentence-transformers folder of one layer with random weights."""
    (folder / "1_Pooling").mkdir(parents=True)
    modules = [
        {"path": "", "type": "sentence_transformers.models.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    mode = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token"}.get(
        pooling, f"pooling_mode_{pooling}_tokens"
    )
    prompts = {"prompts": {"query": "how ", "document": "is "}}
    for name, told in (
        ("config.json", tiny_bert.config(len(WORDS), POSITIONS, family)),
        ("modules.json", modules),
        ("1_Pooling/config.json", {mode: True}),
        ("config_sentence_transformers.json", prompts),
    ):
        (folder / name).write_text(json.dumps(told))
    tiny_bert.tokenizer(WORDS).save(str(folder / "tokenizer.json"))
    tiny_bert.write_tensors(folder / "model.safetensors", _weights())
    return folder


def _weights() -> tiny_bert.Weights:
    return tiny_bert.drawn(len(WORDS), POSITIONS)


def by_hand(ids: list[int]) -> np.ndarray:
    mean = tiny_bert.states(_weights(), ids).mean(0)
    return mean / np.linalg.norm(mean)


def test_a_folder_serves_as_its_weights_say(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    encoder = OnnxEncoder(build.ensure(str(folder), tmp_path / "models", silent))
    assert (encoder.spec.query_prefix, encoder.spec.passage_prefix) == ("how ", "is ")
    assert (encoder.spec.dim, encoder.spec.max_tokens) == (tiny_bert.HIDDEN, POSITIONS)
    (row,) = encoder.queries(["much is paid in advance"])
    asked = ("how", "much", "is", "paid", "in", "advance")
    expected = by_hand([WORDS.index(word) for word in asked])
    assert float(row @ expected) > 0.99  # the served one has 8 bits a weight


def test_a_loud_token_leaves_the_others_what_they_say(tmp_path: Path) -> None:
    words = [WORDS.index(word) for word in ("how", "much", "is", "swim")]
    weights = _weights()
    # One word answers to one place of the wide layer with two hundred times what others have there.
    loud = tiny_bert.states(weights, words)[-1]
    weights[f"{tiny_bert.LAYER}intermediate.dense.weight"][0] = 4 * loud
    weights[f"{tiny_bert.LAYER}intermediate.dense.bias"][0] = -100
    weights[f"{tiny_bert.LAYER}output.dense.weight"][:, 0] /= 200
    folder = write_model(tmp_path / "model")
    tiny_bert.write_tensors(folder / "model.safetensors", weights)
    built = build.ensure(str(folder), tmp_path / "models", silent)
    session = onnxruntime.InferenceSession(built / "model.onnx")
    ids = np.array([words], np.int64)
    fed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    found = session.run(None, fed)[0][0]
    off = np.abs(found - tiny_bert.states(weights, words))[:-1].mean()
    assert off < 0.05  # with one scale for all tokens .10


def test_a_changed_model_is_another_place_and_another_fingerprint(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    first = build.ensure(str(folder), tmp_path / "models", silent)
    assert build.ensure(str(folder), tmp_path / "models", silent) == first
    changed = {name: rows * 2 for name, rows in _weights().items()}
    tiny_bert.write_tensors(folder / "model.safetensors", changed)
    os.utime(folder / "model.safetensors", (1, 1))
    second = build.ensure(str(folder), tmp_path / "models", silent)
    assert second != first
    assert OnnxEncoder(second).spec.fingerprint != OnnxEncoder(first).spec.fingerprint


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (shutil.rmtree, "no such folder"),
        (lambda folder: (folder / "modules.json").unlink(), r"modules\.json is missing"),
        (lambda folder: (folder / "config.json").write_text("{"), r"config\.json is missing or un"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer"),
        (lambda folder: (folder / "model.safetensors").unlink(), "pickled weights are never read"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\xff" * 90), "is damaged"),
    ],
)
def test_a_broken_folder_is_one_clear_sentence(
    tmp_path: Path, break_it: Callable[[Path], None], said: str
) -> None:
    folder = write_model(tmp_path / "model")
    break_it(folder)
    with pytest.raises(UnusableModel, match=said):
        build.ensure(str(folder), tmp_path / "models", silent)


@pytest.mark.parametrize(
    ("family", "pooling", "said"),
    [("distilbert", "mean", "ONNX file"), ("bert", "max", "mean and cls")],
)
def test_what_cannot_be_served_is_named(
    tmp_path: Path, family: str, pooling: str, said: str
) -> None:
    folder = write_model(tmp_path / "model", family, pooling)
    with pytest.raises(UnusableModel, match=said):
        build.ensure(str(folder), tmp_path / "models", silent)


def test_a_hub_that_is_not_reached_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(UnusableModel, match="could not be had from the hub"):
        build.ensure("someone/something@main", tmp_path / "models", silent)


def test_without_its_model_the_old_index_keeps_serving(
    tmp_path: Path, engine: Engine, take_in: Callable[[], Taken]
) -> None:
    take_in()
    folder = write_model(tmp_path / "model")
    settings = _settings(tmp_path, str(folder))
    encoder = encoder_for(settings, silent)
    index.build(engine, encoder, tmp_path / "index", silent)
    said: list[str] = []
    lost = _settings(tmp_path, str(tmp_path / "nowhere"))
    instead = encoder_for(lost, said.append)
    assert instead.spec.fingerprint == encoder.spec.fingerprint
    assert "no such folder" in said[0]
    assert "keeps serving" in said[0]
    assert Library(tmp_path / "index", instead, TRUSTING)
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(MissingModel, match="no such folder"):
        encoder_for(lost, silent)


def _settings(data: Path, model: str):  # type: ignore[no-untyped-def]
    return load(ROOT, data, {"DESK_SECRET": "s" * 32, "EMBEDDING_MODEL": model})


def test_another_model_gets_an_index_of_its_own(
    tmp_path: Path, engine: Engine, take_in: Callable[[], Taken]
) -> None:
    take_in()
    small, large = HashEncoder(32), HashEncoder(64)
    index.build(engine, small, tmp_path / "index", silent)
    with db.reading(engine) as s:
        assert index.stale(s, large, tmp_path / "index")
    index.build(engine, large, tmp_path / "index", silent)
    assert index.current(tmp_path / "index", small) is not None
    assert index.current(tmp_path / "index", large) is not None


def test_rows_of_another_length_are_refused_and_the_old_index_serves_on(library: Library) -> None:
    place = library._shelf.place
    newer = place.with_name(str(int(place.name) + 1))
    shutil.copytree(place, newer)
    faiss.write_index(faiss.IndexIDMap2(faiss.IndexFlatIP(7)), str(newer / "en.faiss"))
    (place.parent / "current").write_text(newer.name)
    with pytest.raises(MissingIndex, match=r"rows of 7 numbers and the embedding model gives 64"):
        library.reload()
    assert library._shelf.place == place
