# ruff: noqa: INP001 - a folder of definitions, which Feast reads
"""The feature definitions that the feature image brings: what every stack can compute.

A stack's own definitions come in an image made from this one; see spec.features.repoImage.
"""

from datetime import timedelta

from feast import Entity, FeatureView, Field, ValueType
from feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source import (
    PostgreSQLSource,
)
from feast.types import Float64, Int64

symbol = Entity(
    name="symbol",
    join_keys=["symbol"],
    value_type=ValueType.STRING,
    description="An instrument as its venue spells it",
)

bars = PostgreSQLSource(
    name="bars",
    # floats: Feast has no decimals; nothing that moves money reads features
    query="""
        SELECT symbol, bucket, close::float8 AS close, volume::float8 AS volume,
               trades::bigint AS trades
        FROM md.ohlc_1m
    """,
    timestamp_field="bucket",
)

bar_features = FeatureView(
    name="bar",
    entities=[symbol],
    ttl=timedelta(days=1),
    schema=[
        Field(name="close", dtype=Float64, description="Last price of the minute"),
        Field(name="volume", dtype=Float64, description="Traded in the minute"),
        Field(name="trades", dtype=Int64, description="Number of trades in the minute"),
    ],
    source=bars,
    online=True,
)
