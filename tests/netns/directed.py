"""Attempts that nothing is drawn for: borders, forms, names of this host, our own listeners."""

import ipaddress
import itertools

import attempts
import namespace
import origins
import ranges
import service
from attempts import REACHED, REFUSED, Attempt, Step

V4 = ipaddress.IPv4Address
ALLOWED = [V4("93.184.216.34"), V4("8.8.4.4")]

# Every one is 127.0.0.1, 10.0.0.1 or 0.0.0.0 to some C library, browser or name preparation.
SPELLINGS = (
    "0177.0.0.1", "127.0.0.01", "127.00.0.1", "127.0.0.001", "0127.0.0.1", "017700000001", "127.1",
    "127.0.1", "0x7f.0.0.1", "0X7F.0x0.0x0.0x1", "0x7f.1", "0x7f000001", "2130706433", "127.0.0.1.",
    "127.0.0.1..", "383.0.0.1", "127.0.0.257", "4294967296", "6425673729", "012.0.0.1", "10.1",
    "010.0.0.1", "0xa.1", "0", "00", "0x0", "0x", "0.0", "0.0.0.0.", "[127.0.0.1]", "[10.0.0.1]",
    "127%2e0%2e0%2e1", "%31%32%37.0.0.1", "127\u30020\u30020\u30021", "127.0.0\uff611", "[::1",
    "::1", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
    "[::1%25lo]", "[::1%lo]", "[fe80::1%251]", "[::ffff:127.1]", "[::ffff:0177.0.0.1]",
    "[::ffff:127.0.0.256]", "[0:0:0:0:0:0:0:0:1]", "[:::1]", "[::00001]", "[::1].", "localhost%00",
    "localhost%2e", "loc%61lhost", "\uff4cocalhost", "localhost\u00ad", "@127.0.0.1", ":@127.0.0.1",
    "8.8.8.8@127.0.0.1", "8.8.8.8:80@127.0.0.1", "8.8.8.8\\@127.0.0.1", "8.8.8.8\t@127.0.0.1",
    "127.0.0.1\\.8.8.8.8", "127.0.0.1%2f.8.8.8.8", "127.0.0.1%23.8.8.8.8", "127.0.0.1,8.8.8.8",
    "127.0.0.1;8.8.8.8", "127.0.0.1:80:80", "127.0.0.1:-80", "127.0.0.1:65616", "127.0.0.1:0",
    " 127.0.0.1", "127.0.0.1 ", "\n127.0.0.1", "127.0.0.1\r\nHost: a", "127.0.0.1 &8.8.8.8")

TOO_MANY = {(502, "origin_failed")}
NO_TLS = {(502, "origin_tls")}

HOSTS = f"""\
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
169.254.169.254 metadata.hosts.test
fd00:ec2::254 metadata.hosts.test
10.0.0.7 mixed.hosts.test
{ALLOWED[0]} mixed.hosts.test public.hosts.test
"""


def url_of(address, port="", path="/"):
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{host}{port}{path}"


def literal(what, address, expected, port=""):
    reaches = address if expected is REACHED else None
    # A packet to a mapped address is an IPv4 one.
    reaches = getattr(reaches, "ipv4_mapped", None) or reaches
    return Attempt(what, "", address, "hash", [Step(url_of(address, port), expected)],
                   reaches=reaches)


def other(what, url, expected, address=None, reaches=None, set_up=""):
    return Attempt(what, "", address, "hash", [Step(url, expected)], set_up, reaches)


def borders():
    for address in ranges.borders():
        expected = REFUSED if ranges.is_denied(address) else REACHED
        yield literal("border", address, expected)


def forms():
    denied = [network[-2] if network.num_addresses > 2 else network[0]
              for network in ranges.DENIED_V4]
    notable = [address for address in ranges.NOTABLE if address.version == 4]
    for name, form in (ranges.FORMS | ranges.ALWAYS_DENIED_FORMS).items():
        for inside in denied + notable:
            yield literal(f"{name} form of {inside}", form(inside), REFUSED)
        for inside in ALLOWED:
            expected = REACHED if name in ranges.FORMS else REFUSED
            yield literal(f"{name} form of {inside}", form(inside), expected)
    for address in ranges.NOTABLE:
        yield literal("notable", address, REFUSED)


def spellings(origin):
    for number, text in enumerate(SPELLINGS):
        url = f"http://{text}/"
        yield other("spelling", url, attempts.BAD)
        origin.add(f"spelled-{number}", 302, url.encode())
        # A line break ends the field there, before anything that is odd.
        expected = REFUSED if "\r\n" in url else attempts.BAD_REDIRECT
        yield other(f"redirect to {url!a}", url_of(ALLOWED[0], path=f"/to/spelled-{number}"),
                    expected)


