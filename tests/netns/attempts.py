"""Attempts to have the service connect where it must not, drawn by a seed."""

import dataclasses
import ipaddress

import origins
import ranges
import spellings

V6 = ipaddress.IPv6Address

REFUSED = {(403, "source_refused")}
BAD = {(400, "bad_url")}
BAD_QUERY = {(400, "bad_parameter")}  # the query may not even hold it
BAD_REDIRECT = {(502, "origin_bad_response")}
UNREACHABLE = {(502, "origin_unreachable")}
REACHED = {(200, "")}


@dataclasses.dataclass
class Step:
    url: str
    expected: set  # of (status, code)
    before: object = None  # called first


@dataclasses.dataclass
class Attempt:
    way: str
    network: str
    address: object
    endpoint: str
    steps: list
    set_up: str = ""  # what name server and origins were told
    reaches: object = None  # the address that must be connected to
    unquoted: str = ""  # characters that stand as they are in the query

    def __str__(self):
        urls = ", then ".join(ascii(step.url) for step in self.steps)
        return f"{self.way}, {self.address}: {urls}{self.set_up}"


class Drawer:
    """Tells name server and origins what each attempt needs of them, before it is made."""

    def __init__(self, rng, nameserver, origin):
        self.rng, self.nameserver, self.origin, self.count = rng, nameserver, origin, 0
        self.set_up = ""

    def draw(self, network, way):
        address = self._address(network)
        self.count += 1
        self.set_up = ""
        steps = WAYS[way](self, address)
        endpoint = self.rng.choice(("hash", "resize"))
        unquoted = self.rng.choice(("", ":/@?!$'()*,;=~"))
        return Attempt(way, str(network), address, endpoint, steps, self.set_up, unquoted=unquoted)

    def _address(self, network):
        notable = [a for a in ranges.NOTABLE if a in network]
        address = self.rng.choice(notable) if notable and self.rng.random() < 0.3 else \
            ranges.draw(self.rng, network)
        if address.version == 4 and self.rng.random() < 0.4:
            form = self.rng.choice([*ranges.FORMS.values(), *ranges.ALWAYS_DENIED_FORMS.values()])
            return form(address)
        # Drawn from the wide ranges it might be a public address in one of the forms.
        return address if ranges.is_denied(address) else network[0]

    # --- URLs ---------------------------------------------------------------------------------

    def _literal_url(self, address, **options):
        host, kind = spellings.draw_host(self.rng, address)
        return spellings.draw_url(self.rng, host, kind, **options)

    def _good_url(self, path="/", host=None):
        """Of an origin that may be reached, by a literal unless a name is given."""
        if host is None:
            address = ranges.draw_allowed(self.rng, self.rng.choice((4, 6)))
            host = f"[{address}]" if address.version == 6 else str(address)
        port = self.rng.choice(("", ":80", ":8080"))
        return f"http://{host}{port}{path}"

    # --- names --------------------------------------------------------------------------------

    def _zone(self, *answers, **options):
        name = f"n{self.count}.drawn.test"
        options.setdefault("aliases", self.rng.choice((0, 0, 0, 1, 2, 5)))
        options.setdefault("truncated", self.rng.random() < 0.05)
        texts = " then ".join(str([*map(str, answer)]) for answer in answers)
        self.set_up += f"; {name} is {texts}, {options}"
        return spellings.mixed_case(self.rng, name), \
            self.nameserver.add(name, *answers, **options)

    def _denied(self, address, counts=(0, 0, 1, 5)):
        """One or several addresses, all denied."""
        more = [ranges.draw(self.rng, self.rng.choice(ranges.DENIED_V4))
                for _ in range(self.rng.choice(counts))]
        return self.rng.sample([address, *more], 1 + len(more))

    def _allowed(self):
        return [ranges.draw_allowed(self.rng, self.rng.choice((4, 4, 6)))]

    def _named_url(self, name):
        """Plain but for the host, and to a port where it would be served."""
        return self._good_url(self.rng.choice(("/", "/close", "?q", "#f", "")), name)

    # --- ways ---------------------------------------------------------------------------------

    def literal(self, address):
        url, kind = self._literal_url(address)
        if "\0" in url:
            return [Step(url, BAD_QUERY)]
        return [Step(url, BAD if kind == spellings.BAD else REFUSED)]

    def name(self, address):
        name, _ = self._zone(self._denied(address))
        return [Step(self._named_url(name), REFUSED)]

    def mixed_name(self, address):
        """Only the allowed one is connected to. The service takes four addresses of an answer."""
        answer = self._denied(address, (0, 1, 2)) + self._allowed()
        self.rng.shuffle(answer)
        name, _ = self._zone(answer)
        return [Step(self._named_url(name), REACHED)]

    def dead_name(self, address):
        """Nobody listens at the allowed one: the others are not tried instead."""
        name, _ = self._zone(self._denied(address, (0, 1, 2)) + self._allowed())
        return [Step(f"http://{name}:{origins.CLOSED_PORT}/", UNREACHABLE)]

    def rebinding(self, address):
        """The first answer may be connected to, the next one not, and both live for no second. A
        connection that was kept serves the second request, unless others pushed it out."""
        name, zone = self._zone(self._allowed(), self._denied(address))
        closes = self.rng.random() < 0.7
        url = self._good_url("/close" if closes else "/", name)
        then = REFUSED if closes else REFUSED | REACHED
        return [Step(url, REACHED), Step(url, then, zone.rebind)]

    def flipping(self, address):
        """Every question gets the next answer, those for A and AAAA of one lookup too; with three
        answers and two questions a lookup, each pair of them comes up."""
        answers = [[ranges.draw_allowed(self.rng, version) for version in (4, 6)],
                   [address, ranges.draw(self.rng, ranges.DENIED_V4[1]), V6("::1")],
                   [ranges.draw(self.rng, ranges.DENIED_V4[1]), V6("fd00:ec2::254")]]
        self.rng.shuffle(answers)
        name, _ = self._zone(*answers, flips=True)
        return [Step(self._good_url("/close", name), REACHED | REFUSED) for _ in range(3)]

    def redirect(self, address):
        """Over one to three origins to a literal."""
        if self.rng.random() < 0.25:
            url, kind = self._literal_url(address, plain_only=True)
            location = spellings.without_scheme(url)
        else:
            location, kind = self._literal_url(address)
        expected = BAD_REDIRECT if kind == spellings.BAD else REFUSED
        return [Step(self._led_to(location), expected)]

    def redirect_to_name(self, address):
        name, _ = self._zone(self._denied(address))
        return [Step(self._led_to(self._named_url(name)), REFUSED)]

    def redirect_rebinding(self, address):
        """A name moves while its first address redirects to it, relatively or not."""
        name, zone = self._zone(self._allowed(), self._denied(address))
        key = f"drawn-{self.count}-moved"
        url = self._good_url(f"/to/{key}", name)
        location = self.rng.choice(("/close", "close", "?x", url.replace(f"/to/{key}", "/close")))
        self._redirect(key, location, zone.rebind)
        return [Step(url, REFUSED)]

    def _redirect(self, key, location, then=None):
        self.set_up += f"; /to/{key} leads to {location!a}"
        self.origin.add(key, self.rng.choice((301, 302, 303, 307, 308)), location.encode(), then)

    def _led_to(self, location):
        for hop in range(self.rng.choice((1, 1, 1, 2, 3))):
            key = f"drawn-{self.count}-{hop}"
            self._redirect(key, location)
            location = self._good_url(f"/to/{key}")
        return location


