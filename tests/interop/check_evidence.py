"""Verifies evidence from docs/format.md alone: the standard library, and `cryptography` for Ed25519.

    check_evidence.py FILE.cbor VKEY          what was asked, and the answer to it, as JSON

Asks walks and timelines again; of other questions it checks every part, and says that it did not ask them.
"""
import base64, hashlib, json, struct, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CHUNK = 256

def must(truth, why):
    if not truth:
        raise ValueError(why)

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def head(data, at):
    must(at < len(data), "CBOR ends early")
    major, info, at = data[at] >> 5, data[at] & 31, at + 1
    if info < 24:
        return major, info, info, at
    must(info in (24, 25, 26, 27), "an indefinite or reserved length")
    size = 1 << (info - 24)
    must(at + size <= len(data), "CBOR ends early")
    value = int.from_bytes(data[at:at + size], "big")
    must(major == 7 or value >= (24, 1 << 8, 1 << 16, 1 << 32)[info - 24], "a head that is too long")
    return major, info, value, at + size

def item(data, at, depth=0):
    must(depth <= 16, "too deep")
    major, info, value, at = head(data, at)
    if major < 2:
        return (value if major == 0 else -1 - value), at
    if major in (2, 3):
        must(at + value <= len(data), "CBOR ends early")
        raw, at = data[at:at + value], at + value
        return (raw if major == 2 else raw.decode()), at
    if major in (4, 5):
        out, before = [] if major == 4 else {}, b""
        for _ in range(value):
            start = at
            one, at = item(data, at, depth + 1)
            if major == 4:
                out.append(one)
                continue
            must(data[start:at] > before, "keys of a map out of order")
            before = data[start:at]
            out[one], at = item(data, at, depth + 1)
        return out, at
    must(major == 7 and info in (20, 21, 22, 25, 26, 27), "a tag or simple value that is not allowed")
    if info < 23:
        return {20: False, 21: True, 22: None}[info], at
    return struct.unpack({25: ">e", 26: ">f", 27: ">d"}[info], value.to_bytes(1 << (info - 24), "big"))[0], at

def decode(data, start=0):
    value, end = item(data, start)
    must(end == len(data), "bytes after the end")
    return value

def hashes(data):
    must(len(data) % 32 == 0, "not a list of hashes")
    return iter([data[at:at + 32] for at in range(0, len(data), 32)])

def next_hash(beside):
    found = next(beside, None)
    must(found is not None, "too few hashes")
    return found

def fold_leaves(start, end, leaves, beside):
    """RFC 6962 over [start, end), whose leaves at hand are `leaves` (index to hash)."""
    here = {index: leaf for index, leaf in leaves.items() if start <= index < end}
    if not here or end - start == 1:
        return here[start] if here else next_hash(beside)
    middle = start + (1 << ((end - start - 1).bit_length() - 1))
    left = fold_leaves(start, middle, here, beside)
    return sha(b"\1", left, fold_leaves(middle, end, here, beside))

def multiproof(size, leaves, data):
    must(leaves and max(leaves) < size, "leaves beyond the tree, or none")
    beside = hashes(data)
    root = fold_leaves(0, size, leaves, beside)
    must(next(beside, None) is None, "too many hashes")
    return root

