"""The understanding outside Rasa: its parts here, the whole in the environment that trains it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.commands import understanding
from api.commands.understanding import Measured
from bot.intents.characters import Characters
from bot.intents.heads import Floats
from bot.intents.reading import Encoders
from bot.intents.scope import Scope, Signs, nearness
from bot.intents.understanding import Settings, Understanding
from bot.measuring import figures, intents, languages, public_sets
from bot.measuring.figures import Figure
from bot.rasa_http import RasaClient
from tests.bot.conftest import ROOT

TEXTS = ["register my firm", "registrar mi empresa", "회사 등록", "register a firm", "등록하기"]

# Learns two wishes, and says of four messages what they are, before and after being stored; what
# the English encoder was given meanwhile, and whether its vectors are the same alone.
PROGRAM = """
import json, tempfile
from io import BytesIO
from pathlib import Path

import numpy as np

from bot.intents import english
from bot.intents.english import EnglishSentences
from bot.intents.reading import Encoders
from bot.intents.sentences import Sentences
from bot.intents.understanding import Settings, Understanding

with tempfile.TemporaryDirectory() as folder:
    english.prepare(Path(folder))
    read_english = EnglishSentences(Path(folder))
given = []

def watched(texts):
    given.append(list(texts))
    return read_english(texts)

hello = ["hello", "hi there", "good morning", "hola", "buenos días", "안녕하세요", "hey",
         "반가워요"]
leave = ["cancel my order", "stop the order", "cancela mi pedido", "주문 취소해 주세요",
         "please cancel the order", "anula el pedido", "취소하고 싶어요", "drop my order"]
languages = ["en", "en", "en", "es", "es", "ko", "en", "ko",
             "en", "en", "es", "ko", "en", "es", "ko", "en"]
encoders = Encoders(Sentences(), watched)
learnt = Understanding.learn(
    hello + leave, ["hello"] * 8 + ["leave"] * 8, languages, encoders, Settings()
)
file = BytesIO()
np.savez(file, **learnt.arrays())
file.seek(0)
again = Understanding.of(dict(np.load(file, allow_pickle=False)), encoders)
asked = [("good morning to you", "en"), ("quiero cancelar mi pedido", "es"), ("안녕", "ko"),
         ("the mitochondria of a cell", "en")]
