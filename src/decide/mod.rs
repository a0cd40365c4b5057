//! One function decides: typed checks, lifecycle, policy. Pure; used by admission and by re-performance.
