"""Settings that open and narrow: what is then reached, and what still is not."""

import ipaddress
import urllib.parse

import campaign
import service
import wire
from attempts import REACHED, REFUSED, Attempt, Step

METADATA, METADATA_V6 = "169.254.169.254", "fd00:ec2::254"
NAMES = {"private.test": "10.1.2.3", "private6.test": "fd12::5", "lan.test": "192.168.3.4",
         "metadata.test": METADATA, "only.test": "93.184.216.34", "sub.test": "93.184.216.35",
         "a.sub.test": "93.184.216.36", "a.b.sub.test": "93.184.216.36",
         "notsub.test": "93.184.216.37", "prefix.test": "93.184.216.38",
         "inside.only.test": "93.184.216.39", "trusted.test": "10.9.9.9"}

# Settings; URLs that are reached; URLs that are refused.
CASES = (
    ({"allow_source_networks": "10.0.0.0/8,fd12::/16"},
     ("http://private.test/", "http://private6.test:8080/", "http://10.255.255.255/",
      "http://[fd12::1]/", "http://[::ffff:10.0.0.1]/", "http://only.test/"),
     ("http://lan.test/", "http://metadata.test/", "http://[fd13::1]/", "http://127.0.0.1/",
      "http://[::ffff:11.0.0.1]:22/", "http://10.0.0.1:22/", "http://[2002:a00:1::1]/")),
    ({"allow_source_networks": "0.0.0.0/0,::/0"},
     ("http://lan.test/", "http://private.test/", "http://127.0.0.2/", "http://localhost/",
      "http://[fd13::1]/", "http://[::1]:8080/", "http://192.0.2.1/"),
     ("http://metadata.test/", "http://169.254.1.1/", f"http://[::ffff:{METADATA}]/",
      "http://100.100.100.200/", "http://168.63.129.16/", "http://192.0.0.192/",
      f"http://[{METADATA_V6}]/", "http://[fe80::1]/", f"http://[64:ff9b::{METADATA}]/",
      f"http://127.0.0.1:{service.PORT}/", f"http://0.0.0.0:{service.PORT}/",
      f"http://127.0.0.1:{service.ADMIN_PORT}/")),
    ({"allow_source_networks": "169.254.0.0/16"},
     ("http://metadata.test/latest/", "http://169.254.1.1/", f"http://[::ffff:{METADATA}]/"),
     ("http://private.test/", "http://100.100.100.200/", "http://[fe80::1]/")),
    ({"allow_source_networks": f"{METADATA}/32,{METADATA_V6}/128"},
     ("http://metadata.test/", f"http://[{METADATA_V6}]/"),
     ("http://169.254.169.253/", "http://[fd00:ec2::253]/", "http://169.254.0.1/")),
    ({"allowed_source_ports": "8080,8443-9000"},
     ("http://only.test:8080/", "http://only.test:8443/"),
     ("http://only.test/", "http://only.test:443/", "http://only.test:8442/",
      "http://only.test:9001/", "https://only.test/", "http://private.test:8080/")),
    ({"allowed_sources": "only.test,*.sub.test,http://prefix.test:8080/open/,trusted.test"},
     ("http://only.test/", "http://ONLY.test:8080/x", "http://a.sub.test/", "http://a.b.sub.test/",
      "http://only.test/to/only",
      "http://prefix.test:8080/open/", "http://prefix.test:8080/open/a?b"),
     ("http://sub.test/", "http://notsub.test/", "http://inside.only.test/",
      "http://prefix.test/open/", "http://prefix.test:8080/", "http://prefix.test:8080/opened",
      "http://prefix.test:8080/open/../x", "http://prefix.test:8080/open/%2e%2e/x",
      "http://only.test/to/other", "http://93.184.216.34/", "http://trusted.test/",
      "http://[::ffff:93.184.216.34]/")),
)


def connections_to(url):
    """The one that must be seen; for localhost either of two."""
    parts = urllib.parse.urlsplit(url)
    port = parts.port or 80
    if parts.hostname == "localhost":
        return [wire.Seen(ipaddress.ip_address(text), port) for text in ("127.0.0.1", "::1")]
    address = ipaddress.ip_address(NAMES.get(parts.hostname, parts.hostname))
    return [wire.Seen(getattr(address, "ipv4_mapped", None) or address, port)]


def attempts_of(reached, refused):
    for url in reached:
        address, *other = (seen.address for seen in connections_to(url))
        yield Attempt("opened", "", address, "hash", [Step(url, REACHED)],
                      reaches=None if other else address)
    for url in refused:
        address = connections_to(url)[0].address
        yield Attempt("still closed", "", address, "hash", [Step(url, REFUSED)])


async def run(lab, binary, directory, tally):
    for name, address in NAMES.items():
        lab.names.add(name, [address])
    lab.origin.add("only", 302, b"http://only.test/")
    lab.origin.add("other", 302, b"http://notsub.test/")
    for number, (settings, reached, refused) in enumerate(CASES):
        what = " ".join(f"{name}={value}" for name, value in settings.items())
        made = list(attempts_of(reached, refused))
        opened = {seen for url in reached for seen in connections_to(url)}
        with service.Service(binary, directory / f"opened-{number}", **settings) as running:
            outcome = await campaign.run(lab, running.socket, made, opened.__contains__)
            tally.add(f"{what}: alive at the end", await campaign.alive(running))
        for index, attempt in enumerate(made):
            tally.add(f"{what}: {attempt}", outcome.problems[index])
        tally.add(f"{what}: no other connections", outcome.problems[-1])
