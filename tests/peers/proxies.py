"""HAProxy and nginx in front of a backend, and what their own logs say they forwarded."""

import dataclasses
import hashlib
import json
import pathlib

import processes

# One thread: of two that log at once one may drop its line (fd_write_frag_line gives up on a lock
# that stays taken), and a line that is missing is a request not sent.
HAPROXY_CONFIG = """\
global
  nbthread 1
  log stdout len 65535 format raw local0
  maxconn 500
  tune.bufsize 65536
defaults
  mode http
  log global
  retries 0
  timeout connect 2s
  timeout client 2s
  timeout server 8s
  timeout http-request 2s
  timeout http-keep-alive 8s
  {option}
frontend edge
  bind 127.0.0.1:{port}
  http-request set-var(txn.method) method,concat()
  http-request set-var(txn.target) url
  http-request set-var(txn.id) req.hdr(X-Request-Id)
  {body}
  log-format "forwarded %s %ST %ts %[var(txn.method),hex] %[var(txn.target),hex] \
%[var(txn.id),hex] %[var(txn.digest)] end"
  default_backend service
backend service
  http-reuse always
  server service 127.0.0.1:{backend}
"""

NGINX_CONFIG = """\
daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 512; }}
http {{
  log_format seen escape=json '{{"id":"$http_x_request_id","method":"$request_method",'
    '"target":"$request_uri","upstream":"$upstream_addr","status":"$upstream_status",'
    '"sent":"$upstream_bytes_sent","answered":"$status","body":"$request_body"}}';
  access_log {dir}/access.log seen;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  client_body_buffer_size 64k;
  client_body_in_single_buffer on;
  large_client_header_buffers 4 32k;
  client_header_timeout 2s;
  client_body_timeout 2s;
  lingering_close off;
  ignore_invalid_headers off;
  underscores_in_headers on;
  merge_slashes off;
  upstream service {{ server 127.0.0.1:{backend}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://service;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_next_upstream off;
      proxy_request_buffering {buffering};
    }}
  }}
}}
"""


@dataclasses.dataclass
class Forwarded:
    """A request that the proxy has sent on. Without `clean` it gave up on the way, and neither
    whether it arrived nor what became of it can be held against the backend."""

    method: str
    target: str
    id: str
    status: int
    clean: bool
    digest: str = None  # SHA-256 of the body as the proxy understood it, where it says so


def text(data):
    return data.decode("utf-8", "replace")


class HAProxy(processes.Server):
    def __init__(self, directory, backend_port, buffered):
        directory = pathlib.Path(directory)
        directory.mkdir()
        port = processes.free_port()
        config = directory / "haproxy.cfg"
        body = "http-request set-var(txn.digest) req.body,sha2(256),hex" if buffered else ""
        config.write_text(HAPROXY_CONFIG.format(
            port=port, backend=backend_port, body=body,
            option="option http-buffer-request" if buffered else ""))
        name = "haproxy, buffering" if buffered else "haproxy"
        super().__init__(name, ["haproxy", "-db", "-f", config], directory / "log", port)
        self.lines = processes.Lines(self.output)

    def forwarded(self):
        """What it has logged since the last call."""
        found = []
        for line in self.lines.read():
            words = text(line).split(" ")
            if words[0] != "forwarded" or words[1] == "<NOSRV>":
                continue
            _, _, status, end, method, target, name, digest, _ = words
            decoded = [text(bytes.fromhex(word.strip("-"))) for word in (method, target, name)]
            found.append(Forwarded(*decoded, int(status), end == "--",
                                   digest.lower() if len(digest) == 64 else None))
        return found


class Nginx(processes.Server):
    def __init__(self, directory, backend_port, buffered):
        directory = pathlib.Path(directory)
        directory.mkdir()
        port = processes.free_port()
        config = directory / "nginx.conf"
        config.write_text(NGINX_CONFIG.format(dir=directory, port=port, backend=backend_port,
                                              buffering="on" if buffered else "off"))
        name = "nginx, buffering" if buffered else "nginx"
        super().__init__(name, ["nginx", "-e", directory / "error.log", "-p", directory,
                                "-c", config], directory / "log", port)
        self.buffered = buffered
        self.lines = processes.Lines(directory / "access.log")

    def forwarded(self):
        found = []
        for line in self.lines.read():
            # Bytes over 127 stand there as they are: one character for each.
            entry = json.loads(line.decode("latin-1"))
            if not entry["upstream"] or entry["sent"] in ("", "0"):
                continue
            if entry["target"].startswith("?"):
                entry["target"] = "/" + entry["target"]  # so it is sent (RFC 9112 3.2.1)
            raw = {key: value.encode("latin-1") for key, value in entry.items()}
            clean = entry["status"].isdigit() and entry["answered"] == entry["status"]
            digest = hashlib.sha256(raw["body"]).hexdigest() if self.buffered else None
            found.append(Forwarded(text(raw["method"]), text(raw["target"]), text(raw["id"]),
                                   int(entry["status"]) if clean else 0, clean, digest))
        return found


ALL = {
    "haproxy": lambda directory, port: HAProxy(directory, port, False),
    "haproxy-buffering": lambda directory, port: HAProxy(directory, port, True),
    "nginx": lambda directory, port: Nginx(directory, port, False),
    "nginx-buffering": lambda directory, port: Nginx(directory, port, True),
}
