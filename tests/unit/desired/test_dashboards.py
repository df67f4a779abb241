import orjson

from tests.unit.desired.factory import a_stack, an_ingestor, objects

KEY = ("ConfigMap", "alpha-dashboards")


def dashboards(stack):
    return {name: orjson.loads(text) for name, text in objects(stack)[KEY]["data"].items()}


def grafana(**fields):
    return a_stack(observability={"grafana": fields})


def test_dashboards_are_delivered_unless_the_spec_says_otherwise():
    assert KEY in objects(a_stack())
    assert KEY in objects(grafana(enabled=True))
    assert KEY not in objects(grafana(enabled=False))


def test_grafanas_sidecar_finds_them_by_its_usual_label():
    assert objects(a_stack())[KEY]["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_labels_of_the_spec_replace_the_usual_one():
    labels = objects(grafana(dashboardLabels={"boards": "yes"}))[KEY]["metadata"]["labels"]
    assert labels["boards"] == "yes"
    assert "grafana_dashboard" not in labels


def test_each_dashboard_has_a_file_and_an_identity_of_its_own():
    found = dashboards(a_stack(ingestors=[an_ingestor(partners=["kraken-md"])]))
    assert len({item["uid"] for item in found.values()}) == len(found)
    assert all(len(item["uid"]) <= 40 for item in found.values())
    assert all(name.startswith("trading-") for name in found)


def test_files_of_two_stacks_do_not_collide_in_one_folder():
    other = a_stack().model_copy(
        update={"metadata": a_stack().metadata.model_copy(update={"namespace": "other"})}
    )
    assert set() == dashboards(a_stack()).keys() & dashboards(other).keys()


def test_panels_do_not_overlap():
    for dashboard in dashboards(a_stack()).values():
        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
        assert len(set(places)) == len(places)


def test_a_panel_asks_the_data_source_that_the_reader_chose():
    for dashboard in dashboards(a_stack()).values():
        (variable,) = dashboard["templating"]["list"]
        sources = {panel["datasource"]["uid"] for panel in dashboard["panels"]}
        assert sources == {f"${{{variable['name']}}}"}


def test_all_of_them_stay_far_below_what_a_config_map_may_hold():
    stack = a_stack(ingestors=[an_ingestor(partners=["kraken-md"])])
    assert sum(map(len, objects(stack)[KEY]["data"].values())) < 32 * 1024


def test_the_administrator_of_grafana_comes_from_the_store_under_the_keys_of_its_installations():
    secret = objects(grafana(adminRemoteKey="grafana"))["ExternalSecret", "alpha-grafana-admin"]
    assert secret["spec"]["target"]["template"]["data"] == {
        "admin-user": "{{ .grafana_user }}",
        "admin-password": "{{ .grafana_password }}",
        "GF_SECURITY_ADMIN_USER": "{{ .grafana_user }}",
        "GF_SECURITY_ADMIN_PASSWORD": "{{ .grafana_password }}",
    }
    assert [item["remoteRef"]["key"] for item in secret["spec"]["data"]] == [
        "staging/trading/alpha/grafana"
    ] * 2


def test_without_a_place_in_the_store_there_is_no_administrator():
    assert ("ExternalSecret", "alpha-grafana-admin") not in objects(grafana(enabled=True))
