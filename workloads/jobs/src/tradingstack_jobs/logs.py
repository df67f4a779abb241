"""One JSON object a line on standard output, the form the operator's own log has."""

import json
import logging
import sys
from typing import Final

_LOGGER: Final = logging.getLogger("tradingstack_jobs")


def configure() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonFormatter())
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.INFO)


def info(event: str, **fields: object) -> None:
    _LOGGER.info(event, extra={"fields": fields})


def error(event: str, **fields: object) -> None:
    _LOGGER.error(event, extra={"fields": fields})


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(line, default=str)
