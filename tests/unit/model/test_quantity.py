import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity

from tradingstack_operator.model.quantity import amount, canonical, whole_bytes

QUANTITIES = st.builds(
    "{}{}".format, st.integers(0, 10**12), st.sampled_from(["", "m", "Mi", "Gi", "Ti"])
)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1024Mi", "1Gi"),
        ("1536Mi", "1536Mi"),
        ("1048576Mi", "1Ti"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("2000", "2k"),
        ("007", "7"),
        ("0Gi", "0"),
        ("1073741824", "1073741824"),
    ],
)
def test_a_quantity_is_spelled_as_the_server_keeps_it(written, kept):
    assert canonical(written) == kept


@given(QUANTITIES)
def test_another_spelling_is_the_same_amount(text):
    assert parse_quantity(canonical(text)) == parse_quantity(text)


@given(QUANTITIES)
def test_amounts_compare_as_the_server_compares(text):
    assert amount(text) == parse_quantity(text) * 1000


def test_bytes_are_whole():
    assert whole_bytes("1Gi") == 1024**3


def test_a_text_that_is_no_quantity_is_refused():
    with pytest.raises(ValueError, match="is not a whole number"):
        canonical("1.5Gi")
