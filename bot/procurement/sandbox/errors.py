"""A refusal in the shape that the API gives it. `description` has the API's four shapes."""

from typing import Any


class Trouble(Exception):
    def __init__(self, status: int, location: str, name: str, description: Any) -> None:
        super().__init__(name)
        self.status = status
        self.errors = [{"location": location, "name": name, "description": description}]

    def body(self) -> dict[str, Any]:
        return {"status": "error", "errors": self.errors}


class Several(Trouble):
    """One refusal of a body that has faults in several fields."""

    def __init__(self, faults: dict[str, Any]) -> None:
        super().__init__(422, "body", "data", "")
        self.errors = [
            {"location": "body", "name": name, "description": what} for name, what in faults.items()
        ]


def forbidden() -> Trouble:
    return Trouble(403, "url", "permission", "Forbidden")


def missing(name: str) -> Trouble:
    return Trouble(404, "url", name, "Not Found")


def not_now(words: str, name: str = "data") -> Trouble:
    return Trouble(403, "body", name, words)


def wrong(name: str, description: Any) -> Trouble:
    return Trouble(422, "body", name, description)
