"""What every encoder owes its users, held against the hashing one and the packaged one."""

import os
from pathlib import Path

import numpy as np
import pytest

from knowledge.encoder import Encoder, HashEncoder, MissingModel, OnnxEncoder
from knowledge.packaged import build

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ["How much can be paid in advance?", "¿Cuánto?", "선금은 얼마까지 받을 수 있나요? " * 20]


def model_folder() -> Path:
    data = Path(os.environ.get("DESK_TEST_DATA") or ROOT / "var" / "test")
    return data / "models" / build.NAME


@pytest.fixture(params=["hash", pytest.param("packaged", marks=pytest.mark.quality)])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    if request.param == "hash":
        return HashEncoder()
    if not model_folder().exists():
        pytest.skip("the packaged model is not built; ./desk index builds it")
    return OnnxEncoder(model_folder())


def test_rows_are_unit_vectors_of_the_promised_length(encoder: Encoder) -> None:
    for rows in (encoder.queries(TEXTS), encoder.passages(TEXTS)):
        assert rows.shape == (len(TEXTS), encoder.spec.dim)
        assert rows.dtype == np.float32
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_text_has_the_same_row_alone_and_in_company(encoder: Encoder) -> None:
    for encode in (encoder.queries, encoder.passages):
        alone = np.concatenate([encode([text]) for text in TEXTS])
        assert np.array_equal(alone, encode(TEXTS))
        assert np.array_equal(alone[::-1], encode(TEXTS[::-1]))


def test_nothing_in_gives_nothing_out(encoder: Encoder) -> None:
    assert encoder.queries([]).shape == (0, encoder.spec.dim)
    assert encoder.passages([]).shape == (0, encoder.spec.dim)


def test_a_changed_spec_has_another_fingerprint() -> None:
    assert HashEncoder(8).spec.fingerprint != HashEncoder(16).spec.fingerprint
    assert HashEncoder(8).spec.fingerprint == HashEncoder(8).spec.fingerprint


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match=r"\./desk index"):
        OnnxEncoder(tmp_path)
