"""Feast's online store: a second Redis, so that features never push risk keys out of the cache.

It keeps nothing on disk. Whatever it holds is in the database too, and a materialisation that finds
it empty fills it whole.
"""

from typing import Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import redis
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.model.components import FEATURES, ONLINE_STORE
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.quantity import whole_bytes

MAX_MEMORY_PERCENT: Final = 80
"""No snapshot is ever taken, so only client buffers and fragmentation need the rest."""

USERS: Final = redis.users(
    ONLINE_STORE,
    {FEATURES: f"~* resetchannels {redis.READ_AND_WRITE} {redis.NOT_DANGEROUS} +info"},
)


def build_online_store(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    if stack.spec.features.provider == "External":
        return ()
    granted = resources(stack, ONLINE_STORE, None)
    conf = redis.render_conf(
        ONLINE_STORE,
        max_memory=whole_bytes(granted["limits"]["memory"]) * MAX_MEMORY_PERCENT // 100,
        directory="/tmp",  # noqa: S108 - inside a container
        durability=redis.VOLATILE,
    )
    # The cache's image, whoever runs the cache itself: both are Redis.
    image = stack.spec.cache.image or facts.images.cache
    pod = {"containers": [redis.container(ONLINE_STORE, image, granted)]}
    return (
        *redis.objects(stack, ONLINE_STORE, USERS, conf),
        redis.stateful_set(stack, ONLINE_STORE, USERS, conf, pod),
    )
