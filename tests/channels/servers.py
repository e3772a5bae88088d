"""Real mail servers on this machine's loopback address, for as long as a block lasts."""

import grp
import os
import pwd
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

from api.commands import system_packages


@dataclass
class Arrived:
    sender: str
    to: list[str]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class SmtpServer:
    """Takes every mail but what `refuse` answers with a line of SMTP."""

    refuse: Callable[[str], str | None] = lambda _: None
    arrived: list[Arrived] = field(default_factory=list)
    controller: Controller | None = None
    options: dict[str, Any] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        refusal = self.refuse(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self.arrived.append(Arrived(envelope.mail_from or "", envelope.rcpt_tos, raw))
        return "250 2.0.0 taken"

    @property
    def port(self) -> int:
        assert self.controller
        assert self.controller.server
        return int(self.controller.server.sockets[0].getsockname()[1])

    def __enter__(self) -> Self:
        options = {"hostname": "127.0.0.1", "port": 0} | self.options
        self.controller = _AnyPort(self, **options)
        self.controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.controller
        self.controller.stop()


class _AnyPort(Controller):
    """Its own check of having started needs a port known before; the system chooses ours."""

    def _trigger_server(self) -> None:
        assert self.server
        port = self.server.sockets[0].getsockname()[1]
        if self.ssl_context is None:
            smtplib.SMTP("127.0.0.1", port, timeout=5).close()
            return
        blind = ssl.create_default_context()
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        smtplib.SMTP_SSL("127.0.0.1", port, timeout=5, context=blind).close()


DOVECOT = """
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
{users}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """The real mailbox server, on the loopback address, with one mailbox for whoever logs in."""

    def __init__(self, certificate: Path, key: Path) -> None:
        program = system_packages.dovecot()
        if program is None:
            pytest.skip("there is no dovecot; ./desk test --install gets it")
        self._program = program
        self._certificate, self._key = certificate, key
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="desk-imap-"))
        self.folder.chmod(0o755)
        self.plain, self.secure = free_port(), free_port()
        config = self.folder / "dovecot.conf"
        config.write_text(DOVECOT.format(**self._values()))
        self.start()
        return self

    def start(self) -> None:
        command = [self._program, "-F", "-c", str(self.folder / "dovecot.conf")]
        self._running = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 30
        while not self._answers():
            assert self._running.poll() is None, (self.folder / "dovecot.log").read_text()
            assert time.monotonic() < end, "dovecot did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        assert self._running
        self._running.terminate()
        self._running.wait(20)

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, *, secure: bool = True, user: str = "desk") -> str:
        scheme, port = ("imaps", self.secure) if secure else ("imap", self.plain)
        return f"{scheme}://{user}:secret@localhost:{port}/INBOX"

    def deliver(self, *mails: bytes, user: str = "desk") -> None:
        """Put mails into the mailbox as a mail server would."""
        with IMAPClient("127.0.0.1", self.plain, ssl=False) as imap:
            imap.login(user, "secret")
            for raw in mails:
                imap.append("INBOX", raw)

    def flags(self, user: str = "desk") -> list[set[str]]:
        with IMAPClient("127.0.0.1", self.plain, ssl=False) as imap:
            imap.login(user, "secret")
            imap.select_folder("INBOX", readonly=True)
            found = imap.fetch(imap.search("ALL"), ["FLAGS"])
            return [{flag.decode() for flag in found[uid][b"FLAGS"]} for uid in sorted(found)]

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.plain)) == 0

    def _values(self) -> dict[str, object]:
        """As root it changes to users of its own; as anybody else it stays who it is."""
        me = pwd.getpwuid(os.geteuid())
        owner = pwd.getpwnam("nobody") if me.pw_uid == 0 else me
        mailbox = self.folder / "mail"
        mailbox.mkdir()
        users = ""
        if me.pw_uid == 0:
            os.chown(mailbox, owner.pw_uid, owner.pw_gid)
        else:
            group = grp.getgrgid(me.pw_gid).gr_name
            users = (
                f"default_internal_user = {me.pw_name}\ndefault_internal_group = {group}\n"
                f"default_login_user = {me.pw_name}\n"
            )
        return {
            "folder": self.folder,
            "certificate": self._certificate,
            "key": self._key,
            "users": users,
            "uid": owner.pw_uid,
            "gid": owner.pw_gid,
            "plain": self.plain,
            "secure": self.secure,
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate_for(folder: Path) -> tuple[Path, Path]:
    """A certificate of `localhost` that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret
