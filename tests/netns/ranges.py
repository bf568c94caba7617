"""Which addresses must never be connected to, said a second time, in other words than the service.

From the special-purpose registries of IANA (RFC 6890 and what followed it), multicast, and Azure's
wire server, which is public by its address only.
"""

import ipaddress

DENIED_V4 = [ipaddress.ip_network(text) for text in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32")]

GLOBAL_V6 = ipaddress.ip_network("2000::/3")
DENIED_GLOBAL_V6 = [ipaddress.ip_network(text) for text in (
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]

# All that lies outside 2000::/3, but for the forms of IPv4 addresses below.
DENIED_V6 = DENIED_GLOBAL_V6 + [ipaddress.ip_network(text) for text in (
    "::/128", "::1/128", "0:1::/32", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "100::/8",
    "200::/7", "400::/6", "800::/5", "1000::/4", "4000::/3", "5f00::/16", "6000::/3", "8000::/3",
    "a000::/3", "c000::/3", "e000::/4", "f000::/5", "f800::/6", "fc00::/8", "fd00::/8", "fe00::/9",
    "fe80::/10", "fec0::/10", "ff00::/8")]

# Which are worth more than a random neighbour: credentials, loopback, broadcast, routers.
NOTABLE = [ipaddress.ip_address(text) for text in (
    "169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "127.0.0.1", "0.0.0.0",
    "255.255.255.255", "10.0.0.1", "192.168.1.1", "172.17.0.1", "224.0.0.1", "::", "::1",
    "fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fe80::a9fe:a9fe", "ff02::1")]


def _v6(prefix, v4, shift=0):
    return ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(v4) << shift)


# IPv4 addresses inside IPv6 ones. "always" forms are denied whatever is inside.
FORMS = {
    "mapped": lambda v4: _v6("::ffff:0:0", v4),
    "compatible": lambda v4: _v6("::", v4),
    "NAT64": lambda v4: _v6("64:ff9b::", v4),
    "ISATAP": lambda v4: _v6("2606:2800::5efe:0:0", v4),
    "ISATAP, universal": lambda v4: _v6("2606:2800:0:1:200:5efe::", v4),
}
ALWAYS_DENIED_FORMS = {
    "NAT64, local": lambda v4: _v6("64:ff9b:1::", v4),
    "NAT64, local /48": lambda v4: _v6("64:ff9b:1::", _split_at_64_bits(v4)),
    "translated": lambda v4: _v6("::ffff:0:0:0", v4),
    "6to4": lambda v4: _v6("2002::1", v4, 80),
    "Teredo": lambda v4: _v6("2001:0:5db8:d822::", int(v4) ^ 0xFFFFFFFF),
    "ISATAP, link-local": lambda v4: _v6("fe80::5efe:0:0", v4),
}


def _split_at_64_bits(v4):
    """RFC 6052 section 2.2: bits 64 to 71 stay free."""
    high, low = int(v4) >> 16, int(v4) & 0xFFFF
    return high << 64 | low << 40


def embedded(address):
    """The IPv4 address that alone decides, of a form that is no address of its own."""
    value = int(address)
    if value >> 32 in (0xFFFF, 0, 0x64FF9B << 64) and value > 1:
        return ipaddress.IPv4Address(value & 0xFFFFFFFF)
    return None


def is_denied(address):
    if address.version == 4:
        return any(address in network for network in DENIED_V4)
    inside = embedded(address)
    if inside is not None:
        return is_denied(inside)
    if address not in GLOBAL_V6 or any(address in network for network in DENIED_GLOBAL_V6):
        return True
    isatap = (int(address) >> 32 & 0xFDFFFFFF) == 0x5EFE
    return isatap and is_denied(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))


def draw(rng, network):
    return network[rng.randrange(network.num_addresses)]


def draw_allowed(rng, version):
    space = ipaddress.ip_network("0.0.0.0/0") if version == 4 else GLOBAL_V6
    while is_denied(address := draw(rng, space)):
        pass
    return address


def borders():
    """Addresses at either side of every border, each once."""
    found = {}
    for network in DENIED_V4 + DENIED_V6 + [GLOBAL_V6]:
        first, last = network[0], network[-1]
        for address in (first, last):
            found[address] = None
        if int(first) > 0:
            found[first - 1] = None
        if int(last) + 1 < 1 << network.max_prefixlen:
            found[last + 1] = None
    return list(found)
