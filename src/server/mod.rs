//! The HTTP door: handlers, limits, OpenAPI, errors. The only room that names axum.
