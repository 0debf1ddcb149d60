"""The errors that every face shows in the same form.

SourcingError
├── RequestError            the request was wrong; changing it can help (exit code 2, HTTP 4xx)
│   ├── InvalidInput        invalid_input
│   ├── UnknownHts          unknown_hts
│   ├── NotInForce          not_in_force
│   ├── NotFound            not_found
│   ├── Ambiguous           ambiguous
│   ├── UnsupportedCurrency unsupported_currency
│   └── Prohibited          prohibited
└── ServiceError            the request may be right; the service could not do it (exit code 1)
    ├── Unauthorized        unauthorized
    ├── RateLimited         rate_limited
    ├── Unavailable         unavailable
    └── Internal            internal

`message` says what is wrong, `hint` what to do next, `field` which part of the request is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final


class SourcingError(Exception):
    """Base of every error that a user may see."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint

    def as_dict(self) -> dict[str, Any]:
        """The contract's error object, `{"error": {...}}`."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "field": self.field,
                "hint": self.hint,
            }
        }


class RequestError(SourcingError):
    """The request was wrong; the hint says how to change it."""

    code = "invalid_input"
    exit_code = 2
    http_status = 422


class InvalidInput(RequestError):
    code = "invalid_input"


class UnknownHts(RequestError):
    code = "unknown_hts"
    http_status = 404


class NotInForce(RequestError):
    code = "not_in_force"


class NotFound(RequestError):
    code = "not_found"
    http_status = 404


class Ambiguous(RequestError):
    code = "ambiguous"
    http_status = 409


class UnsupportedCurrency(RequestError):
    code = "unsupported_currency"


class Prohibited(RequestError):
    code = "prohibited"


class ServiceError(SourcingError):
    """The request may be right, but the service could not carry it out."""


class Unauthorized(ServiceError):
    code = "unauthorized"
    http_status = 401


class RateLimited(ServiceError):
    code = "rate_limited"
    http_status = 429


class Unavailable(ServiceError):
    code = "unavailable"
    http_status = 503


class Internal(ServiceError):
    code = "internal"


# The exception of each of the contract's codes; narrower ones (UnknownKind, an InvalidInput) have no code of their own.
BY_CODE: Final[Mapping[str, type[SourcingError]]] = {
    kind.code: kind
    for kind in (
        InvalidInput,
        UnknownHts,
        NotInForce,
        NotFound,
        Ambiguous,
        UnsupportedCurrency,
        Prohibited,
        Unauthorized,
        RateLimited,
        Unavailable,
        Internal,
    )
}
