from tests.unit.desired.factory import a_stack, container, env, facts, objects

WATCHDOG = objects(a_stack())[("Deployment", "alpha-watchdog")]


def test_every_stack_has_a_watchdog_with_an_identity_of_its_own():
    assert WATCHDOG["spec"]["template"]["spec"]["serviceAccountName"] == "alpha-watchdog"
    assert ("ServiceAccount", "alpha-watchdog") in objects(a_stack())


def test_there_is_never_a_second_watchdog():
    assert WATCHDOG["spec"]["replicas"] == 1
    assert WATCHDOG["spec"]["strategy"] == {"type": "Recreate"}


def test_the_watchdog_runs_its_own_program_from_the_tools():
    assert container(WATCHDOG)["command"] == ["tradingstack-watchdog"]
    assert container(WATCHDOG)["image"] == facts().images.tools


def test_the_watchdog_has_users_of_its_own_in_the_stores():
    users = {name: value for name, value in env(WATCHDOG).items() if name.endswith("_USER")}
    assert set(users.values()) == {"watchdog"}
