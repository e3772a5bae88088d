"""A question by phone, through every real part: keys, spoken words, the bot, a person."""

from typing import Any

import pytest

from routing.calls import words
from tests.stories.real_desk import RealDesk
from tests.stories.test_main_road import ASKED, LANGUAGES

pytestmark = pytest.mark.rasa


class DemoCall:
    """The telephone of the demo page, without its page."""

    def __init__(self, desk: RealDesk) -> None:
        self._http = desk.http
        begun = self._http.post("/demo/phone/calls")
        assert begun.status_code == 201, begun.text
        self._place = f"/demo/phone/calls/{begun.headers['x-call']}"
        self.heard: list[str] = []
        self._listen(begun.json())

    def do(self, **said: str) -> None:
        """Keys or words; what follows is heard up to the next question."""
        self._send(said)

    def _send(self, said: dict[str, Any]) -> None:
        answer = self._http.post(self._place, json={"to": self._to, "n": self._n, **said})
        assert answer.status_code == 200, answer.text
        self._listen(answer.json())

    def _listen(self, verbs: list[dict[str, Any]]) -> None:
        for verb in verbs:
            if verb["verb"] == "say":
                self.heard.append(verb["text"])
            if verb["verb"] == "gather" and "say" in verb:
                self.heard.append(verb["say"]["text"])
        last = verbs[-1]
        hook = last.get("actionHook") or ""
        where, _, query = hook.rpartition("/demo/")[2].partition("?n=")
        self._to, self._n = where, int(query) if query else None
        if last["verb"] == "redirect":
            self._send({})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spoken_question_is_answered_and_a_person_is_a_key_away(
    real_desk: RealDesk, language: str
) -> None:
    call = DemoCall(real_desk)
    call.do(digits=str(LANGUAGES.index(language) + 1))
    assert words.say(language, "disclosure") in "\n".join(call.heard)
    call.do(digits="1")
    call.do(speech=ASKED[language])
    said = "\n".join(call.heard)
    assert words.say(language, "source", titles="")[:3] in said
    assert any(figure in said for figure in ("88", "30", "80")), said
    assert "http" not in said
    call.do(digits="0")
    assert words.say(language, "to_person") in "\n".join(call.heard)