def names(nameserver):
    for name in ("localhost", "LocalHost", "a.localhost", "a.b.LOCALHOST", "ip6-localhost",
                 "ip6-loopback", "metadata.hosts.test"):
        yield other("name of this host or in its hosts file", f"http://{name}/", REFUSED)
    # Whatever a name server says (RFC 6761 section 6.3).
    nameserver.add("public.localhost", [ALLOWED[0]])
    yield other("name of loopback", "http://public.localhost/", REFUSED)
    yield other("trailing dot", "http://localhost./", attempts.BAD)
    for name in ("public.hosts.test", "mixed.hosts.test"):
        yield other("hosts file", f"http://{name}/", REACHED, reaches=ALLOWED[0])
    nameserver.add("alias.test", ["127.0.0.1", "::1"], aliases=2, alias="localhost")
    yield other("alias of localhost", "http://alias.test/", REFUSED)
    everything = [network[1] if network.num_addresses > 1 else network[0]
                  for network in ranges.DENIED_V4 + ranges.DENIED_V6]
    nameserver.add("all.test", everything, truncated=True)
    yield other("every range in one answer", "http://all.test/", REFUSED)
    nameserver.add("tcp.test", [ALLOWED[1]], truncated=True)
    yield other("answer by TCP", "http://tcp.test/", REACHED, reaches=ALLOWED[1])
    nameserver.add("public.test", ["2606:4700::1111"])
    yield other("public name", "http://public.test/", REACHED,
                reaches=ipaddress.ip_address("2606:4700::1111"))
    yield other("no such name", "http://nobody.test/", {(502, "origin_dns")})


def own_listeners(nameserver, origin):
    """Refused at an address that is public too; other ports there are other servers."""
    own = V4(namespace.OWN_V4)
    port = f":{service.PORT}"
    for address in (own, ipaddress.ip_address(namespace.OWN_V6), ranges.FORMS["mapped"](own),
                    V4("127.0.0.1"), V4("0.0.0.0"), ipaddress.ip_address("::1")):
        yield literal("own listener", address, REFUSED, port)
    yield literal("own admin listener", V4("127.0.0.1"), REFUSED, f":{service.ADMIN_PORT}")
    yield literal("another server of this host", own, REACHED, ":8080")
    nameserver.add("own.test", [own])
    yield other("own listener by name", f"http://own.test{port}/", REFUSED, own)
    origin.add("own", 307, url_of(own, port).encode())
    yield other("redirect to our own listener", url_of(ALLOWED[0], path="/to/own"), REFUSED, own)


def redirects(origin):
    for hops in (5, 6):
        for hop in range(hops):
            path = b"/to/%d-%d" % (hops, hop + 1) if hop + 1 < hops else b"/end"
            origin.add(f"{hops}-{hop}", 302, path)
        yield other(f"{hops} redirects", url_of(ALLOWED[0], path=f"/to/{hops}-0"),
                    REACHED if hops == 5 else TOO_MANY)
    origin.add("loop", 301, b"/to/loop")
    yield other("redirect to itself", url_of(ALLOWED[0], path="/to/loop"), TOO_MANY)
    origin.add("file", 302, b"local:///etc/passwd")
    yield other("redirect to a local file", url_of(ALLOWED[0], path="/to/file"), REFUSED)
    locations = ("http://169.254.169.254/latest/", "//169.254.169.254/", "HTTP://10.0.0.1:080/",
                 "//[::ffff:10.0.0.1]", "https://127.0.0.1/", "http://localhost/", "//[::1]:/",
                 "http://10.0.0.1#@8.8.8.8/", "http://10.0.0.1?@8.8.8.8/", "http://8.8.8.8:22/")
    for number, (status, location) in enumerate(
            itertools.product((301, 302, 303, 307, 308), locations)):
        origin.add(f"directed-{number}", status, location.encode())
        yield other(f"{status} to {location}", url_of(ALLOWED[0], path=f"/to/directed-{number}"),
                    REFUSED)
    # What stands behind "#", "?" or "/" is no host.
    for sign in "#?/":
        yield other("@ behind the host", f"http://8.8.4.4{sign}@10.0.0.1/", REACHED,
                    reaches=ALLOWED[1])


def ports():
    for port in origins.PORTS:
        if port not in origins.ALLOWED_PORTS:
            yield literal("port that is not allowed", ALLOWED[0], REFUSED, f":{port}")
    for port in (80, 8080):
        yield literal("allowed port", V4("1.1.1.1"), REACHED, f":{port}")
    tls = V4("1.0.0.1")
    yield other("TLS to an origin without", f"https://{tls}/", NO_TLS, tls, tls)


def every(nameserver, origin):
    return [*borders(), *forms(), *spellings(origin), *names(nameserver),
            *own_listeners(nameserver, origin), *redirects(origin), *ports()]


async def kept_connection(lab, socket, tally):
    """A connection that was kept still leads where it was judged; a new one does not."""
    zone = lab.names.add("kept.test", [ALLOWED[0]], ["10.0.0.1", "::1"])
    await lab.connections()
    async with service.clients(socket, 1) as (client,):
        first = await client.ask("hash", "http://kept.test/")
        zone.rebind()
        kept = await client.ask("hash", "http://kept.test/close")
        anew = await client.ask("hash", "http://kept.test/")
    packets, _ = await lab.connections()
    got = (first, kept, anew, [str(seen.address) for seen in packets])
    expected = ((200, ""), (200, ""), (403, "source_refused"), [str(ALLOWED[0])])
    tally.add("a kept connection after its name has moved",
              [] if got == expected else [f"{got}, not {expected}"])
