//! The RFC 6962 tree, C2SP tiles and proofs. Pure.
