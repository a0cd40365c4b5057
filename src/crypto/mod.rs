//! Keys, strict verification, signing. Pure.
