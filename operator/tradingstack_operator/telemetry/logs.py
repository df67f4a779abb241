"""Logs as JSON: one object a line, the same keys every time."""

import logging
import sys
from datetime import UTC, datetime
from typing import Final

import orjson

STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; whatever else it carries was given as ``extra``."""
NOISY: Final = ("kopf", "aiohttp", "asyncio")


class JsonFormatter(logging.Formatter):
    """Write time, level, logger, message, the ``extra`` fields and, if any, the stack trace."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def configure(level: str) -> None:
    """Send all logs to standard error, those of the libraries from warnings upwards only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
