"""The peer: `rasa init`'s default configuration, trained on this project's own NLU data.

One worker, the REST channel, an in-memory tracker, as a newcomer would serve it. Its stories answer
each intent with one sentence, and a rule answers what was not understood, as Rasa's manual has it:
a message that gets no answer would cost it less. The trained model is kept for as long as the data
stays the same.
"""

import hashlib
import os
import subprocess
from pathlib import Path

import yaml

from api.commands.child_process import HOST, PASSED_ON, free_port
from api.commands.progress import progress

# What `rasa init` writes when it is left to choose (Rasa 3.6, initial project and its default
# pipeline and policies), spelled out so that nothing is chosen behind our back.
CONFIG = """
recipe: default.v1
assistant_id: bare
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    constrain_similarities: true
  - name: EntitySynonymMapper
  - name: ResponseSelector
    epochs: {epochs}
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: UnexpecTEDIntentPolicy
    max_history: 5
    epochs: {epochs}
  - name: TEDPolicy
    max_history: 5
    epochs: {epochs}
    constrain_similarities: true
"""


FALLBACK = {
    "rule": "say that it was not understood",
    "steps": [{"intent": "nlu_fallback"}, {"action": "utter_nlu_fallback"}],
}


class BareRasa:
    """The peer as a running process."""

    def __init__(self, python: Path, folder: Path) -> None:
        self._port = free_port()
        model = next((folder / "models").glob("*.tar.gz"))
        command = [str(python), "-m", "rasa", "run", "--port", str(self._port), "-i", HOST,
                   "--model", str(model), "--credentials", str(folder / "credentials.yml"),
                   "--endpoints", str(folder / "endpoints.yml")]  # fmt: skip
        with (folder / "serve.log").open("wb") as log:
            self.child = subprocess.Popen(
                command, cwd=folder, env=_environment(), stdout=log, stderr=log
            )

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    def stop(self) -> None:
        """End it, by force where it is still busy with requests that nobody waits for."""
        self.child.terminate()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def ensure(root: Path, data: Path, python: Path, epochs: int) -> Path:
    """The peer's folder with its trained model, made once.

    `rasa init` trains 100 epochs, an hour and a half on two cores. Epochs change what the nets have
    learned, not their size, so fewer of them cost a served message the same.
    """
    files = sorted((root / "bot" / "rasa" / "data").rglob("nlu/*.yml"))
    digest = hashlib.sha256((CONFIG.format(epochs=epochs) + str(FALLBACK)).encode())
    for file in files:
        digest.update(file.read_bytes())
    folder = data / "bench" / f"bare-rasa-{digest.hexdigest()[:12]}"
    if list((folder / "models").glob("*.tar.gz")):
        return folder
    _write_project(folder, files, epochs)
    with progress("Training bare Rasa (minutes, once)"):
        subprocess.run(
            [str(python), "-m", "rasa", "train", "--domain", "domain.yml", "--data", "data",
             "--config", "config.yml", "--out", "models"],
            cwd=folder, env=_environment(), check=True, stdout=subprocess.DEVNULL,
            stderr=(folder / "train.log").open("wb"),
        )  # fmt: skip
    return folder


def _write_project(folder: Path, files: list[Path], epochs: int) -> None:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    intents: set[str] = set()
    for file in files:
        text = file.read_text()
        intents |= {part["intent"] for part in yaml.safe_load(text)["nlu"] if "intent" in part}
        language = file.parent.parent.name
        (folder / "data" / f"{language}-{file.name}").write_text(text)
    (folder / "config.yml").write_text(CONFIG.format(epochs=epochs))
    (folder / "credentials.yml").write_text("rest:\n")
    (folder / "endpoints.yml").write_text("")
    answered = [*sorted(intents), "nlu_fallback"]
    answers = {f"utter_{i}": [{"text": f"This is about {i}."}] for i in answered}
    domain = {"version": "3.1", "intents": sorted(intents), "responses": answers}
    (folder / "domain.yml").write_text(yaml.safe_dump(domain))
    stories = [
        {"story": i, "steps": [{"intent": i}, {"action": f"utter_{i}"}]} for i in sorted(intents)
    ]
    told = {"version": "3.1", "stories": stories, "rules": [FALLBACK]}
    (folder / "data" / "stories.yml").write_text(yaml.safe_dump(told))


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed | {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
