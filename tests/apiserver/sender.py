"""Plain requests to a real API server, as anybody."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from kubernetes.config import new_client_from_config

JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
DRY = {"dryRun": "All"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    body: Any

    @property
    def accepted(self) -> bool:
        return self.status < 300

    @property
    def message(self) -> str:
        return self.body.get("message", "") if isinstance(self.body, dict) else str(self.body)


class Sender:
    """The admin, who impersonates whomever a request is to come from."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.http = new_client_from_config(str(cluster.kubeconfig)).rest_client.pool_manager

    def send(self, method, path, user="", body=None, query=None, content="application/json"):
        """Send one request as a user; nobody named is the admin."""
        headers = {"Content-Type": content, "Accept": "application/json"}
        if user:
            headers["Impersonate-User"] = user
        answer = self.http.request(
            method,
            f"{self.cluster.server}{path}?{urlencode(query or {})}",
            body=None if body is None else json.dumps(body),
            headers=headers,
        )
        try:
            return Answer(answer.status, json.loads(answer.data))
        except ValueError:
            return Answer(answer.status, {"message": answer.data.decode()})
