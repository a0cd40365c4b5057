//! scitt
