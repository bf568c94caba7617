"""The files that a scenario asks for, and what is known of them before anything is sent."""

import hashlib
import pathlib
import random
import re
import shutil
import struct
import types

from scenarios import origin_latency
from servers import BenchError

from scenario.errors import ScenarioError

SAMPLE = pathlib.Path("config/samples/river.jpg")
PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


def jpeg_sides(data):
    """(width, height) as the header says; an error for what is no JPEG."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
    raise BenchError("the image is no JPEG")


def make_image(which, root, folder, image):
    """`camera`: the image that was named, or a sample at a camera's size. `sample`: the sample."""
    if which == "sample":
        return pathlib.Path(shutil.copy(root / SAMPLE, folder))
    if which == "camera":
        made = folder / "made"
        return origin_latency.source_image(types.SimpleNamespace(root=root, image=image), made)
    raise ScenarioError(f"there is no image '{which}'; there are camera, sample")


class Files:
    """Made in a folder that an origin serves; placeholders in a scenario are about them:
    ${sha256 NAME}, ${file NAME} (its name there), ${path NAME}, ${height NAME WIDTH}."""

    def __init__(self, scenario, root, folder, image=None):
        self.folder = folder
        folder.mkdir(parents=True)
        self.paths = {}
        for name, made in scenario.get("files", {}).items():
            if "image" in made:
                path = make_image(made["image"], root, folder, image)
            else:
                path = folder / "bytes"
                path.write_bytes(random.Random(name).randbytes(made["random_bytes"]))
            self.paths[name] = path.rename(folder / f"{name}{path.suffix}")
        self.data = {name: path.read_bytes() for name, path in self.paths.items()}

    def value(self, what):
        words = what.split()
        if len(words) < 2 or words[1] not in self.paths:
            raise ScenarioError(f"${{{what}}}: no such file; there are {', '.join(self.paths)}")
        kind, name, *more = words
        if kind == "sha256" and not more:
            return hashlib.sha256(self.data[name]).hexdigest()
        if kind == "file" and not more:
            return self.paths[name].name
        if kind == "path" and not more:
            return str(self.paths[name])
        if kind == "height" and len(more) == 1:
            width, height = jpeg_sides(self.data[name])
            return round(height * int(more[0]) / width)
        raise ScenarioError(f"${{{what}}}: known are sha256, file, path, and height NAME WIDTH")

    def filled(self, value):
        """A copy with every placeholder replaced; one that stands alone keeps its type."""
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, str):
            return value
        alone = PLACEHOLDER.fullmatch(value)
        if alone:
            return self.value(alone[1])
        return PLACEHOLDER.sub(lambda match: str(self.value(match[1])), value)
