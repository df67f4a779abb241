import pytest

from tests.golden.cases import NAMES, expected, rendered
from tests.golden.yaml_text import dump, load


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_renders_exactly_its_golden_objects(name):
    assert expected(name) == rendered(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_file_holds_nothing_yaml_would_read_differently(name):
    assert rendered(name) == load(dump(rendered(name)))
