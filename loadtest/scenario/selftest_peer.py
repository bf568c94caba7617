"""The asyncio service that resizes, as a client sees it; a part of selftest.py."""

import hashlib
import http.server
import os
import pathlib
import select
import signal
import socketserver
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

import measure
import servers

from scenario import sources, subjects
from scenario.stage import ROOT

IMAGE = (ROOT / sources.SAMPLE).read_bytes()


class Origin(http.server.BaseHTTPRequestHandler):
    """The image, half of it, an error, or what is no image."""

    def do_GET(self):
        self.send_response(404 if self.path == "/absent" else 200)
        body = b"no image" if self.path == "/text" else IMAGE
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if self.path == "/half" else body)

    def log_message(self, *_):
        pass


class AsyncioImages(unittest.TestCase):
    def setUp(self):
        directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        try:
            peer = subjects.AsyncioImages(directory / "peer", None, ["--processes", "2"])
        except (servers.BenchError, FileNotFoundError) as error:
            self.skipTest(str(error))  # a package is missing; a peer that does not start has failed
        self.server = self.enterContext(peer)
        self.origin = self.enterContext(
            socketserver.ThreadingTCPServer(("127.0.0.1", 0), Origin))
        threading.Thread(target=self.origin.serve_forever, daemon=True).start()
        self.addCleanup(self.origin.shutdown)

    def ask(self, source, **parameters):
        """(status, headers, body)"""
        query = urllib.parse.urlencode(
            {"url": f"http://127.0.0.1:{self.origin.server_address[1]}{source}", **parameters})
        try:
            with urllib.request.urlopen(self.server.url(f"/v1/resize?{query}"), timeout=20) as got:
                return got.status, got.headers, got.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def test_it_resizes_and_digests(self):
        status, headers, body = self.ask("/image", width=300, digest="sha256", format="jpg")
        self.assertEqual(status, 200)
        self.assertEqual(headers["X-Source-Digest"],
                         "sha256=" + hashlib.sha256(IMAGE).hexdigest())
        width, height = sources.jpeg_sides(IMAGE)
        self.assertEqual(sources.jpeg_sides(body), (300, round(height * 300 / width)))
        self.assertNotIn("X-Source-Digest", self.ask("/image", width=300)[1])

    def test_what_went_wrong_is_not_200(self):
        for source, parameters, status in (
                ("/half", {"width": 300}, 502), ("/absent", {"width": 300}, 502),
                ("/text", {"width": 300}, 422), ("/image", {}, 400), ("/image", {"width": 0}, 400),
                ("/image", {"width": 300, "height": 1}, 400)):
            with self.subTest(source, **parameters):
                self.assertEqual(self.ask(source, **parameters)[0], status)

    def test_none_of_its_processes_outlives_it(self):
        members = measure.process_tree(self.server.pid)
        self.assertEqual(len(members), 3)
        pidfds = [os.pidfd_open(member) for member in members]
        os.kill(self.server.pid, signal.SIGKILL)
        # A pidfd is readable once its process has ended.
        for pidfd in pidfds:
            self.assertTrue(select.select([pidfd], [], [], 10)[0])
            os.close(pidfd)
