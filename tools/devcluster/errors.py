"""What can go wrong, told so that a person knows the next step."""


class DevClusterError(Exception):
    """A cluster, or something it needs, is not as it has to be."""


class BuildError(DevClusterError):
    """A program could not be built or fetched."""


class StartError(DevClusterError):
    """A process stopped or did not become ready in time."""

    def __init__(self, process: str, trouble: str, log_tail: str) -> None:
        super().__init__(f"{process} {trouble}; the end of its log:\n{log_tail}")
        self.process = process
        # two clusters that start together may have drawn the same free port
        self.port_taken = "address already in use" in log_tail
