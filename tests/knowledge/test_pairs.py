"""A reranker and a reader by their folders: as their weights say, within the rules, or left out."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import onnx
import pytest
from sqlalchemy import Engine

from api.commands import check
from api.knowledge import open_library, pair_models
from crm.settings import Settings, load
from knowledge import evidence, index
from knowledge.decide import Model
from knowledge.encoder import HashEncoder
from knowledge.ingest import Taken
from knowledge.named import tensors
from knowledge.packaged import graph
from knowledge.pairs.named import READER, RERANKER
from knowledge.pairs.port import Reader, Reranker
from knowledge.port import Query
from knowledge.search import Library
from tests.knowledge import tiny_bert
from tests.knowledge.conftest import TRUSTING, silent
from tests.knowledge.tiny_bert import HIDDEN, Weights

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 22)
SPOKEN = (
    "[PAD] [CLS] [SEP] [UNK] how much of a contract can be paid in advance what must the bond run "
    "company borrow up to from one banks 70 % 60 80 days longer than payment"
)
WORDS = SPOKEN.split()
POSITIONS = 96
BERT = ("pooler.dense", "classifier")
ONE_LABEL = {"id2label": {"0": "LABEL_0"}}
SCORE, SPAN = {"pooler__dense": (HIDDEN, HIDDEN), "classifier": (1, HIDDEN)}, (2, HIDDEN)
ASKED = "How much can be paid in advance?"
PASSAGES = (
    "Up to 70 % of the contract can be paid in advance.",
    "The bond must run 60 days longer than the contract.",
    "A company can borrow up to 80 % from one of the banks.",
)


def write_folder(
    folder: Path, weights: Weights, made_for: str, prefix: str = "bert.", **told: object
) -> str:
    """A Hugging Face folder of a model for pairs; `told` goes into its config."""
    folder.mkdir()
    config = tiny_bert.config(len(WORDS), POSITIONS) | {"architectures": [made_for]} | told
    (folder / "config.json").write_text(json.dumps(config))
    tiny_bert.tokenizer(WORDS, marks=True).save(str(folder / "tokenizer.json"))
    tiny_bert.write_tensors(folder / "model.safetensors", weights, prefix)
    return str(folder)


def random_reranker(folder: Path) -> tuple[str, Weights]:
    weights = tiny_bert.drawn(len(WORDS), POSITIONS, **SCORE)
    weights["classifier.weight"] *= 8  # scores that 8 bits cannot confuse
    return write_folder(folder, weights, "BertForSequenceClassification", **ONE_LABEL), weights


def fond_of(folder: Path, word: str) -> str:
    """A cross-encoder that gives a passage the higher a score the more of it `word` is."""
    weights = tiny_bert.plain(len(WORDS), POSITIONS, **SCORE)
    np.fill_diagonal(weights["pooler.dense.weight"], 1)
    weights["classifier.weight"][0, WORDS.index(word)] = 1
    return write_folder(folder, weights, "BertForSequenceClassification", **ONE_LABEL)


def looking_for(folder: Path, word: str) -> str:
    """A reader to which `word` is the answer to everything, and that says so where it is missing.

    A token's logit is about 8 times what the head says of its word; [CLS] stands for no answer.
    """
    weights = tiny_bert.plain(len(WORDS), POSITIONS, qa_outputs=SPAN)
    weights["qa_outputs.weight"][:, WORDS.index(word)] = 1
    weights["qa_outputs.weight"][:, WORDS.index("[CLS]")] = 0.5
    return write_folder(folder, weights, "BertForQuestionAnswering")


def score_by_hand(
    w: Weights, asked: str, told: str, layers: tuple[str, str] = BERT, first: int = 0
) -> float:
    pair = tiny_bert.tokenizer(WORDS, marks=True).encode(asked, told)
    kinds = pair.type_ids if len(w["embeddings.token_type_embeddings.weight"]) > 1 else ()
    state = tiny_bert.states(w, pair.ids, kinds, first)[0]
    pooled = np.tanh(tiny_bert.dense(w, layers[0], state))
    return float(tiny_bert.dense(w, layers[1], pooled)[0])


def test_a_cross_encoder_scores_as_its_weights_say(tmp_path: Path) -> None:
    name, weights = random_reranker(tmp_path / "model")
    reranker = RERANKER.open(name, tmp_path / "models", silent)
    assert reranker is not None
    expected = [score_by_hand(weights, ASKED, passage) for passage in PASSAGES]
    assert np.ptp(expected) > 0.5
    assert reranker.scores(ASKED, PASSAGES) == pytest.approx(expected, abs=0.15)  # 8 bits a weight


def test_a_cross_encoder_of_the_roberta_family_scores_as_its_weights_say(tmp_path: Path) -> None:
    """Its head has other names, its tokens are of one kind, its positions begin behind the pad."""
    layers = ("classifier.dense", "classifier.out_proj")
    heads = {"classifier__dense": (HIDDEN, HIDDEN), "classifier__out_proj": (1, HIDDEN)}
    weights = tiny_bert.drawn(len(WORDS), POSITIONS, kinds=1, **heads)
    weights["classifier.out_proj.weight"] *= 8
    name = write_folder(
        tmp_path / "model", weights, "XLMRobertaForSequenceClassification", "roberta.",
        model_type="xlm-roberta", type_vocab_size=1, **ONE_LABEL,
    )  # fmt: skip
    reranker = RERANKER.open(name, tmp_path / "models", silent)
    assert reranker is not None
    expected = [score_by_hand(weights, ASKED, passage, layers, first=1) for passage in PASSAGES]
    assert np.ptp(expected) > 0.5
    assert reranker.scores(ASKED, PASSAGES) == pytest.approx(expected, abs=0.15)


def test_a_reader_marks_the_likeliest_span_and_weighs_it_against_none(tmp_path: Path) -> None:
    weights = tiny_bert.drawn(len(WORDS), POSITIONS, qa_outputs=SPAN)
    name = write_folder(tmp_path / "model", weights, "BertForQuestionAnswering")
    reader = READER.open(name, tmp_path / "models", silent)
    assert reader is not None
    for passage in PASSAGES:
        pair = tiny_bert.tokenizer(WORDS, marks=True).encode(ASKED, passage)
        given = tiny_bert.dense(
            weights, "qa_outputs", tiny_bert.states(weights, pair.ids, pair.type_ids)
        )
        inside = [at for at, of in enumerate(pair.sequence_ids) if of == 1]
        best, at, until = max(
            (float(given[i, 0] + given[j, 1]), i, j) for i in inside for j in inside if i <= j
        )
        found = reader.read(ASKED, passage)
        assert (found.start, found.end) == (pair.offsets[at][0], pair.offsets[until][1])
        margin = best - float(given[0].sum())
        assert found.chance == pytest.approx(1 / (1 + np.exp(-margin)), abs=0.05)


def test_a_reader_looks_behind_what_only_helps_it_to_understand(tmp_path: Path) -> None:
    reader = READER.open(looking_for(tmp_path / "model", "70"), tmp_path / "models", silent)
    assert reader is not None
    passage = "70 % in advance. Up to 70 % of the contract."
    found = reader.read(ASKED, passage, passage.index("Up"))
    assert (passage[found.start : found.end], found.start) == ("70", passage.rindex("70"))
    assert found.chance > 0.99
    assert reader.read(ASKED, passage, passage.rindex("of")).chance < 0.01


def test_an_onnx_file_in_the_folder_is_used_as_it_is(tmp_path: Path) -> None:
    name, weights = random_reranker(tmp_path / "model")
    folder = Path(name)
    described = RERANKER.kind.describe(folder)
    read = tensors.read(described.weights, described.config, described.head)
    (folder / "onnx").mkdir()
    given = folder / "onnx" / "model.onnx"
    onnx.save(graph.write(read, described.head), given)
    (folder / "model.safetensors").unlink()
    reranker = RERANKER.open(name, tmp_path / "models", silent)
    assert reranker is not None
    (served,) = (tmp_path / "models").rglob("model.onnx")
    assert served.read_bytes() == given.read_bytes()
    expected = [score_by_hand(weights, ASKED, passage) for passage in PASSAGES]
    assert reranker.scores(ASKED, PASSAGES) == pytest.approx(expected, abs=0.03)


def _config(folder: Path, **told: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | told))


def _without_a_head(folder: Path) -> None:
    tiny_bert.write_tensors(
        folder / "model.safetensors", tiny_bert.drawn(len(WORDS), POSITIONS), "bert."
    )


def _with_a_graph_of_states(folder: Path) -> None:
    described = RERANKER.kind.describe(folder)
    onnx.save(graph.write(tensors.read(described.weights, described.config)), folder / "model.onnx")


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (shutil.rmtree, "there is no such folder"),
        (lambda folder: (folder / "config.json").unlink(), "its config.json is missing"),
        (lambda folder: (folder / "config.json").write_text("[]"), "its config.json is no table"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "it has no tokenizer"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "it cannot be loaded"),
        (lambda folder: (folder / "model.safetensors").unlink(), "pickled weights are never read"),
        (lambda folder: _config(folder, architectures=["BertForMaskedLM"]), "made for BertForMask"),
        (lambda folder: _config(folder, id2label={"0": "a", "1": "b", "2": "c"}), "tells 3 labels"),
        (lambda folder: _config(folder, model_type="deberta-v2"), "from an ONNX file only"),
        (lambda folder: _config(folder, hidden_size=32), "has shape"),
        (lambda folder: _config(folder, max_position_embeddings=8), "has shape"),
        (_without_a_head, "its weights lack"),
        (_with_a_graph_of_states, "a cross-encoder gives one"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"no graph"), "it cannot be loaded"),
    ],
)
def test_a_model_that_does_not_fit_is_one_sentence_and_left_out(
    tmp_path: Path, break_it: Callable[[Path], None], said: str
) -> None:
    name, _ = random_reranker(tmp_path / "model")
    break_it(Path(name))
    heard: list[str] = []
    assert RERANKER.open(name, tmp_path / "models", heard.append) is None
    assert heard[-1].startswith(f"RERANKER_MODEL={name}: ")
    assert said in heard[-1]
    assert "\n" not in heard[-1]
    assert heard[-1].endswith("The desk goes on without it.")


def test_one_is_not_taken_for_the_other(tmp_path: Path) -> None:
    name, _ = random_reranker(tmp_path / "reranker")
    heard: list[str] = []
    assert READER.open(name, tmp_path / "models", heard.append) is None
    assert "made for BertForSequenceClassification; a reader is a …ForQuestionAnswering" in heard[0]


def test_the_check_names_what_each_lacks(tmp_path: Path) -> None:
    name, _ = random_reranker(tmp_path / "model")
    nowhere = str(tmp_path / "nowhere")
    settings = _settings(tmp_path, RERANKER_MODEL=name, READER_MODEL=nowhere)
    told = {line.what: line for line in check._pair_models(settings)}
    assert told["Reranker"].how == f"RERANKER_MODEL={name}: ./desk index prepares it."
    assert told["Reader"].how == f"READER_MODEL={nowhere}: there is no such folder."
    pair_models(settings, silent)
    told = {line.what: line for line in check._pair_models(settings)}
    assert (told["Reranker"].state, told["Reader"].state) == ("on", "missing")
    states = {line.state for line in check._pair_models(_settings(tmp_path))}
    assert states == {"off"}


def test_the_desk_opens_without_a_model_that_it_cannot_have(
    tmp_path: Path, engine: Engine, take_in: Callable[[], Taken], caplog: pytest.LogCaptureFixture
) -> None:
    take_in()
    index.build(engine, HashEncoder(), tmp_path / "index", silent)
    lost = _settings(tmp_path, RERANKER_MODEL="/nowhere", READER_MODEL="/nowhere")
    library = open_library(lost, HashEncoder())
    assert library.hits("How must the bond run?", "en", TODAY)
    assert [record.message for record in caplog.records] == [
        f"{setting}=/nowhere: there is no such folder. The desk goes on without it."
        for setting in ("RERANKER_MODEL", "READER_MODEL")
    ]


def test_where_none_is_named_none_of_it_is_imported() -> None:
    program = (
        "import sys, api.knowledge, api.commands.check\n"
        "print([name for name in sys.modules if name.startswith('knowledge.pairs.')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "port" in ran.stdout
    assert not any(name in ran.stdout for name in ("named", "encoder", "reader", "pair_model"))


def test_the_reranker_chooses_the_order_of_what_is_found(library: Library, tmp_path: Path) -> None:
    name, weights = random_reranker(tmp_path / "model")
    reread = _reread(library, RERANKER.open(name, tmp_path / "models", silent))
    hits = reread.hits(ASKED, "en", TODAY)
    before = library.hits(ASKED, "en", TODAY)
    assert [hit.passage for hit in before] != [hit.passage for hit in hits]
    assert {hit.passage for hit in before} == {hit.passage for hit in hits}
    records = {record.text: record for record in library.tongues()["en"].records}
    by_hand = [score_by_hand(weights, ASKED, records[hit.passage].embedded) for hit in hits]
    assert by_hand == sorted(by_hand, reverse=True)
    assert [hit.score for hit in hits] == [hit.score for hit in before]  # the scale stays


def test_the_own_language_keeps_its_articles_whatever_the_reranker_likes(
    library: Library, tmp_path: Path
) -> None:
    """The English passage is all that this reranker likes, and the article is there in Spanish."""
    name = fond_of(tmp_path / "model", "bond")
    reread = _reread(library, RERANKER.open(name, tmp_path / "models", silent))
    hits = reread.hits("bond anticipo advance payment", "es", TODAY)
    assert {hit.language for hit in hits if hit.article == "advance"} == {"es"}
    assert {hit.article for hit in hits if hit.language == "en"} == {"loan"}


def test_what_is_decided_is_decided_of_the_rerankers_leader(
    library: Library, tmp_path: Path
) -> None:
    """A decision that trusts nothing but a lead follows whom the reranker puts first."""
    names = evidence.NAMES
    lead = Model(names, [40.0 if name == "lead" else 0.0 for name in names], -1.0, 0.5, 0.0, "")
    library._shipped = lead
    asked = Query("advance payment percent of a contract", "en", TODAY)
    assert library.find(asked).citations[0].url.endswith("#share")
    for word, anchor in (("bond", "#bond"), ("borrow", "#loan")):
        name = fond_of(tmp_path / word, word)
        reread = _reread(library, RERANKER.open(name, tmp_path / "models", silent))
        assert reread.find(asked).citations[0].url.endswith(anchor)


def test_a_hidden_article_stays_hidden_from_the_reranker(library: Library, tmp_path: Path) -> None:
    name = fond_of(tmp_path / "model", "bond")
    reread = _reread(library, RERANKER.open(name, tmp_path / "models", silent))
    _, records = reread.evidence("How long must the bond run?", "en", TODAY, 8, hidden="advance")
    assert {record.article for record in records} == {"loan"}


def test_the_reader_cuts_the_answer_to_the_sentence_that_holds_it(
    engine: Engine, articles: Path, take_in: Callable[[], Taken], tmp_path: Path
) -> None:
    page = articles / "advance.en.md"
    told = "Up to 70% of the contract amount can be paid in advance in Korea (2021)."
    more = f"Much depends on the bond. {told} The rest follows later."
    page.write_text(page.read_text().replace(told, more))
    take_in()
    index.build(engine, HashEncoder(), tmp_path / "index", silent)
    asked = Query(ASKED, "en", TODAY)
    library = Library(tmp_path / "index", HashEncoder(), TRUSTING)
    assert library.find(asked).text == more
    name = looking_for(tmp_path / "model", "70")
    reading = _reading(library, READER.open(name, tmp_path / "models", silent))
    said = reading.find(asked)
    assert (said.verdict, said.text) == ("answer", told)
    assert [cite.quote for cite in said.citations] == [told]


def test_where_the_reader_finds_no_answer_none_is_said(library: Library, tmp_path: Path) -> None:
    asked = Query(ASKED, "en", TODAY)
    assert library.find(asked).verdict == "answer"
    name = looking_for(tmp_path / "model", "60")  # which stands in another section
    reading = _reading(library, READER.open(name, tmp_path / "models", silent))
    said = reading.find(asked)
    assert "70%" not in said.text
    name = looking_for(tmp_path / "penguin", "company")
    reading = _reading(library, READER.open(name, tmp_path / "models", silent))
    assert reading.find(Query("advance payment percent", "en", TODAY)).verdict == "none"


def _reread(library: Library, reranker: Reranker | None) -> Library:
    assert reranker is not None
    return Library(library._folder, library._encoder, library.model, reranker=reranker)


def _reading(library: Library, reader: Reader | None) -> Library:
    assert reader is not None
    return Library(library._folder, library._encoder, library.model, reader=reader)


def _settings(data: Path, **named: str) -> Settings:
    return load(ROOT, data, {"DESK_SECRET": "s" * 32} | named)
