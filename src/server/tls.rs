//! TLS from PEM files, by rustls on ring: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN, renewed without a restart.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

use super::{ServerError, TlsFiles, files};

/// Certificate and key in force.
pub(super) struct Tls {
    files: TlsFiles,
    config: RwLock<Arc<rustls::ServerConfig>>,
}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// [`ServerError::File`] and [`ServerError::Content`], naming the file.
    pub fn load(files: &TlsFiles) -> Result<Self, ServerError> {
        Ok(Self { files: files.clone(), config: RwLock::new(config(files)?) })
    }

    /// Reads both files again; new connections get the new certificate. On an error the old one stays.
    ///
    /// # Errors
    /// As [`Tls::load`].
    pub fn reload(&self) -> Result<(), ServerError> {
        let fresh = config(&self.files)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What accepts the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

fn config(files: &TlsFiles) -> Result<Arc<rustls::ServerConfig>, ServerError> {
    let certificates = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&files::read("TLS key", &files.key)?)
        .map_err(|error| wrong("TLS key", &files.key, error))?;
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| wrong("TLS certificate", &files.certificate, error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServerError> {
    let pem = files::read("TLS certificate", path)?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| wrong("TLS certificate", path, error))?;
    if chain.is_empty() {
        return Err(wrong("TLS certificate", path, "there is no CERTIFICATE block in it"));
    }
    Ok(chain)
}

fn wrong(what: &'static str, path: &Path, why: impl ToString) -> ServerError {
    ServerError::Content { what, path: path.into(), why: why.to_string() }
}
