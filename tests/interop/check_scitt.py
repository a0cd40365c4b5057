"""Asks scitt-cose whether it accepts Signed Statements and COSE Receipts (RFC 9943, RFC 9942).

Usage: check_scitt.py FOLDER, where FOLDER has `manifest.json`:
{"origin", "size", "log_key": PEM file, "statements": [{"file", "receipt", "transparent", "key": PEM file, "index",
"issuer", "subject", "content_type"}…]}
"""

import sys

import scitt_cose

from common import Checks, Folder, flips


def main():
    folder = Folder(sys.argv[1])
    manifest, checks = folder.manifest, Checks()
    log_key = folder.bytes(manifest["log_key"])

    def statement(raw, key):
        return scitt_cose.parse_signed_statement(raw, public_key_pem=key)

    def receipt(raw, record):
        return scitt_cose.verify_receipt(raw, leaf_entry_hex=record.hex(), log_public_key_pem=log_key)

    for case in manifest["statements"]:
        raw, key = folder.bytes(case["file"]), folder.bytes(case["key"])
        parsed = statement(raw, key)
        checks.accept(case["file"], parsed["signature_verified"] is True, parsed)
        for field in ("issuer", "subject", "content_type"):
            checks.accept(f"{case['file']}: {field}", parsed[field] == case[field], parsed[field])
        for position, changed in flips(raw, 5):
            checks.refuse(f"{case['file']} with byte {position} changed",
                          lambda: statement(changed, key)["signature_verified"])
        if key != log_key:  # The log signs its own seals.
            checks.refuse("another key", lambda: statement(raw, log_key)["signature_verified"])

        proof = folder.bytes(case["receipt"])
        result = receipt(proof, raw)
        checks.accept(case["receipt"], result.ok, result.errors)
        place = (case["index"], manifest["size"])
        checks.accept("index and size", (result.leaf_index, result.tree_size) == place)
        checks.accept("issuer of the receipt", result.issuer == manifest["origin"], result.issuer)
        for position, changed in flips(proof, 3):
            # RFC 9942 has the root signed and leaves size and index to the verifier's format: a receipt altered into
            # one for another place with the same root is accepted here, and refused by Sagwan's own verifier.
            checks.refuse(f"{case['receipt']} with byte {position} changed",
                          lambda: (altered := receipt(changed, raw)).ok
                          and (altered.leaf_index, altered.tree_size) == place)
        for position, changed in flips(raw, 29):
            checks.refuse(f"a receipt for a statement with byte {position} changed", lambda: receipt(proof, changed).ok)

        transparent = folder.bytes(case["transparent"])
        checks.accept("transparent statement", statement(transparent, key)["signature_verified"] is True)
        checks.accept("receipts attached", scitt_cose.extract_receipts(transparent) == [proof])
        checks.accept("attached the same way", scitt_cose.attach_receipts(raw, [proof]) == transparent)
    checks.done("scitt-cose")


main()
