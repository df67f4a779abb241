"""Wait until a started process is ready, or say why it is not."""

import http.client
import ssl
import time
from pathlib import Path
from typing import Final

from tools.devcluster.errors import StartError
from tools.devcluster.processes import Process, alive, log_tail
from tools.devcluster.programs import Health

_PATIENCE_SECONDS: Final = 120.0
_PAUSE_SECONDS: Final = 0.1


def wait_until_ready(
    name: str, process: Process, health: Health, log: Path, patience: float = _PATIENCE_SECONDS
) -> None:
    """Return once the process answers 200; raise StartError when it stops or takes too long."""
    context = ssl.create_default_context(cafile=str(health.authority))
    context.load_cert_chain(health.certificate, health.key)
    deadline = time.monotonic() + patience
    while trouble := _trouble(health, context):
        if not alive(process):
            raise StartError(name, "stopped while it was starting", log_tail(log))
        if time.monotonic() > deadline:
            raise StartError(
                name, f"was not ready after {patience:.0f} s ({trouble})", log_tail(log)
            )
        time.sleep(_PAUSE_SECONDS)
    # on a port that someone else holds, the answer may have been someone else's
    if not alive(process):
        raise StartError(name, "stopped while it was starting", log_tail(log))


def _trouble(health: Health, context: ssl.SSLContext) -> str:
    """Return what is wrong with the answer, nothing when all is well."""
    connection = http.client.HTTPSConnection("127.0.0.1", health.port, timeout=5, context=context)
    try:
        connection.request("GET", health.path)
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    else:
        return "" if answer.status == http.client.OK else f"HTTP {answer.status}"
    finally:
        connection.close()
