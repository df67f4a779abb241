import pytest

from tests.nats.server import Bus, bus_spec


@pytest.fixture
def make_bus(tmp_path):
    """Make the bus of a stack; whatever it starts is stopped with the test."""
    made = []

    def make(**spec):
        place = tmp_path / str(len(made))
        place.mkdir()
        made.append(Bus(place, **({"bus": bus_spec(**spec.pop("bus", {}))} | spec)))
        return made[-1]

    yield make
    for bus in made:
        bus.stop()


@pytest.fixture
def bus(make_bus):
    """Run the bus of a stack that trades live, with one server."""
    bus = make_bus()
    bus.start_and_wait()
    return bus
