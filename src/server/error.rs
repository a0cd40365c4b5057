//! Why the server does not start, or stopped.

use std::{net::SocketAddr, path::PathBuf};

use thiserror::Error;

/// Why the server does not start, or stopped.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the fields are what the messages print")]
pub enum ServerError {
    /// No TLS on an address that others reach.
    #[error(
        "server.listen = {listen} is not loopback and there is no TLS: set [server.tls], or `allow_plaintext = true` behind a proxy that speaks TLS"
    )]
    Plaintext { listen: SocketAddr },
    /// A setting that cannot work.
    #[error("server.{name}: {remedy}")]
    Setting { name: &'static str, remedy: &'static str },
    /// A file that cannot be read.
    #[error("cannot read the {what} {}: {why}; check the path and who may read it", path.display())]
    File { what: &'static str, path: PathBuf, why: String },
    /// A file whose content is wrong.
    #[error("the {what} {} is wrong: {why}", path.display())]
    Content { what: &'static str, path: PathBuf, why: String },
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {why}; choose another address or stop who holds it")]
    Listen { listen: SocketAddr, why: String },
    /// The operating system refused a thread, a signal handler or a socket.
    #[error("the operating system refused {what}: {why}")]
    System { what: &'static str, why: String },
    /// Entry bundles are public by setting and personal by mark.
    #[error(
        "server.public_entries = true, but {personal} subjects are marked personal: entry bundles would publish them; set it to false"
    )]
    PersonalEntries { personal: usize },
    /// The ledger did not close cleanly; everything acknowledged is safe, recovery runs at the next start.
    #[error("the ledger did not close cleanly: {why}; what was acknowledged is safe, the next start recovers")]
    Close { why: String },
}
