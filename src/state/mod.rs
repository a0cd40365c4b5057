//! The fold of the log: actors, keys, roles, grants, stages of a model. Pure.
