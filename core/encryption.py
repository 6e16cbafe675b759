"""Secrets at rest: encrypted under the newest of several keys, readable under all of them.

Keys are made of settings.ENCRYPTION_KEYS, newest first, and last of SECRET_KEY, so that an installation without the setting
encrypts as well, and one that gets it later still reads what it has. `manage.py reencrypt_keys` brings everything
under the newest; after that the older ones may go.
"""

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from core.errors import Unavailable

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

PURPOSE = b"parley: secrets at rest\x00"


class Unreadable(Unavailable):
    """Encrypted under a key that is not known any more."""

    default_detail = "This secret was encrypted under a key that this server does not have. Enter it again."


def encrypt_secret(secret: str) -> str:
    """Fernet's token (AES-128-CBC with HMAC-SHA256), under the newest key."""
    return _get_fernet().encrypt(secret.encode()).decode()


def decrypt_secret(token: str) -> str:
    """Raises Unreadable."""
    from cryptography.fernet import InvalidToken

    try:
        return _get_fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def reencrypt_secret(token: str) -> str:
    """The same secret under the newest key. Raises Unreadable."""
    return encrypt_secret(decrypt_secret(token))


def _get_fernet() -> "MultiFernet":
    return _make_fernet((*settings.ENCRYPTION_KEYS, settings.SECRET_KEY))


@lru_cache(maxsize=4)
def _make_fernet(keys: tuple[str, ...]) -> "MultiFernet":
    # Imported when it is first used: most processes never read a secret.
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(_derive_key(key)) for key in keys])


def _derive_key(secret: str) -> bytes:
    """32 bytes for one purpose; settings see to it that what it is made of is long enough not to be guessed."""
    return base64.urlsafe_b64encode(hashlib.sha256(PURPOSE + secret.encode()).digest())
