//! casbin behind our Decision: the only room that names casbin.
