"""A real Kubernetes control plane on a machine without a container engine.

etcd, the API server, the controller manager and the scheduler are the real programs, built from
their Go modules and listening on the loopback address only. The node, its pods and volumes, and
the synchronisation of ExternalSecrets are simulated by KWOK: no container ever runs.
"""
