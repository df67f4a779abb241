"""What a database needs that CloudNativePG runs."""

import re
from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules import cel
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.rule import Broken, Crd, rule

_PROVIDER: Final = "CloudNativePG"
_VERSIONED: Final = re.compile(r":[0-9]{2}([^0-9/@][^/@]*)?(@|\Z)")
"""A tag that begins with PostgreSQL's major version, such as 17-ts2."""


@rule(
    "INV-21c",
    "a CloudNativePG database has an image whose tag begins with PostgreSQL's version",
    Crd(
        "TradingStack",
        "spec.database",
        f"self.provider != '{_PROVIDER}' || has(self.image)"
        f" && {cel.matches('self.image', _VERSIONED)}",
        "give an image made for CloudNativePG, with a tag such as 17-ts2 before its digest",
        "image",
    ),
    severity="warning",
)
def cluster_image_tells_its_version(case: Case) -> Iterator[Broken]:
    """Let CloudNativePG see which PostgreSQL it starts: it refuses to guess."""
    database = case.spec.database
    if database.provider == _PROVIDER and not _VERSIONED.search(database.image or ""):
        yield Broken("spec.database.image")


@rule("INV-21d", "a CloudNativePG database reaches the API server")
def cluster_reaches_the_api_server(case: Case) -> Iterator[Broken]:
    """Refuse what could never elect a primary: instances ask the API server who it is."""
    if case.spec.database.provider != _PROVIDER:
        return
    if case.policy is None:
        yield case.undecided("spec.database.provider")
    elif case.policy.egress.api_server is None:
        yield Broken(
            "spec.database.provider",
            "have the platform team give PlatformPolicy's egress.apiServer, or choose another"
            " provider",
        )
