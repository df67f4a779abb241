"""What the operator and the workloads agree on: settings, files and endpoints.

Every file, environment variable, port and path that one side writes and the other side reads is
named here and nowhere else. Credentials are files; this package never holds one.
"""
