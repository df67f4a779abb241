from datetime import timedelta

import pytest

from tests.support.operations import ASKED, an_operation
from tradingstack_operator.model.operations import (
    completed_at,
    created_at,
    in_order,
    job_name,
    newest,
    restored,
)

LATER = ASKED + timedelta(hours=1)


def a_restore(phase="Succeeded", name="restore", component="database", completed=ASKED):
    wanted = {"component": component, "confirm": "alpha"}
    return an_operation("Restore", phase, name=name, restore=wanted, completed=completed)


def test_operations_are_in_the_order_in_which_they_were_asked_for():
    late, b, a = an_operation(asked=LATER), an_operation(name="b"), an_operation(name="a")
    assert in_order([late, b, a]) == (a, b, late)


def test_an_operation_that_no_server_has_stored_has_no_time():
    operation = an_operation()
    metadata = operation.metadata.model_copy(update={"creation_timestamp": None})
    with pytest.raises(ValueError, match="backup was never stored"):
        created_at(operation.model_copy(update={"metadata": metadata}))


def test_an_operation_whose_end_nobody_noted_ended_when_it_was_asked_for():
    assert completed_at(an_operation(phase="Failed")) == ASKED
    assert completed_at(an_operation()) == ASKED


def test_the_newest_operation_is_the_one_that_ended_last():
    first = an_operation(phase="Succeeded", name="first", completed=LATER)
    second = an_operation(phase="Succeeded", name="second", completed=ASKED, asked=LATER)
    assert newest([first, second], "Backup", "Succeeded") == first


def test_only_operations_of_the_type_and_phase_count():
    others = [an_operation(phase="Failed"), an_operation("Drill", "Succeeded"), an_operation()]
    assert newest(others, "Backup", "Succeeded") is None


def test_the_name_of_a_job_fits_a_label_whatever_the_operation_is_called():
    assert len(job_name("a" * 30, an_operation(name="x" * 253))) <= 63


def test_the_data_come_from_the_last_restore_that_succeeded():
    first, second = a_restore(), a_restore(name="second", completed=LATER)
    assert restored([second, first, a_restore("Failed", "third")], "database") == second


def test_the_restore_of_another_component_does_not_count():
    assert restored([a_restore(component="features"), an_operation()], "database") is None
