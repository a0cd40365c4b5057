//! Bytes: strict deterministic CBOR, COSE_Sign1, signed notes. Pure.
