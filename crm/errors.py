"""What can go wrong with a verb, in the words of the public contract."""

from typing import Any


class DeskError(Exception):
    """A refusal with a stable `code`; the edge turns it into a status and an error body."""

    code = "refused"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Unauthorized(DeskError):
    """No credential, or one that is not known, or no longer."""

    code = "unauthorized"


class NotFound(DeskError):
    """It does not exist, or the asker may not know that it does."""

    code = "not_found"


class Walled(NotFound):
    """Kept from the asker by a wall; they are told no more than of what does not exist."""

    def __init__(
        self,
        message: str,
        *,
        counselor: str,
        conversation: str | None = None,
        ticket: str | None = None,
        contact: str | None = None,
    ) -> None:
        super().__init__(message)
        self.counselor, self.contact = counselor, contact
        self.conversation, self.ticket = conversation, ticket


class Forbidden(DeskError):
    code = "forbidden"


class Conflict(DeskError):
    """Someone else was first, or the thing is no longer in the state the verb needs."""

    code = "conflict"


class EqualInformation(DeskError):
    """Said in private, it would tell one bidder what all must be told alike."""

    code = "equal_information"


class TooLarge(DeskError):
    """More bytes than the desk takes."""

    code = "too_large"


class Invalid(DeskError):
    """The request itself is malformed or breaks a limit."""

    code = "invalid"
