import pytest

from tradingstack_contract import bus
from tradingstack_contract.text import ContractError, from_yaml, to_yaml

STREAM = bus.Stream(
    name="MD",
    subjects=("md.>",),
    replicas=3,
    max_age_seconds=3600,
    max_bytes=-1,
    discard="old",
    consumers=("ingestor",),
)


def test_the_streams_survive_their_file():
    file = bus.Streams(streams=(STREAM,))
    assert from_yaml(bus.Streams, to_yaml(file)) == file


def test_an_unknown_way_to_discard_is_refused():
    text = to_yaml(bus.Streams(streams=(STREAM,))).replace("discard: old", "discard: all")
    with pytest.raises(ContractError, match=r"streams\.yaml: streams\.0\.discard"):
        from_yaml(bus.Streams, text)


@pytest.mark.parametrize("subjects", [bus.orders, bus.fills])
def test_live_and_simulated_trade_share_no_subject(subjects):
    live, simulated = subjects(simulation=False), subjects(simulation=True)
    assert live.split(".")[1] == "live"
    assert simulated.split(".")[1] == "sim"


def test_the_inboxes_of_two_users_have_no_common_prefix():
    assert bus.inbox_prefix("ingestor") != bus.inbox_prefix("risk-api")
