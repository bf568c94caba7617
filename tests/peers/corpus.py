"""The requests to be sent: every framing rule, every body form, and combinations drawn by a seed.

Each request bears a mark, `c<case>-<number>`, in X-Request-Id and where possible in its target, so
that it is known again in both logs. Each case ends with a request of its own that is never to be
taken for content, and whose loss would show.
"""

import dataclasses
import random
import re
import subprocess

START_LINE = re.compile(rb"HTTP/1\.[01]\r\n")


@dataclasses.dataclass
class Case:
    name: str
    pieces: list  # sent one after the other, with a pause between
    bodies: dict = dataclasses.field(default_factory=dict)  # mark -> content, where it is certain


def last_request(mark):
    return (f"GET /last?m={mark} HTTP/1.1\r\nHost: a\r\nX-Request-Id: {mark}\r\n"
            "Connection: close\r\n\r\n").encode()


def marked(data, mark):
    """The first request of `data` with the mark put into it."""
    data = data.replace(b"/livez", b"/livez?m=" + mark.encode(), 1)
    field = b"X-Request-Id: " + mark.encode() + b"\r\n"
    return START_LINE.sub(lambda line: line.group(0) + field, data, count=1)


def from_rules(lister, first):
    """A case for each line that the lister prints, with a second request behind it."""
    lines = subprocess.run([lister], stdout=subprocess.PIPE, check=True, text=True).stdout
    for number, line in enumerate(lines.splitlines(), first):
        section, name, _, accepted, body, data = line.split("\t")
        mark = f"c{number}-1"
        bodies = {mark: bytes.fromhex(body)} if accepted == "1" else {}
        yield Case(f"{section}: {name}",
                   [marked(bytes.fromhex(data), mark) + last_request(f"c{number}-last")], bodies)


def chunks(*pieces, end="0\r\n\r\n"):
    return "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in pieces) + end


