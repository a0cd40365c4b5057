"""Asks paths and samples again, too: on top of check_evidence.py, which stands alone. From docs/lineage.md.

    ask_evidence.py FILE.cbor VKEY          what was asked, and the answer to it, as JSON
"""
import json, sys
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from check_evidence import CHUNK, check, edge_row, line, timeline, walk, way

def path(evidence, asked, end):
    found = {"edges": [], "looked_at": 0}
    for direction, first, last in (("downstream", asked["from"], asked["to"]), ("upstream", asked["to"], asked["from"])):
        of = asked | {"subject": first, "direction": "downstream", "nodes_max": 1_000, "edges_max": 100_000}
        nodes, edges = way(evidence, of, end, last)
        found["looked_at"], came, queue = found["looked_at"] + len(nodes), {first: None}, [first]
        while queue and queue[0] != last:
            for edge in (edge for edge in edges if edge[2] == queue[0] and edge[3] not in came):
                came[edge[3]] = edge
                queue.append(edge[3])
            queue.pop(0)
        if last in came:
            while came[last]:
                found["edges"].insert(0, edge_row(evidence, came[last]))
                last = came[last][2]
            return found | {"direction": direction} | evidence.hidden()
    return found | evidence.hidden()

def drawn(stream, bound):
    while (number := int.from_bytes(stream.update(bytes(8)), "little")) >= 2**64 - 2**64 % bound:
        pass
    return number % bound

def sample(evidence, asked, end):
    count = lambda name, end: evidence.need(name, lambda last, below: (min(below, last), below - 1), end)
    env, since, all_ = asked.get("env"), asked.get("since", {}).get("index", 0), []
    for kind in asked["kinds"]:
        name = "e:%s:%s" % (env, kind) if env else "k:" + kind
        all_ += [(kind, name, at) for at in range(count(name, since) if since else 0, count(name, end))]
    stream = Cipher(algorithms.ChaCha20(asked["seed"].to_bytes(8, "big") + bytes(24), bytes(16)), None).encryptor()
    places, items = list(range(len(all_))), []
    for at in range(min(asked["n"], len(all_))):
        other = at + drawn(stream, len(all_) - at)
        places[at], places[other] = places[other], places[at]
    for place in places[:asked["n"]]:
        kind, name, at = all_[place]
        index = evidence.lists[name][0][at]
        evidence.read[name][0].add(at // CHUNK)
        evidence.read_records.add(index)
        of = [at for at, event in evidence.events(index) if event["kind"] == kind and env in (None, event.get("env"))]
        items.append({"place": place, "index": index})
        if of:
            items[-1]["line"] = line(evidence, index, of[drawn(stream, len(of)) if len(of) > 1 else 0])
    return {"population": len(all_), "drawn": items}

if __name__ == "__main__":
    asks = {"lineage": walk, "timeline": timeline, "path": path, "sample": sample}
    print(json.dumps(check(open(sys.argv[1], "rb").read(), open(sys.argv[2]).read().strip(), asks)))
