"""Whose pods may hold what only other operators need: a token, a user name from a Secret.

They are those that PlatformPolicy lets write Secrets, as CloudNativePG does. Its Jobs become pods
by the hand of Kubernetes' own controller; what these hold was judged when the Job was made, and a
Job's template never changes.
"""

from typing import Final

from tradingstack_operator.rules import cel
from tradingstack_operator.rules.pods.view import Pod

_JOB_CONTROLLERS: Final = (
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:job-controller",
)
VARIABLES: Final = {
    "trusted": "request.userInfo.username in params.spec.secretWriters"
    f" || request.userInfo.username in {cel.texts(_JOB_CONTROLLERS)}"
    " && dyn(object).metadata.?ownerReferences.orValue([])"
    ".exists(o, o.kind == 'Job' && o.apiVersion.startsWith('batch/')"
    " && o.?controller.orValue(false))"
    " && request.kind.kind == 'Pod'",
}
ALLOWED_UNTIL_MADE: Final = "variables.trusted || variables.runsAlready"
"""Nobody else may make it so; a pod that was made so may still be relabelled or looked into."""


def is_trusted(pod: Pod) -> bool:
    request = pod.request
    owners = request.new["metadata"].get("ownerReferences") or []
    of_a_job = request.kind == "Pod" and any(
        owner["kind"] == "Job"
        and owner["apiVersion"].startswith("batch/")
        and owner.get("controller")
        for owner in owners
    )
    return request.user in request.allowed.secret_writers or (
        of_a_job and request.user in _JOB_CONTROLLERS
    )
