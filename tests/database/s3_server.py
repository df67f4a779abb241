"""Serve moto's S3 over TLS on the loopback: ``s3_server.py PORT CERTIFICATE KEY``."""

import contextlib
import sys

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import ThreadedWSGIServer

port, certificate, key = sys.argv[1:]


class Server(ThreadedWSGIServer):
    """Says goodbye as TLS asks for: pgBackRest takes a bare end of a stream for a broken one."""

    def shutdown_request(self, request):
        with contextlib.suppress(OSError):
            request.unwrap()
        super().shutdown_request(request)


application = DomainDispatcherApplication(create_backend_app)
server = Server("127.0.0.1", int(port), application, ssl_context=(certificate, key))
server.serve_forever()