def bit(place, depth):
    return place[depth // 8] >> (7 - depth % 8) & 1

def fold_keys(paths, depth, beside):
    """The subtree at `depth` that the paths (place, depth of its end, end) lead into, and whether it is one leaf."""
    if not paths:
        found = next_hash(beside)
        return found, "empty" if found == bytes(32) else "other"
    if paths[0][1] == depth:
        must(all(path[1:] == paths[0][1:] for path in paths), "paths to one place differ")
        if paths[0][2] is None:
            return bytes(32), "empty"
        place, count, root = paths[0][2]
        must(count > 0, "a leaf without postings")
        must(all(bit(place, d) == bit(path[0], d) for path in paths for d in range(depth)), "another path")
        return sha(b"\2", place, count.to_bytes(8, "big"), root), "leaf"
    must(depth < 256, "a path longer than a key")
    left, one = fold_keys([path for path in paths if not bit(path[0], depth)], depth + 1, beside)
    right, two = fold_keys([path for path in paths if bit(path[0], depth)], depth + 1, beside)
    must("empty" not in (one, two) or "other" in (one, two), "what stands alone should stand higher")
    return sha(b"\3", left, right), "other"

def check_list(part):
    """The list root, and the postings given: position to index."""
    given, leaves, last = {}, {}, -1
    for number, indices in part["chunks"]:
        must(len(indices) == min(CHUNK, part["count"] - number * CHUNK), "a chunk is cut")
        for at, index in enumerate(indices):
            must(index > last, "indices do not ascend")
            last, given[number * CHUNK + at] = index, index
        must(number not in leaves, "a chunk twice")
        leaves[number] = sha(b"\0", *(index.to_bytes(8, "big") for index in indices))
    return multiproof(-(-part["count"] // CHUNK), leaves, part["beside"]), given

def thumbprint(raw):
    return sha(bytes.fromhex("a301012006215820"), raw)

def bstr(data):
    size = len(data)
    if size < 24:
        return bytes([0x40 | size]) + data
    width = 1 if size < 256 else 2 if size < 65536 else 4
    return bytes([0x40 | {1: 24, 2: 25, 4: 26}[width]]) + size.to_bytes(width, "big") + data

def verified(raw, signature, message):
    """Raises InvalidSignature. (This library is less strict than the format about keys of small order.)"""
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)

def check_checkpoint(note, origin, vkey):
    name, _, key = vkey.split("+", 2)
    raw = base64.b64decode(key, validate=True)
    must(raw[0] == 1 and name == origin, "another log's key")
    text, _, signatures = note.partition("\n\n")
    lines = (text + "\n").split("\n")
    must(lines[0] == origin, "another origin")
    own = sha(name.encode(), b"\n", raw)[:4]
    lines_of = [line.split(" ")[2] for line in signatures.splitlines() if line.startswith("— %s " % origin)]
    signed = [one for one in (base64.b64decode(line, validate=True) for line in lines_of) if one[:4] == own]
    must(signed, "the checkpoint is not signed by the key")
    for one in signed:
        verified(raw[1:], one[4:], (text + "\n").encode())
    return int(lines[1]), base64.b64decode(lines[2], validate=True)

def statement(data, keys, used):
    must(data[:2] == b"\xd2\x84", "no COSE_Sign1")
    protected, unprotected, payload, signature = decode(data, 1)
    header = decode(protected)
    must(unprotected == {} and header[1] == -8 and set(header) == {1, 3, 4, 15, 16}, "the header of a statement")
    must(header[4] in keys, "a statement's key is missing")
    used.add(header[4])
    verified(keys[header[4]], signature, b"\x84\x6aSignature1" + bstr(protected) + b"\x40" + bstr(payload))
    events = decode(payload)
    events = [events] if isinstance(events, dict) else events
    must(events and events[0]["subject"] == header[15][2], "a statement's subject")
    return header[15][1], events

def keys_of(actor, events):
    keys = {"a:" + actor}
    for event in events:
        keys |= {"s:" + name for name in mentions(event)} | {"k:" + event["kind"]}
        keys |= {"e:%s:%s" % (event["env"], event["kind"])} if "env" in event else set()
    return keys

def mentions(event):
    return [event["subject"]] + [one["subject"] for way in ("inputs", "outputs") for one in event.get(way, [])]

class Evidence:
    def __init__(self, data, vkey):
        self.parts = parts = decode(data)
        must(parts["evidence"] == 1, "another version")
        self.size, root = check_checkpoint(parts["checkpoint"], parts["origin"], vkey)
        given, self.withheld = dict(map(tuple, parts["records"])), dict(map(tuple, parts.get("withheld", [])))
        leaves = {index: sha(b"\0", bytes_) for index, bytes_ in given.items()} | self.withheld
        must(len(leaves) == len(parts["records"]) + len(parts.get("withheld", [])), "an entry twice")
        must(multiproof(self.size, leaves, parts["tree"]) == root, "the entries are not the tree's")
        keys, used = {thumbprint(raw): raw for raw in parts["keys"]}, set()
        self.records, self.seals = {}, {}
        for index, bytes_ in given.items():
            actor, events = statement(bytes_, keys, used)
            if actor == "service:ledger" and events[0]["kind"] == "seal":
                must(events[0]["body"]["size"] == index, "a seal out of its place")
                self.seals[index] = events[0]["body"]
            else:
                self.records[index] = (actor, events)
        must(used == set(keys), "a key too many")
        must(self.size - 1 in self.seals, "the last entry is no seal")
        self.check_index()
        self.read_lists, self.read_records, self.read_seals = {}, set(), {self.size - 1}
        for index in self.records:
            self.read_seals.add(self.seal_of(index))

    def seal_of(self, index):
        found = min((at for at in self.seals if at >= index), default=index)
        must(found in self.seals and self.seals[found]["first"] <= index, "no seal covers %d" % index)
        return found

    def check_index(self):
        self.lists, paths = {}, []
        names = [entry["key"] for entry in self.parts["index"]]
        must(names == sorted(set(names)), "keys out of order")
        for entry in self.parts["index"]:
            place, claimed = sha(entry["key"].encode()), entry.get("claimed", [])
            end = tuple(entry["other"]) if "other" in entry else None
            must(end is None or end[0] != place, "the key's own leaf as another's")
            self.lists[entry["key"]] = (dict(enumerate(claimed)), len(claimed))
            if "list" in entry:
                root, given = check_list(entry["list"])
                end = (place, entry["list"]["count"], root)
                self.lists[entry["key"]] = (given, end[1])
            if "claimed" not in entry:
                paths.append((place, entry["depth"], end))
        beside = hashes(self.parts["trie"])
        if paths:
            root, _ = fold_keys(sorted(paths), 0, beside)
            must(root == self.seals[self.size - 1]["index"], "the lists are not the index's")
        must(next(beside, None) is None, "too many hashes")
        for index, (actor, events) in self.records.items():
            for name, (given, _) in self.lists.items():
                must(index not in given.values() or name in keys_of(actor, events), "a list names a stranger")

    def up_to(self, name, end):
        """All postings of a key below `end`; the next one, or the end of the list, must show that they are all."""
        must(name in self.lists, "nothing about " + name)
        given, count = self.lists[name]
        found = [given[at] for at in range(len(given)) if at in given and given[at] < end]
        must(len(found) == count or given.get(len(found), -1) >= end, "the list of %s is cut" % name)
        self.read_lists[name] = (len(found), count)
        self.read_records |= set(found)
        return found

    def nothing_more(self):
        must(set(self.read_lists) == set(self.lists), "a list too many")
        must(self.read_records == set(self.records) | set(self.withheld), "a record too many, or too few")
        must(self.read_seals == set(self.seals), "a seal too many")
        for name, (found, count) in self.read_lists.items():
            needed = -(-min(found + 1, count) // CHUNK)
            must(-(-len(self.lists[name][0]) // CHUNK) == needed, "chunks too many")

def counts(event, asked):
    kind = event["kind"]
    group = kind.split(".")[0]
    ledger = ("ledger", "actor", "key", "role", "policy", "plugin", "seal", "access", "breakglass")
    if kind == "denial" or (kind not in asked["kinds"] if asked.get("kinds") else group in ledger):
        return False
    return asked.get("env") in (None, event.get("env", asked.get("env")))

def edges_at(index, events, subject, asked, into):
    for position, event in enumerate(events):
        if counts(event, asked):
            pairs = [(one["subject"], event["subject"]) for one in event.get("inputs", [])]
            pairs += [(event["subject"], one["subject"]) for one in event.get("outputs", [])]
            for start, end in pairs:
                if start != end and (end if into else start) == subject:
                    yield index, position, start, end, event["kind"]

def walk(evidence, asked, end):
    nodes, edges = {asked["subject"]: 0}, set()
    for into in (True, False):
        if asked["direction"] == ("downstream" if into else "upstream"):
            continue
        frontier, seen = {asked["subject"]}, set()
        for distance in range(1, asked["depth"] + 1):
            found = {edge for subject in sorted(frontier) for index in evidence.up_to("s:" + subject, end)
                     for edge in edges_at(index, evidence.records.get(index, (None, []))[1], subject,
                                          asked.get("filter", {}), into)}
            edges, seen = edges | found, seen | frontier
            frontier = {edge[2] if into else edge[3] for edge in found} - seen
            for other in frontier:
                nodes.setdefault(other, -distance if into else distance)
    must(len(nodes) <= asked["nodes_max"] and len(edges) <= asked["edges_max"], "a cut walk: not asked again here")
    return {"nodes": sorted(nodes.items()), "edges": sorted(edges)}

def timeline(evidence, asked, end):
    subject = asked["subject"]
    lines = ((index, at, event) for index in evidence.up_to("s:" + subject, end)
             for at, event in enumerate(evidence.records.get(index, (None, []))[1]))
    return [(index, at, event["kind"]) for index, at, event in lines if subject in mentions(event)]

def check(data, vkey):
    evidence = Evidence(data, vkey)
    question = evidence.parts["question"]
    (what, asked), = question["ask"].items()
    end = question.get("as_of", {}).get("index", evidence.size)
    out = {"question": what, "size": evidence.size, "as_of": end}
    if what in ("lineage", "timeline") and "time" not in question.get("as_of", {}):
        out["answer"] = {"lineage": walk, "timeline": timeline}[what](evidence, asked, end)
        evidence.nothing_more()
    return out

if __name__ == "__main__":
    print(json.dumps(check(open(sys.argv[1], "rb").read(), open(sys.argv[2]).read().strip())))
