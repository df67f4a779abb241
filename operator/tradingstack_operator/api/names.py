"""The names the operator writes into a cluster; a changed one orphans what is already there."""

from typing import Final

GROUP: Final = "tradingstack.io"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

FIELD_MANAGER: Final = "tradingstack-operator"
STATUS_FIELD_MANAGER: Final = "tradingstack-operator-status"
RELAY_FIELD_MANAGER: Final = "tradingstack-halt-relay"
FINALIZER: Final = "tradingstack.io/ordered-deletion"

LABEL_ENVIRONMENT: Final = "tradingstack.io/environment"
LABEL_STACK: Final = "tradingstack.io/stack"
LABEL_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
LABEL_COMPONENT: Final = "app.kubernetes.io/component"
LABEL_PART_OF: Final = "app.kubernetes.io/part-of"
PART_OF: Final = "tradingstack"
MANAGED_BY: Final = "tradingstack-operator"
ANNOTATION_CONFIRM_DELETE: Final = "tradingstack.io/confirm-delete"
ANNOTATION_DESIRED_HASH: Final = "tradingstack.io/desired-hash"
ANNOTATION_ROTATION: Final = "tradingstack.io/rotation"
"""On pods: fingerprints the versions of their credentials that are newer than the stack."""
ANNOTATION_FORCE_SYNC: Final = "force-sync"
"""On an ExternalSecret: any new value makes External Secrets read the store again."""
ANNOTATION_TEMPLATE_HASH: Final = "tradingstack.io/template-hash"
"""Fingerprints what a workload cannot change without restarting its pods."""

LEASE_NAME: Final = "tradingstack-operator"
POLICY_NAME: Final = "default"
