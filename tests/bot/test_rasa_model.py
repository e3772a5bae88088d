import shutil
from pathlib import Path

import pytest

from bot.rasa_model import fingerprint, model_file, stale
from tests.bot.conftest import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "config.yml", tmp_path)
    for room in ("bot", "knowledge"):
        shutil.copytree(ROOT / room, tmp_path / room)
    return tmp_path


@pytest.mark.parametrize(
    "part",
    [
        "config.yml",
        "bot/rasa/data/ko/nlu/talk.yml",
        "bot/rasa/components/intents.py",
        "bot/rasa/domain/forms.yml",
        "knowledge/encoder.py",
        "knowledge/named/tensors.py",
        "knowledge/packaged/graph.py",
    ],
)
def test_a_model_is_stale_when_a_part_of_it_changed(copy: Path, part: str) -> None:
    before = fingerprint(copy)
    (copy / part).write_text((copy / part).read_text() + "\n# more\n")
    assert fingerprint(copy) != before


def test_the_server_and_the_tests_do_not_make_a_model_stale(copy: Path) -> None:
    before = model_file(copy, copy / "var")
    (copy / "bot/rasa/serve.py").write_text("")
    (copy / "bot/rasa/tests/nlu/en.yml").write_text("")
    assert model_file(copy, copy / "var") == before
    assert stale(copy, copy / "var")


def test_the_lock_names_every_package_by_hash_and_holds_no_torch() -> None:
    lock = (ROOT / "bot/rasa/requirements.lock").read_text()
    blocks = [block for block in lock.replace("\\\n", " ").splitlines() if block.strip()]
    assert len(blocks) > 150
    assert all("==" in block and "--hash=sha256:" in block for block in blocks)
    assert not any(block.startswith("torch") or "+" in block.split()[0] for block in blocks)
