"""Clients that keep a service busy."""

import collections
import http.client
import threading

import files


class Uploads:
    """So many clients, each sending an image again and again; `statuses` counts their answers."""

    def __init__(self, port, clients, pause_s=0):
        self.port, self.pause_s, self.statuses = port, pause_s, collections.Counter()
        self.image = (files.ROOT / "config/samples/river.jpg").read_bytes()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._send, daemon=True) for _ in range(clients)]

    def _send(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.stop.is_set():
            try:
                connection.request("POST", "/v1/resize?width=600&format=png", self.image)
                answer = connection.getresponse()
                answer.read()
                self.statuses[answer.status] += 1
            except (OSError, http.client.HTTPException) as error:
                self.statuses[type(error).__name__] += 1
                connection.close()
            self.stop.wait(self.pause_s)
        connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(30)