trained, given[:] = list(given), []
judged = [[one.judge([text], language)[0] for text, language in asked] for one in (learnt, again)]
together = read_english(hello + leave)
print(json.dumps({
    "judged": [
        [[said.best, said.scope, sum(said.chances.values())] for said in one] for one in judged
    ],
    "trained": trained,
    "given": given,
    "same": all((read_english([t]) == together[n]).all() for n, t in enumerate(hello + leave)),
    "lengths": np.linalg.norm(together, axis=1).tolist(),
}))
"""

# The language that the importer tells of each utterance of a folder.
IMPORTED = """
import json, sys
from bot.rasa.serve import prepare
prepare()
from bot.rasa.components.by_language import ImporterByLanguage, language_of
data = ImporterByLanguage(None, None, [sys.argv[1]]).get_nlu_data()
print(json.dumps([[language_of(one), one.get("text")] for one in data.training_examples]))
"""


def test_characters_are_the_same_after_being_stored() -> None:
    learnt = Characters.learn(TEXTS)
    again = Characters.of(learnt.arrays())
    for text in [*TEXTS, "Régister", "", "zzz"]:
        one, other = learnt.row(text), again.row(text)
        assert one.columns.tolist() == other.columns.tolist()
        assert one.weights.tolist() == other.weights.tolist()
    assert learnt.row("Régistrar").columns.tolist() == learnt.row("registrar").columns.tolist()
    row = learnt.row("register")
    assert float(row.weights @ row.weights) == pytest.approx(1, abs=1e-5)


def test_the_bar_leaves_out_the_share_it_was_given() -> None:
    chance = np.random.default_rng(3)
    scores = chance.normal(size=(400, 6)).astype(np.float32)
    near = chance.normal(0.6, 0.1, 400).astype(np.float32)
    scope = Scope.learn(Signs.of(scores, scores, near), 0.05)
    inside = scope.score(Signs.of(scores, scores, near)) >= scope.bar
    assert inside.mean() == pytest.approx(0.95, abs=0.01)
    foreign = scope.score(Signs.of(scores / 9, scores / 9, near / 3))
    assert (foreign < scope.bar).mean() > 0.9
    again = Scope.of(scope.arrays("every"), "every")
    assert again.bar == pytest.approx(scope.bar)


def test_nearness_is_the_mean_of_the_nearest() -> None:
    known = np.eye(8, dtype=np.float32)
    assert nearness(known[:1], known)[0] == pytest.approx(0.2)
    assert nearness(known[:1], known[:2])[0] == pytest.approx(0.5)


def test_without_english_texts_it_says_so() -> None:
    def encode(texts: Sequence[str]) -> Floats:
        return np.ones((len(texts), 2), np.float32) / np.float32(np.sqrt(2))

    encoders = Encoders(encode, encode)
    with pytest.raises(ValueError, match="English"):
        Understanding.learn(TEXTS, ["register"] * 5, ["es"] * 5, encoders, Settings())


def test_what_only_training_needs_is_not_loaded_to_serve() -> None:
    program = "import json, sys, bot.intents.english; print(json.dumps(list(sys.modules)))"
    loaded = _told(sys.executable, program)
    assert "onnxruntime" in loaded
    assert not {"onnx", "onnxruntime.quantization", "scipy"} & set(loaded)


@pytest.mark.parametrize("part", ["bot/intents/scope.py", "knowledge/packaged/graph.py"])
def test_figures_are_measured_anew_when_a_part_of_the_understanding_changed(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("bot", "knowledge"):
        shutil.copytree(ROOT / room, tmp_path / room)
    monkeypatch.setattr(intents, "ROOT", tmp_path)
    one = public_sets.IntentSet("two", ((), ()), ((), ()))
    before = intents.digest(one, Settings())
    assert intents.digest(one, Settings()) == before
    (tmp_path / part).write_text("# another")
    assert intents.digest(one, Settings()) != before


def test_areas_and_shares_have_intervals_around_them() -> None:
    assert figures.auroc([2, 3, 4], [0, 1]).value == 1
    assert figures.auroc([1, 1], [1, 1]).value == 0.5
    assert figures.fpr95([float(n) for n in range(100)], [50.0, -1.0]).value == 0.5
    said = figures.share([True] * 90 + [False] * 10)
    assert (said.value, said.count) == (0.9, 100)
    assert 0.8 < said.low < 0.9 < said.high < 1


@pytest.mark.parametrize(
    ("name", "before", "worse"),
    [("accuracy", 0.97, True), ("accuracy", 0.93, False), ("x FPR95", 0.8, True),
     ("x FPR95", 0.97, False), ("accuracy", None, False)],
)  # fmt: skip
def test_worse_is_what_lies_outside_its_interval(name: str, before: float, worse: bool) -> None:
    one = Measured(name, Figure(0.92, 0.9, 0.94, 100))
    assert understanding.is_worse(one, before) is worse
    assert "0.9200" in understanding.table([one], {name: before} if before else {})


def test_a_folder_without_the_sets_is_named(tmp_path: Path) -> None:
    (tmp_path / "xquad").mkdir()
    with pytest.raises(
        public_sets.MissingSets, match="lacks fewshot_intent, banking77, clinc150, p"
    ):
        list(public_sets.intent_sets(tmp_path))


def test_languages_are_told_on_sets_of_that_layout(tmp_path: Path) -> None:
    for name in ("fewshot_intent", "banking77", "clinc150", "xquad", "paraKQC/data"):
        (tmp_path / name).mkdir(parents=True)
    for language, asked in (("en", "How long does it take?"), ("es", "¿Cuánto tiempo tarda eso?")):
        said = {"data": [{"paragraphs": [{"qas": [{"question": asked}]}]}]}
        (tmp_path / "xquad" / f"xquad.{language}.json").write_text(json.dumps(said))
    (tmp_path / "paraKQC/data/paraKQC_v1.txt").write_text("0\t0\t메일을 언제 보내나요?\n")
    told = languages.told(tmp_path)
    assert len(told["questions"]) == 3
    assert all(all(hits) for hits in told.values())
    assert "no accents, ko" not in told


def test_stored_figures_are_shares_and_among_them_those_that_are_aimed_at() -> None:
    stored = json.loads((ROOT / understanding.BASELINE).read_text())
    assert len(stored.keys() & understanding.AIMS.keys()) >= 7
    assert all(0 <= value <= 1 for value in stored.values())


def _write_sets(folder: Path) -> None:
    """Two wishes, four ways each, in the layout of every published set."""
    ways = {"hello": ("hello", "hi there", "hey you", "good day"),
            "leave": ("cancel it", "stop it", "drop it", "undo it")}  # fmt: skip
    rows = [(text, label) for label, texts in ways.items() for text in texts]
    for name in ("xquad", "paraKQC", "clinc150", "banking77/banking_data"):
        (folder / name).mkdir(parents=True)
    few = folder / "fewshot_intent"
    pairs = ("BANKING77/train_10", "BANKING77/test", "HWU64/train", "HWU64/test",
             "BANKING77-OOS/train", "BANKING77-OOS/test")  # fmt: skip
    for pair in pairs:
        (few / pair).mkdir(parents=True)
        for file, column in (("seq.in", 0), ("label", 1)):
            (few / pair / file).write_text("\n".join(row[column] for row in rows))
    for far in ("id-oos", "ood-oos"):
        (few / "BANKING77-OOS" / far / "test").mkdir(parents=True)
        (few / "BANKING77-OOS" / far / "test" / "seq.in").write_text("a mitochondrion\nrain")
    for name in ("train", "test"):
        lines = ["text,category", *(",".join(row) for row in rows)]
        (folder / f"banking77/banking_data/{name}.csv").write_text("\n".join(lines))
    clinc = {"train": rows, "test": rows, "oos_test": [("rain", "oos")]}
    (folder / "clinc150" / "data_full.json").write_text(json.dumps(clinc))


@pytest.mark.rasa
def test_a_run_that_broke_off_goes_on_with_what_is_left(rasa: Any, tmp_path: Path) -> None:
    sets, kept = tmp_path / "sets", tmp_path / "kept"
    kept.mkdir()
    _write_sets(sets)
    command = [rasa.python, "-m", "bot.measuring.intents", "--sets", sets, "--out", kept]

    def run() -> str:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout

    assert "as measured before" not in run()
    told = {path.name: json.loads(path.read_text()) for path in kept.iterdir()}
    assert len(told) == 5
    assert all(len(one["right"]) == 8 for one in told.values())
    (kept / "CLINC150.json").unlink()
    for name, more in (("seq.in", "hello you"), ("label", "hello")):
        with (sets / "fewshot_intent/HWU64/test" / name).open("a") as file:
            file.write(f"\n{more}")
    again = run()
    assert again.count("as measured before") == 3
    assert "HWU64: learning" in again
    assert "CLINC150: learning" in again
    assert json.loads((kept / "BANKING77 full.json").read_text()) == told["BANKING77 full.json"]


@pytest.mark.rasa
def test_it_learns_and_judges_outside_rasas_pipeline(rasa: Any) -> None:
    told = _told(rasa.python, PROGRAM)
    learnt, again = told["judged"]
    assert [best for best, _, _ in learnt[:3]] == ["hello", "leave", "hello"]
    assert min(scope for _, scope, _ in learnt[:3]) > learnt[3][1]
    for (best, scope, total), (stored, same, _) in zip(learnt, again, strict=True):
        assert best == stored
        assert scope == pytest.approx(same, abs=0.05)  # neighbours are kept in half precision
        assert total == pytest.approx(1, abs=1e-4)


@pytest.mark.rasa
def test_the_english_encoder_reads_english_and_nothing_else(rasa: Any) -> None:
    told = _told(rasa.python, PROGRAM)
    (trained,) = told["trained"]
    assert len(trained) == 8
    assert all(text.isascii() for text in trained)
    assert "hola" not in trained
    english = [["good morning to you"], ["the mitochondria of a cell"]]
    assert told["given"] == english * 2
    assert told["same"]
    assert told["lengths"] == pytest.approx([1] * 16, abs=1e-5)


@pytest.mark.rasa
def test_the_training_data_knows_its_language(rasa: Any, tmp_path: Path) -> None:
    for language, text in (("en", "good day"), ("es", "buenas"), ("ko", "안녕")):
        folder = tmp_path / language / "nlu"
        folder.mkdir(parents=True)
        said = f'version: "3.1"\nnlu:\n  - intent: greet\n    examples: |\n      - {text}\n'
        (folder / "talk.yml").write_text(said, encoding="utf-8")
    told = _told(rasa.python, IMPORTED, str(tmp_path))
    assert sorted(map(tuple, told)) == [("en", "good day"), ("es", "buenas"), ("ko", "안녕")]


@pytest.mark.rasa
def test_the_language_of_a_message_reaches_the_understanding(rasa: Any) -> None:
    client = RasaClient(rasa.url, timeout=60)
    sure = {
        language: client.understand("nlu", "let me talk to a person", language, {}).confidence
        for language in ("en", "es", "ko")
    }
    client.close()
    assert sure["es"] == sure["ko"]
    assert sure["en"] != sure["es"]


def _told(python: str, program: str, *arguments: str) -> Any:
    run = subprocess.run(
        [python, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)
