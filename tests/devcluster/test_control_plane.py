"""What the real control plane of a cluster does."""

import json

import pytest

pytestmark = pytest.mark.apiserver


def audited(cluster, name):
    """Return the audit events about objects of that name."""
    events = map(json.loads, cluster.audit_log.read_text().splitlines())
    return [event for event in events if event.get("objectRef", {}).get("name") == name]


def listening_addresses(pid, proc):
    """Return the local addresses, as the kernel writes them, on which the process listens."""
    sockets = set()
    for descriptor in (proc / str(pid) / "fd").iterdir():
        sockets.add(str(descriptor.readlink()))
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in (proc / str(pid) / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                addresses.add(fields[1].partition(":")[0])
    return addresses


def test_two_clusters_run_side_by_side(full, bare):
    full.kubectl("create", "namespace", "only-here")
    assert bare.kubectl("get", "namespace", "only-here", check=False).returncode == 1


def test_nothing_listens_beyond_loopback(full, proc):
    loopback = "0100007F"
    for name in set(full.pids) - {"kwok"}:
        assert {loopback} == listening_addresses(full.pids[name], proc)


def test_simulated_node_serves_nothing(full, proc):
    assert set() == listening_addresses(full.pids["kwok"], proc)


def test_restricted_namespace_refuses_a_root_pod(full, namespace):
    restricted = "pod-security.kubernetes.io/enforce=restricted"
    full.kubectl("label", "namespace", namespace, restricted)
    answer = full.kubectl("run", "-n", namespace, "root", "--image=example/root:1", check=False)
    assert "violates PodSecurity" in answer.stderr


def test_service_account_token_authenticates(full, namespace):
    directory = full.service_account_directory(namespace, "default")
    token = (directory / "token").read_text()
    # without a kubeconfig: the admin's certificate must not be what authenticates
    answer = full.kubectl(
        "auth",
        "whoami",
        "-o=jsonpath={.status.userInfo.username}",
        "--kubeconfig=/dev/null",
        f"--server={full.server}",
        f"--certificate-authority={directory / 'ca.crt'}",
        f"--token={token}",
    )
    assert f"system:serviceaccount:{namespace}:default" == answer.stdout


def test_service_account_directory_knows_its_namespace(full, namespace):
    directory = full.service_account_directory(namespace, "default")
    assert namespace == (directory / "namespace").read_text()


def test_audit_log_has_the_body_of_a_write(bare):
    bare.kubectl("create", "configmap", "audited", "--from-literal=colour=blue")
    assert audited(bare, "audited")[-1]["requestObject"]["data"] == {"colour": "blue"}


def test_audit_log_has_no_secret_value(bare):
    bare.kubectl("create", "secret", "generic", "hidden", "--from-literal=colour=blue")
    assert "requestObject" not in audited(bare, "hidden")[-1]


def test_failed_kubectl_raises_with_the_servers_words(bare):
    with pytest.raises(Exception, match="returned non-zero") as raised:
        bare.kubectl("get", "configmap", "absent")
    assert 'configmaps "absent" not found' in raised.value.__notes__[0]
