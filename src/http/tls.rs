//! Whom to trust: the system's roots, the bundled ones, and the user's own CA.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, KeyProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::CertificateResult;

/// Reads every certificate of a PEM file, and checks that each can be a root.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut roots = RootCertStore::empty();
    let mut certificates = Vec::new();
    for (index, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
        let nth = index + 1;
        let certificate = certificate.map_err(|error| format!("certificate {nth} is no PEM: {error}"))?;
        roots
            .add(certificate.clone())
            .map_err(|error| format!("certificate {nth} is no X.509 certificate: {error}"))?;
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        return Err("it holds no PEM block `BEGIN CERTIFICATE`".to_owned());
    }
    Ok(certificates)
}

/// The TLS settings of every client that may meet TLS. Costs some milliseconds: it reads the system's store.
pub(super) fn config(own_roots: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let system = system_roots();
    for error in system.errors {
        log::debug!("system certificates: {error}");
    }
    roots.add_parsable_certificates(system.certs);
    // Images without a certificate store (distroless, scratch) are common in CI.
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(own_roots.iter().cloned());
    trusting(roots)
}

/// For plain http, which reads no certificates.
pub(super) fn config_without_roots() -> Result<ClientConfig, rustls::Error> {
    trusting(RootCertStore::empty())
}

/// `SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured in there.
#[cfg(all(unix, not(target_os = "macos")))]
fn system_roots() -> CertificateResult {
    if let Some(bundle) = openssl_probe::probe().cert_file
        && !openssl_probe::has_ssl_cert_env_vars()
    {
        // The folder beside it holds the same once more, in some 290 files and links.
        let bundled = rustls_native_certs::load_certs_from_paths(Some(&bundle), None);
        if !bundled.certs.is_empty() {
            return bundled;
        }
    }
    rustls_native_certs::load_native_certs()
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn system_roots() -> CertificateResult {
    rustls_native_certs::load_native_certs()
}

fn trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    // It is named here, so that nothing depends on a process-wide default.
    let provider = Arc::new(CryptoProvider {
        key_provider: &NoKeys,
        ..rustls::crypto::ring::default_provider()
    });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Nobody gives us a key to show to a server, so what signs with one is left out of the program.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("this client has no keys".to_owned()))
    }
}
