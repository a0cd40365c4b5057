//! exec
mod capture;
mod child;
mod tools;
