"""OCDS releases and records, checked against their schema and read as a core that cannot act."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from bot.procurement.ocds import OcdsCore
from bot.procurement.ocds_releases import gather, valid
from bot.procurement.port import Action, Party, Refused, Unreachable, Wanted
from crm import db
from crm.models import Tender
from routing.tenders import crawl

FOLDER = Path(__file__).parent / "ocds"
OCID = "ocds-213czf-000-00001"


def whole(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


def release(stage: str) -> Any:
    return whole(f"{OCID}-{stage}.json")["releases"][0]


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.json")), ids=lambda p: p.name)
def test_every_package_of_the_example_is_read(path: Path) -> None:
    core = OcdsCore(str(path))
    assert core.read().left_out == 0
    tender = core.tender(OCID)
    assert tender.buyer == "London Borough of Barnet"
    assert "cycle lane" in tender.title


def test_one_process_out_of_its_releases() -> None:
    core = OcdsCore(str(FOLDER))
    tender = core.tender(OCID)
    assert (tender.category, tender.status) == ("works", "complete")
    assert tender.value
    assert (str(tender.value.amount), tender.value.currency) == ("1100000", "GBP")
    assert tender.tender_ends
    [award] = core.awards(OCID)
    assert award.status
    assert award.supplier
    [contract] = core.contracts(OCID)
    assert core.contract(contract.id) == contract
    assert contract.supplier == award.supplier
    assert contract.payments
    assert core.plan(OCID).value


@pytest.mark.parametrize("shape", ["bare release", "list", "package", "record", "compiled only"])
def test_publishers_differ_in_what_they_put_around_a_release(shape: str) -> None:
    one = release("02-tender")
    shapes = {
        "bare release": one,
        "list": [one],
        "package": {"releases": [one]},
        "record": {"ocid": OCID, "releases": [one]},
        "compiled only": {"records": [{"ocid": OCID, "compiledRelease": one}]},
    }
    assert set(gather(iter([json.dumps(shapes[shape])])).releases) == {OCID}


def test_what_does_not_hold_to_the_schema_is_left_out_and_counted(tmp_path: Path) -> None:
    good = release("02-tender")
    texts = [
        json.dumps(good),
        json.dumps(good | {"ocid": "x", "date": "yesterday"}),
        json.dumps(good | {"ocid": "y", "tag": ["no such tag"]}),
        json.dumps({k: v for k, v in good.items() if k != "ocid"}),
        json.dumps(good | {"ocid": "z", "tender": good["tender"] | {"value": "a lot"}}),
        json.dumps(["a word", 7, None]),
        '{"releases": [',
        "",
    ]
    for n, text in enumerate(texts):
        (tmp_path / f"{n}.json").write_text(text)
    read = OcdsCore(str(tmp_path)).read()
    assert set(read.releases) == {OCID}
    assert read.left_out == 4 + 3 + 2
    assert not valid(None)


def test_a_later_release_of_a_process_counts() -> None:
    early = release("02-tender")
    late = early | {"date": "2030-01-01T00:00:00Z", "id": "late",
                    "tender": early["tender"] | {"status": "cancelled"}}  # fmt: skip
    for texts in ([early, late], [late, early]):
        found = gather(iter(json.dumps(one) for one in texts)).releases[OCID]
        assert found["tender"]["status"] == "cancelled"


def test_contact_data_in_free_text_is_struck() -> None:
    one = release("02-tender")
    one["tender"]["description"] = "Ask jo@example.org or call +44 20 7946 0000."
    core = OcdsCore("http://data.example/x.json", transport=served(json.dumps(one)))
    assert core.tender(OCID).description == "Ask […] or call […]."


def served(text: str, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, text=text))


def test_a_url_is_read_and_a_missing_one_is_told() -> None:
    text = (FOLDER / f"{OCID}.json").read_text()
    core = OcdsCore("https://data.example/all.json", transport=served(text))
    assert core.ready()
    assert core.find_tenders(Wanted(text="cycle lane"))[0].id == OCID
    assert core.find_tenders(Wanted(text="submarine")) == []
    for away in (
        OcdsCore("https://data.example/all.json", transport=served("", 503)),
        OcdsCore(str(FOLDER / "no such file.json")),
        OcdsCore((FOLDER / "no such folder").as_uri()),
    ):
        assert not away.ready()
        with pytest.raises(Unreachable):
            away.tender(OCID)


def test_it_cannot_act_and_says_so() -> None:
    core = OcdsCore(FOLDER.as_uri())
    assert core.capabilities == frozenset()
    ask = Action("question", Party("Ficticia Ltd."), OCID, values={"text": "?"})
    for refused in (
        lambda: core.prepare(ask),
        lambda: core.bids(OCID),
        lambda: core.complaints(OCID),
    ):
        with pytest.raises(Refused) as no:
            refused()
        assert no.value.reason == "not_offered"
    with pytest.raises(Refused) as missing:
        core.tender("no such ocid")
    assert missing.value.reason == "not_found"


def test_its_feed_fills_the_desk(sqlite_engine: Engine) -> None:
    core = OcdsCore(str(FOLDER))
    assert crawl(sqlite_engine, core, "ocds").tenders == 1
    assert crawl(sqlite_engine, core, "ocds").tenders == 0
    with db.reading(sqlite_engine) as s:
        [row] = s.scalars(select(Tender))
    assert (row.number, row.status, row.buyer) == (OCID, "complete", "London Borough of Barnet")