# Name, fields, bytes on the wire, and the content where there is no doubt of it. {hidden} is a
# request that is content to some readers and a request to others.
CHUNKED = "Transfer-Encoding: chunked\r\n"
LENGTH = "Content-Length: 5\r\n"
BODIES = [
    ("nothing", "", "", ""),
    ("length", LENGTH, "hello", "hello"),
    ("length 0", "Content-Length: 0\r\n", "", ""),
    ("length with white space", "Content-Length: \t5 \t\r\n", "hello", "hello"),
    ("length of a request", "Content-Length: {size}\r\n", "{hidden}", "{hidden}"),
    ("chunked", CHUNKED, chunks("hello"), "hello"),
    ("chunks", CHUNKED, chunks("he", "l", "lo"), "hello"),
    ("no chunk", CHUNKED, chunks(), ""),
    ("a request as a chunk", CHUNKED, chunks("{hidden}"), "{hidden}"),
    ("Chunked", "transfer-ENCODING:CHUNKED\r\n", chunks("hello"), "hello"),
    ("extension", CHUNKED, "5;a=b;c=\"d\"\r\nhello\r\n0;e\r\n\r\n", "hello"),
    ("trailers", CHUNKED, chunks("hello", end="0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"), "hello"),
    ("leading zeros", CHUNKED, "00005\r\nhello\r\n0000\r\n\r\n", "hello"),
    ("length, chunked", LENGTH + CHUNKED, chunks("hello") + "{hidden}", None),
    ("chunked, length", CHUNKED + LENGTH, chunks("hello") + "{hidden}", None),
    ("chunked, length of all", CHUNKED + "Content-Length: {all}\r\n", "0\r\n\r\n{hidden}", None),
    ("length 0, chunked", "Content-Length: 0\r\n" + CHUNKED, chunks("{hidden}"), None),
    ("length twice", LENGTH + LENGTH, "hello", None),
    ("two lengths", LENGTH + "Content-Length: {size}\r\n", "{hidden}", None),
    ("two lengths, list", "Content-Length: 5, {size}\r\n", "{hidden}", None),
    ("equal lengths, list", "Content-Length: 5, 5\r\n", "hello", None),
    ("length with plus", "Content-Length: +5\r\n", "hello", None),
    ("length with zero", "Content-Length: 05\r\n", "hello", None),
    ("length in octal?", "Content-Length: 010\r\n", "01234567", None),
    ("length with 0x", "Content-Length: 0x5\r\n", "hello", None),
    ("no length in the field", "Content-Length:\r\n", "", None),
    ("length underscored", "Content_Length: 5\r\n", "{hidden}", None),
    ("coding underscored", "Transfer_Encoding: chunked\r\n" + LENGTH, "hello", None),
    ("space before the colon", "Content-Length : 5\r\n", "hello", None),
    ("space before the coding's colon", "Transfer-Encoding : chunked\r\n" + LENGTH, "hello", None),
    ("folded length", "Content-Length:\r\n 5\r\n", "hello", None),
    ("folded coding", "Transfer-Encoding:\r\n chunked\r\n", chunks("hello"), None),
    ("length behind a bare LF", "X-A: b\nContent-Length: 5\r\n", "hello", None),
    ("length behind a bare CR", "X-A: b\rContent-Length: 5\r\n", "hello", None),
    ("coding twice", CHUNKED + CHUNKED, chunks("hello"), None),
    ("chunked, chunked", "Transfer-Encoding: chunked, chunked\r\n", chunks("hello"), None),
    ("identity", "Transfer-Encoding: identity\r\n" + LENGTH, "hello", None),
    ("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n", chunks("hello"), None),
    ("xchunked", "Transfer-Encoding: xchunked\r\n" + LENGTH, "hello", None),
    ("tab before chunked", "Transfer-Encoding:\tchunked\r\n", chunks("hello"), "hello"),
    ("vertical tab before chunked", "Transfer-Encoding: \vchunked\r\n" + LENGTH, "hello", None),
    ("quoted chunked", "Transfer-Encoding: \"chunked\"\r\n" + LENGTH, "hello", None),
    ("a comma behind chunked", "Transfer-Encoding: chunked,\r\n", chunks("hello"), None),
    ("size line ends with LF", CHUNKED, "5\nhello\r\n0\r\n\r\n{hidden}", None),
    ("extension ends with LF", CHUNKED, "5;a\nhello\r\n0\r\n\r\n{hidden}", None),
    ("extension with a bare CR", CHUNKED, "5;a\rb\r\nhello\r\n0\r\n\r\n{hidden}", None),
    ("size with a space", CHUNKED, "5 \r\nhello\r\n0\r\n\r\n", None),
    ("size with a space before", CHUNKED, " 5\r\nhello\r\n0\r\n\r\n", None),
    ("size with 0x", CHUNKED, "0x5\r\nhello\r\n0\r\n\r\n", None),
    ("size with plus", CHUNKED, "+5\r\nhello\r\n0\r\n\r\n", None),
    ("size over 2^64", CHUNKED, "10000000000000005\r\nhello\r\n0\r\n\r\n", None),
    ("no size", CHUNKED, "\r\nhello\r\n0\r\n\r\n", None),
    ("LF behind a chunk", CHUNKED, "5\r\nhello\n0\r\n\r\n{hidden}", None),
    ("two bytes behind a chunk", CHUNKED, "5\r\nhelloXX0\r\n\r\n{hidden}", None),
    ("nothing behind a chunk", CHUNKED, "5\r\nhello0\r\n\r\n{hidden}", None),
    ("a trailer that frames", CHUNKED, chunks("hello", end="0\r\nContent-Length: 5\r\n\r\n"), None),
    ("a trailer that routes", CHUNKED, chunks("hello", end="0\r\nHost: b\r\n\r\n"), None),
    ("a trailer without colon", CHUNKED, chunks("hello", end="0\r\nX-Sum\r\n\r\n"), None),
    ("a trailer that is a request", CHUNKED, "0\r\n{hidden}", None),
    ("a trailer section ends with LF", CHUNKED, "0\r\n\n{hidden}", None),
    ("no last chunk", CHUNKED, "5\r\nhello\r\n", None),
    ("a short body", "Content-Length: 5000\r\n", "hello", None),
    ("a short chunk", CHUNKED, "1000\r\nhello", None),
]
TARGETS = ["/v1/hash"] * 6 + ["/v1/hash?algorithm=sha256", "http://a/v1/hash", "http://b/v1/hash",
                              "HTTP://a:80/v1/hash", "https://a/v1/hash", "/nothing", "//v1/hash",
                              "/%76%31/hash", "/v1/./hash", "/v1/hash/../hash", "/caf\u00e9",
                              "http://u@a/v1/hash", "/a#b", "*"]
