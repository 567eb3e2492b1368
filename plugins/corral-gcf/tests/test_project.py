from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corral_gcf.testing import LocalGcp

pytestmark = pytest.mark.servers


@contextmanager
def gateway(body: bytes) -> Iterator[str]:
    """What stands in Google's place, such as the page of a hotel, and answers all there is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = do_GET  # noqa: N815  (the names that http.server looks for)

        def log_message(self, *_: object) -> None:
            """In silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("body", [b"<html>Welcome to the hotel</html>", b""], ids=["page", "empty"])
def test_what_is_no_answer_of_googles_is_told_in_one_line(
    gcp: LocalGcp, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    with gateway(body) as url:
        monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDFUNCTIONS", url)
        command = [sys.executable, "-m", "corral_core", "--executor", "gcf", "--undeploy"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("corral: the answer is not one of Google's (")
    assert done.stderr.count("\n") == 1
