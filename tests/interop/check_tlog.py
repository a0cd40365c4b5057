"""Asks aics-tlog whether it accepts a log's checkpoint, tiles, entry bundles and proofs (C2SP formats).

Usage: check_tlog.py FOLDER, where FOLDER is the log's own folder with `manifest.json` beside it:
{"origin", "size", "vkey", "old_size", "consistency": [base64…], "proofs": [{"index", "file"}…]}
"""

import pathlib
import shutil
import sys
import tempfile

import aics_tlog as tlog
from aics_tlog.note import b64_decode

from common import Checks, Folder, flips


def checkpoint(raw, key, origin):
    """Size and root of a signed checkpoint, or None."""
    note = tlog.parse_note(raw)
    result = tlog.verify_checkpoint(note, key, expected_origin=origin)
    return (result.size, result.root) if result.ok else None


def tlog_proof(raw):
    """c2sp.org/tlog-proof@v1, read as its specification says: index, hashes, checkpoint."""
    head, _, note = raw.decode("utf-8").partition("\n\n")
    lines = head.split("\n")
    if lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise ValueError("not a tlog-proof")
    if lines and lines[0].startswith("extra "):
        b64_decode(lines.pop(0)[6:])
    word, _, index = lines.pop(0).partition(" ")
    if word != "index" or str(int(index)) != index:
        raise ValueError("no index")
    return int(index), [b64_decode(line) for line in lines], note.encode("utf-8")


def proven(raw, entry, key, origin):
    """Whether a tlog-proof shows that `entry` is in the log."""
    index, path, note = tlog_proof(raw)
    head = checkpoint(note, key, origin)
    return head is not None and tlog.verify_leaf_inclusion(entry, index, head[0], path, head[1])


def check_tiles(checks, log, size, root):
    reader = tlog.FileSystemTileReader(log.path)
    report = tlog.audit_tiles(reader, size, root)
    checks.accept("tiles and entry bundles", report.size == size and report.bundles > 0)
    checks.accept("root from tiles", tlog.tree_root_from_tiles(reader, size) == root)
    entries = [tlog.read_entry(reader, index, size) for index in range(size)]
    files = tlog.TileWriter(entries).materialise()
    for path, content in files.items():
        checks.accept(path, log.bytes(path) == content, "differs from the file that aics-tlog writes")
    ours = {str(path.relative_to(log.path)) for path in (log.path / "tile").rglob("*") if path.is_file()}
    checks.accept("files below tile/", ours == set(files), ours ^ set(files))

    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch)
        shutil.copytree(log.path / "tile", copy / "tile")
        damaged = tlog.FileSystemTileReader(copy)
        for path, content in files.items():
            for position, changed in flips(content, max(1, len(content) // 3)):
                (copy / path).write_bytes(changed)
                checks.refuse(f"{path} with byte {position} changed",
                              lambda: tlog.audit_tiles(damaged, size, root))
            (copy / path).write_bytes(content)
    return reader, entries


def main():
    log = Folder(sys.argv[1])
    manifest, checks = log.manifest, Checks()
    origin, key = manifest["origin"], tlog.parse_vkey(manifest["vkey"])

    raw = log.bytes("checkpoint")
    head = checkpoint(raw, key, origin)
    checks.accept("checkpoint", head is not None and head[0] == manifest["size"], head)
    for position, changed in flips(raw, 1):
        checks.refuse(f"checkpoint with byte {position} changed", lambda: checkpoint(changed, key, origin))
    checks.refuse("checkpoint of another origin", lambda: checkpoint(raw, key, "example.org/other"))
    size, root = head

    reader, entries = check_tiles(checks, log, size, root)

    for proof in manifest["proofs"]:
        raw, entry = log.bytes(proof["file"]), entries[proof["index"]]
        checks.accept(proof["file"], proven(raw, entry, key, origin))
        path = tlog_proof(raw)[1]
        checks.accept("the same path", path == tlog.inclusion_proof_from_tiles(reader, proof["index"], size))
        for position, changed in flips(raw, 7):
            checks.refuse(f"{proof['file']} with byte {position} changed",
                          lambda: proven(changed, entry, key, origin))
        checks.refuse("another entry's proof", lambda: proven(raw, entry + b"\0", key, origin))

    old = manifest["old_size"]
    old_root = tlog.tree_root_from_tiles(reader, old, size)
    path = [b64_decode(line) for line in manifest["consistency"]]
    checks.accept("consistency proof", tlog.verify_consistency(old, size, old_root, root, path))
    for position in range(len(path)):
        wrong = [*path[:position], bytes(32), *path[position + 1:]]
        checks.refuse(f"consistency proof with hash {position} changed",
                      lambda: tlog.verify_consistency(old, size, old_root, root, wrong))
    checks.done("aics-tlog")


main()
