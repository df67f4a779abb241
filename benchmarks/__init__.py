"""Questions about the operator's speed and thrift, answered by measuring a real API server."""