WAYS = {
    "literal": Drawer.literal,
    "name": Drawer.name,
    "name with an allowed address too": Drawer.mixed_name,
    "name with a dead allowed address": Drawer.dead_name,
    "rebinding": Drawer.rebinding,
    "an answer of its own to every question": Drawer.flipping,
    "redirect": Drawer.redirect,
    "redirect to a name": Drawer.redirect_to_name,
    "redirect, rebinding": Drawer.redirect_rebinding,
}
WEIGHTS = (6, 3, 1, 1, 2, 1, 5, 1, 1)


def draw(rng, nameserver, origin, count, networks=None):
    """`count` attempts in which every network meets every way, the rest at random."""
    drawer = Drawer(rng, nameserver, origin)
    networks = networks or ranges.DENIED_V4 + ranges.DENIED_V6
    pairs = [(network, way) for network in networks for way in WAYS]
    while len(pairs) < count:
        pairs.append((rng.choice(networks), rng.choices(list(WAYS), WEIGHTS)[0]))
    return [drawer.draw(*pair) for pair in pairs]


def may_connect(seen):
    """Whether the service may have made this connection, under the settings of the campaign."""
    return not ranges.is_denied(seen.address) and seen.port in origins.ALLOWED_PORTS and \
        seen.address != origins.PROXY
