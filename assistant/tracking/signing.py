"""Signed webhooks, in and out: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, so that neither the body nor its
time can be changed, and a copy is refused once its time has passed or its signature was seen."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistant.errors import InvalidInput, Unauthorized

SIGNATURE = "X-Sourcing-Signature"
SOURCE = "X-Sourcing-Source"
TOLERANCE = timedelta(minutes=5)
_FEWEST = 16  # characters of a secret


@dataclass(frozen=True)
class Sender:
    """Who may send: a name, the tenant whose orders it reports on, and the shared secret."""

    name: str
    tenant: str
    secret: str


def senders(setting: str) -> dict[str, Sender]:
    """`name:tenant:secret`, commas between. Raises InvalidInput for an entry that is not so, or too short a secret."""
    found: dict[str, Sender] = {}
    for number, entry in enumerate((e.strip() for e in setting.split(",")), start=1):
        if not entry:
            continue
        parts = entry.split(":", 2)
        if len(parts) != 3 or not all(parts) or len(parts[2]) < _FEWEST:
            raise InvalidInput(
                f"entry {number} of SOURCING_WEBHOOK_SECRETS is not name:tenant:secret",
                field="SOURCING_WEBHOOK_SECRETS",
                hint=f"secrets have {_FEWEST} characters or more; commas between entries",
            )
        found[parts[0]] = Sender(*parts)
    return found


def sign(secret: str, body: bytes, now: datetime) -> str:
    """The value of the signature header for `body` sent at `now`."""
    stamp = str(int(now.timestamp()))
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def check(secret: str, body: bytes, header: str, now: datetime) -> str:
    """The signature of a message that is genuine and in time. Raises Unauthorized otherwise."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12 or not given:
        raise Unauthorized("the signature header cannot be read", field=SIGNATURE, hint="send t=UNIX_SECONDS,v1=HEX")
    if not hmac.compare_digest(_digest(secret, stamp, body).encode(), given.encode("utf-8", "replace")):
        raise Unauthorized(
            "the signature does not fit the body", field=SIGNATURE, hint='sign "t.body" with the shared secret'
        )
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise Unauthorized(
            "the signature is too old or from the future", field=SIGNATURE, hint="sign anew and send again"
        )
    return given


def _digest(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
