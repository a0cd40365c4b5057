//! The offline verifier of records, receipts and proofs: what an auditor has to trust. Pure.
