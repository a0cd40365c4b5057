//! The vocabulary: kinds, bodies, subjects, and every limit. Knows only std, serde and time.
