"""The optional admission webhook: the rules in a process of its own, asked by the API server."""
