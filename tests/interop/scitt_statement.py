#!/usr/bin/env python3
"""Checks a Signed Statement, and a receipt for it, with a verifier that is not ours: PyPI `scitt-cose`.

    scitt_statement.py STATEMENT ACTOR_PUBLIC_PEM [RECEIPT LOG_PUBLIC_PEM [TRANSPARENT_STATEMENT]]

Exits 0 when everything given is accepted, and when what must not be accepted (a changed statement, another leaf) is
refused; prints one line a check.
"""
import sys

import scitt_cose

EVENT_MEDIA_TYPE = "application/vnd.sagwan.event+cbor"


def check(name, passed, detail=""):
    print(f"{'ok' if passed else 'FAILED'}  {name}{': ' + str(detail) if detail and not passed else ''}")
    return passed


def check_statement(statement, public_pem):
    parsed = scitt_cose.parse_signed_statement(statement, public_key_pem=public_pem)
    yield check("statement: signature", parsed["signature_verified"] is True, parsed)
    yield check("statement: content type", parsed["content_type"] == EVENT_MEDIA_TYPE, parsed["content_type"])
    yield check("statement: issuer and subject", bool(parsed["issuer"] and parsed["subject"]), parsed)
    yield check("statement: signing time", isinstance(parsed["claims"].get(6), int), parsed["claims"])
    changed = bytearray(statement)
    changed[-80] ^= 1  # in the payload, or in the signature's head: never accepted
    refused = scitt_cose.parse_signed_statement(bytes(changed), public_key_pem=public_pem)
    yield check("statement: a changed byte is refused", refused["signature_verified"] is False, refused)


def check_receipt(receipt, statement, log_pem):
    result = scitt_cose.verify_receipt(receipt, leaf_entry_hex=statement.hex(), log_public_key_pem=log_pem)
    yield check("receipt: the record's bytes are in the signed tree", result.ok, result.errors)
    other = (statement + b"\0").hex()
    result = scitt_cose.verify_receipt(receipt, leaf_entry_hex=other, log_public_key_pem=log_pem)
    yield check("receipt: another leaf is refused", not result.ok)


def check_transparent(transparent, receipt, actor_pem):
    parsed = scitt_cose.parse_signed_statement(transparent, public_key_pem=actor_pem)
    yield check("transparent statement: signature", parsed["signature_verified"] is True, parsed)
    yield check("transparent statement: carries the receipt", receipt in scitt_cose.extract_receipts(transparent))


def main(paths):
    if len(paths) not in (2, 4, 5):
        print(__doc__, file=sys.stderr)
        return 2
    files = [open(path, "rb").read() for path in paths]
    statement, actor_pem = files[:2]
    results = list(check_statement(statement, actor_pem))
    if len(files) >= 4:
        results += check_receipt(files[2], statement, files[3])
    if len(files) == 5:
        results += check_transparent(files[4], files[2], actor_pem)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
