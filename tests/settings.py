"""config.settings for tests: a data folder of its own, and the set-up that PARLEY_TEST_SETUP names.

`embedded` (default): SQLite and the in-memory layer. `distributed`: PostgreSQL and Redis, started here on free ports
unless `python -m tests.services` already did. Whatever DATABASE_URL the developer works with is never touched.
"""

import os
import tempfile
from pathlib import Path

from tests.services import SERVICES_GIVEN, start_for_tests

SETUP = os.environ.get("PARLEY_TEST_SETUP", "distributed" if SERVICES_GIVEN in os.environ else "embedded")
if SETUP not in {"embedded", "distributed"}:
    raise SystemExit(f"PARLEY_TEST_SETUP is {SETUP!r}: say embedded or distributed.")

_folder = tempfile.TemporaryDirectory(prefix="parley-test-data-", ignore_cleanup_errors=True)
os.environ["PARLEY_DATA"] = _folder.name
Path(_folder.name, "static").mkdir()  # whitenoise warns where there is none
os.environ.setdefault("SECRET_KEY", "a secret for tests only, long enough for HS256 signatures")
# No test asks a real provider: tests/provider.py stands in for one.
MODELS = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODELS",
    "EMBEDDER",
    "EMBEDDINGS_BASE_URL",
    "EMBEDDINGS_MODEL",
)
for name in ("BASE_URL", "DEBUG", "EMAIL_URL", "HOST", "PARLEY_RATE_LIMITS", "PORT", *MODELS):
    os.environ.pop(name, None)

if SETUP == "distributed":
    os.environ.update(start_for_tests())
else:
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)

from config.settings import *  # noqa: E402, F403

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and no password here is a secret
# Words alone, unless a test asks for meaning: an embedding takes longer than most tests.
EMBEDDER = "none"
