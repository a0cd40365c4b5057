"""Asks aics-tlog whether it accepts a cosigned checkpoint as the ledger gives it out (C2SP tlog-cosignature).

Usage: check_cosigned.py FOLDER, where FOLDER has the checkpoint and `manifest.json`: {"origin", "vkey", "witness", "size"}.
"""

import sys

import aics_tlog as tlog

from common import Checks, Folder, flips


def accepted(raw, manifest, quorum=1):
    """Whether the log signed it and its witness cosigned it."""
    log, witness = tlog.parse_vkey(manifest["vkey"]), tlog.parse_vkey(manifest["witness"])
    result = tlog.verify_checkpoint(tlog.parse_note(raw), log, [witness], quorum, expected_origin=manifest["origin"])
    return result.ok and result.size == manifest["size"]


def main():
    folder, checks = Folder(sys.argv[1]), Checks()
    raw, manifest = folder.bytes("checkpoint"), folder.manifest
    checks.accept("cosigned checkpoint", accepted(raw, manifest))
    for position, changed in flips(raw, 1):
        checks.refuse(f"cosigned checkpoint with byte {position} changed", lambda: accepted(changed, manifest))
    alone = raw[:raw.rindex("— ".encode())]
    checks.accept("the log's own line", accepted(alone, manifest, quorum=0))
    checks.refuse("a checkpoint without its cosignature", lambda: accepted(alone, manifest))
    checks.done("aics-tlog")


main()
