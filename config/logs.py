"""Structured logs: one line an event, as text for people or JSON for machines. Never a secret, never a message's text."""

import logging
import warnings
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]
# What a log call may name beside its sentence (`extra`).
NAMED = ("connection", "sessions", "turn")


class QuickFormatter(structlog.stdlib.ProcessorFormatter):
    """Plain lines in the same form at a tenth of the time: two are written for each socket that comes and goes."""

    def format(self, record: logging.LogRecord) -> str:
        if (
            record.exc_info
            or not isinstance(record.msg, str)
            or hasattr(record, "_name")
            or structlog.contextvars.get_contextvars()
        ):
            return super().format(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat()[:26] + "Z"
        named = {name: record.__dict__[name] for name in NAMED if name in record.__dict__}
        return self.write(record.getMessage(), at, record, named)

    def write(self, event: str, at: str, record: logging.LogRecord, named: dict[str, Any]) -> str:
        about = "".join(f" {name}={value}" for name, value in named.items())
        return f"{at} [{record.levelname.lower():<9}] {event:<30} [{record.name}]{about}"


class QuickJsonFormatter(QuickFormatter):
    def write(self, event: str, at: str, record: logging.LogRecord, named: dict[str, Any]) -> str:
        line = {"event": event, "level": record.levelname.lower(), "logger": record.name, "timestamp": at}
        return msgspec.json.encode({**line, **named}).decode()


class NoSockets(logging.Filter):
    """Leaves out the server's three lines for each socket that comes and goes (8 % of a connect)."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = str(record.msg)
        return not (said.startswith("connection ") or '"WebSocket' in said)


def build_logging(*, level: str, output: str) -> dict[str, Any]:
    """Return Django's LOGGING. `output` is "text" or "json"; `level` a standard level name."""
    # Plain tracebacks: those that `rich` would draw hold the values of local variables, and take a second each.
    renderers: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if output == "json"
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": QuickJsonFormatter if output == "json" else QuickFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
                "foreign_pre_chain": [*SHARED, structlog.stdlib.ExtraAdder(allow=NAMED)],
            }
        },
        "filters": {"no_sockets": {"()": NoSockets}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "django_structlog": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            # On DEBUG, these three would write down what visitors ask.
            "httpx2": {"level": "WARNING"},
            "httpcore2": {"level": "WARNING"},
            "openai": {"level": "WARNING"},
            "huey": {"level": "WARNING"},
            "bm25s": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "uvicorn.error": {"filters": ["no_sockets"]},
            "uvicorn.sockets": {"level": "WARNING"},
        },
    }


def quieten_warnings() -> None:
    """Static files are read by synchronous iterators, which Django reads whole for ASGI: small files, as is meant."""
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")


def configure_structlog() -> None:
    """Send structlog's events through the standard handlers, so that both kinds look alike."""
    structlog.configure(
        processors=[
            *SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