METHODS = ["POST"] * 6 + ["GET", "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "post", "TRACE", "BREW"]
FIELDS = [""] * 6 + ["Expect: 100-continue\r\n", "Expect: tea\r\n", "Connection: keep-alive\r\n",
                     "Connection: close\r\n", "Connection: content-length\r\n",
                     "Connection: transfer-encoding, x-request-id\r\n", "TE: trailers\r\n",
                     "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Host: b\r\n", "X-A:\r\n",
                     "X-A: b\r\nX-A: c\r\n", "X-A: caf\u00e9\r\n", "Accept: text/plain\r\n",
                     "Content-Type: multipart/form-data\r\n", "X-Forwarded-For: 1.2.3.4\r\n"]
STARTS = [""] * 12 + ["\r\n", "\r\n\r\n", "\n", " "]


def request(mark, form, method="POST", target="/v1/hash", version="1.1", extra="", start=""):
    """The bytes of one request, and its content where there is no doubt of it."""
    _, fields, body, content = form
    hidden = f"GET /hidden?m={mark} HTTP/1.1\r\nHost: a\r\nX-Request-Id: {mark}-hidden\r\n\r\n"
    body = body.replace(f"{len('{hidden}'):x}\r\n{{hidden}}", f"{len(hidden):x}\r\n{{hidden}}")
    body = body.replace("{hidden}", hidden)
    fields = fields.replace("{size}", str(len(hidden))).replace("{all}", str(len(body)))
    head = (f"{start}{method} {target} HTTP/{version}\r\nHost: a\r\nX-Request-Id: {mark}\r\n"
            f"{extra}{fields}\r\n")
    known = content.replace("{hidden}", hidden).encode() if content is not None else None
    return (head + body).encode(), known


def draw(chance, mark):
    version = chance.choice(["1.1"] * 5 + ["1.0"])
    return request(mark, chance.choice(BODIES if chance.random() < 0.6 else BODIES[:13]),
                   chance.choice(METHODS), chance.choice(TARGETS), version, chance.choice(FIELDS),
                   chance.choice(STARTS))


def from_forms(first):
    """Every body form in both versions, with a second request behind it. Once more in two pieces:
    a proxy that has the whole body at once need not pass its form on."""
    plans = [(form, version, pieces) for version, pieces in (("1.1", 1), ("1.0", 1), ("1.1", 2))
             for form in BODIES]
    for number, (form, version, pieces) in enumerate(plans, first):
        mark = f"c{number}-1"
        data, content = request(mark, form, version=version)
        data += last_request(f"c{number}-last")
        head = data.index(b"\r\n\r\n") + 4
        bodies = {mark: content} if content is not None else {}
        yield Case(f"{form[0]}, HTTP/{version}" + (", in two pieces" if pieces == 2 else ""),
                   [data[:head], data[head:]] if pieces == 2 else [data], bodies)


def from_seed(seed, first, count):
    """One to three requests at once, each drawn from everything above."""
    chance = random.Random(seed)
    for number in range(first, first + count):
        data, bodies = b"", {}
        for turn in range(chance.randint(1, 3)):
            mark = f"c{number}-{turn + 1}"
            one, content = draw(chance, mark)
            data += one
            if content is not None:
                bodies[mark] = content
        data += last_request(f"c{number}-last")
        cuts = sorted(chance.sample(range(1, len(data)), chance.choice([0, 0, 1, 2])))
        pieces = [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)])]
        yield Case(f"drawn {number - first} of seed {seed}", pieces, bodies)


def every(lister, seed, count):
    cases = list(from_rules(lister, 0)) if lister else []
    cases += from_forms(len(cases))
    return cases + list(from_seed(seed, len(cases), count))
