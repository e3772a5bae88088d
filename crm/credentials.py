"""Owner tokens of the core: encrypted, bound to holder and object, never shown and never logged."""

import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select

from crm import clock, events
from crm.db import Session
from crm.errors import Forbidden
from crm.models import Credential

NONCE = 12


def keep(
    s: Session,
    *,
    key: bytes,
    kind: str,
    object_id: str,
    token: str,
    contact_id: str,
    organisation: str,
    tender: str | None,
) -> Credential:
    """Keep the token of an object for the one person and organisation that may use it."""
    known = s.scalar(
        select(Credential).where(Credential.kind == kind, Credential.object == object_id)
    )
    credential = known or Credential(
        kind=kind,
        object=object_id,
        tender=tender,
        contact_id=contact_id,
        organisation=organisation,
        created_at=clock.now(),
    )
    if (credential.contact_id, credential.organisation) != (contact_id, organisation):
        raise Forbidden("This object belongs to someone else.")
    nonce = secrets.token_bytes(NONCE)
    sealed = AESGCM(_derived(key)).encrypt(nonce, token.encode(), _bound(credential))
    credential.secret = nonce + sealed
    s.add(credential)
    events.emit(
        s,
        "credential.kept",
        events.Actor("contact", contact_id),
        data={"kind": kind, "object": object_id},
    )
    return credential


def held(
    s: Session, *, contact_id: str, organisation: str, kind: str, tender: str | None = None
) -> Sequence[Credential]:
    """What the person holds of a kind for the organisation, the latest first."""
    query = select(Credential).where(
        Credential.contact_id == contact_id,
        Credential.organisation == organisation,
        Credential.kind == kind,
        Credential.ended_at.is_(None),
    )
    if tender is not None:
        query = query.where(Credential.tender == tender)
    return s.scalars(query.order_by(Credential.created_at.desc())).all()


def opened(
    s: Session, *, key: bytes, kind: str, object_id: str, contact_id: str, organisation: str
) -> str | None:
    """The token, for its holder alone; None where nothing is kept or it is someone else's."""
    credential = s.scalar(
        select(Credential).where(
            Credential.kind == kind,
            Credential.object == object_id,
            Credential.contact_id == contact_id,
            Credential.organisation == organisation,
            Credential.ended_at.is_(None),
        )
    )
    if credential is None:
        return None
    nonce, sealed = credential.secret[:NONCE], credential.secret[NONCE:]
    try:
        return AESGCM(_derived(key)).decrypt(nonce, sealed, _bound(credential)).decode()
    except InvalidTag as error:
        raise Forbidden("This credential cannot be opened.") from error


def end(s: Session, *, kind: str, object_id: str) -> None:
    """The object is gone, so its token is worth nothing."""
    credential = s.scalar(
        select(Credential).where(Credential.kind == kind, Credential.object == object_id)
    )
    if credential and credential.ended_at is None:
        credential.ended_at = clock.now()


def _derived(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"desk credentials 1").derive(key)


def _bound(credential: Credential) -> bytes:
    parts = (credential.contact_id, credential.organisation, credential.kind, credential.object)
    return "\0".join(parts).encode()
