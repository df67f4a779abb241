"""What the operator and the workloads agree on: settings, files and endpoints."""
