"""Who may call what: keys with a tenant and a role, or, with no key configured, this machine alone."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.config import Settings, check_tenant
from assistant.errors import InvalidInput, Unauthorized
from assistant.http.replies import Refused

ROLES = ("reader", "writer", "admin")  # each may do what those before it may
OPEN = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs"})
SIGNED = "/v1/production/webhook"  # carries a signature in place of a key
_WRITING = ("/v1/documents", "/v1/production", "/v1/feedback")


@dataclass(frozen=True)
class Caller:
    tenant: str
    role: str


@dataclass(frozen=True)
class Access:
    """`keys` maps the SHA-256 of a key to its caller; the keys themselves are not kept."""

    keys: Mapping[bytes, Caller]
    local: Caller

    def caller(self, method: str, path: str, headers: Mapping[str, str]) -> Caller:
        """Who is calling. Raises Unauthorized (401), or Refused (403) when the role is not enough."""
        if not self.keys:
            check_local(headers)
            return self.local
        if path in OPEN or path == SIGNED:
            return Caller(self.local.tenant, "reader")
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Unauthorized("a key is needed", field="Authorization", hint="send Authorization: Bearer KEY")
        digest, found = _digest(key.strip()), None
        for known, caller in self.keys.items():  # all are compared, so that timing tells nothing
            if hmac.compare_digest(known, digest):
                found = caller
        if found is None:
            raise Unauthorized("the key is not known", field="Authorization", hint="check the key, or ask for one")
        needed = role_for(method, path)
        if ROLES.index(found.role) < ROLES.index(needed):
            message = f"this needs the role {needed}; the key has {found.role}"
            raise Refused(403, Unauthorized(message, field="Authorization", hint="use another key"))
        return found


def role_for(method: str, path: str) -> str:
    if method == "DELETE":
        return "admin"
    return "writer" if method == "POST" and path.startswith(_WRITING) else "reader"


def open_access(settings: Settings) -> Access:
    """Keys as the settings give them, `key:tenant:role` with commas between. InvalidInput for one that is not so."""
    keys: dict[bytes, Caller] = {}
    for number, entry in enumerate((e.strip() for e in settings.api_keys.split(",")), start=1):
        if not entry:
            continue
        parts = entry.rsplit(":", 2)
        if len(parts) != 3 or not all(parts) or parts[2] not in ROLES:
            raise InvalidInput(
                f"entry {number} of SOURCING_API_KEYS is not key:tenant:role",
                field="SOURCING_API_KEYS",
                hint=f"roles are {', '.join(ROLES)}; commas between entries",
            )
        if _digest(parts[0]) in keys:
            raise InvalidInput(
                f"entry {number} of SOURCING_API_KEYS repeats a key", field="SOURCING_API_KEYS", hint="one key, one use"
            )
        keys[_digest(parts[0])] = Caller(check_tenant(parts[1], "SOURCING_API_KEYS"), parts[2])
    return Access(keys, Caller(settings.tenant, "admin"))


def check_address(settings: Settings) -> None:
    """Without a key only this machine may call: any other address is refused before anything listens."""
    if not open_access(settings).keys and not is_loopback(settings.api_host):
        raise InvalidInput(
            f"with no key configured the API does not listen on {settings.api_host}",
            field="SOURCING_API_HOST",
            hint="set SOURCING_API_KEYS=key:tenant:role, or use 127.0.0.1",
        )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_local(headers: Mapping[str, str]) -> None:
    """Refuse what a web page of elsewhere could send through a visitor's browser (DNS rebinding, cross-site posts)."""
    host = headers.get("host", "").lower()
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]
    if not is_loopback(name):
        hint = "call http://127.0.0.1 or http://localhost, or configure SOURCING_API_KEYS"
        message = "with no key configured only this machine may call"
        raise Refused(403, Unauthorized(message, field="Host", hint=hint))
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
        hint = "call from a program, or configure SOURCING_API_KEYS"
        raise Refused(403, Unauthorized("pages of other sites may not call this API", field="Origin", hint=hint))


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
