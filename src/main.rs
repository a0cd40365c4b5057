//! The `sagwan` program: parse, dispatch, exit code. Everything else is in the library.

/// Statements are made on one thread and freed on another: this allocator does that at half the cost of the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sagwan::cli::run()
}
