"""What the interop scripts share: reading the fixture folder, and counting what was accepted and refused."""

import json
import pathlib
import sys


class Folder:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.manifest = json.loads(self.text("manifest.json"))

    def bytes(self, name):
        return (self.path / name).read_bytes()

    def text(self, name):
        return self.bytes(name).decode("utf-8")


class Checks:
    """Counts; a check that fails ends the program, saying what it was."""

    def __init__(self):
        self.accepted = 0
        self.refused = 0

    def accept(self, what, ok, why=""):
        if not ok:
            sys.exit(f"NOT ACCEPTED: {what}: {why}")
        self.accepted += 1

    def refuse(self, what, attempt):
        """`attempt` must return something false, or raise the library's error for bad input."""
        try:
            verified = attempt()
        except (ValueError, OSError) as error:
            verified = False
            del error
        if verified:
            sys.exit(f"NOT REFUSED: {what}")
        self.refused += 1

    def done(self, program):
        if not self.accepted or not self.refused:
            sys.exit(f"{program}: checked nothing")
        print(f"{program}: accepted {self.accepted}, refused {self.refused} altered")


def flips(data, stride):
    """Copies of `data` with one bit changed: every `stride`-th byte, and the last."""
    for position in sorted({*range(0, len(data), stride), len(data) - 1}):
        changed = bytearray(data)
        changed[position] ^= 1 << (position % 8)
        yield position, bytes(changed)
