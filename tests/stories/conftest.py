"""One real desk for all stories of a run."""

from collections.abc import Iterator

import pytest

from tests.stories.real_desk import RealDesk, furnished, prepared, started


@pytest.fixture(scope="session")
def real_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealDesk]:
    if not (prepared() / "desk.sqlite").exists() or not list((prepared() / "rasa").glob("*.gz")):
        pytest.skip(f"no trained Rasa and index in {prepared()}: ./desk test prepares them")
    folder = tmp_path_factory.mktemp("desk")
    with furnished(folder) as data, started(data) as desk:
        yield desk
