//! Whom the client trusts, and which way it goes.

#![expect(clippy::unwrap_used, reason = "a helper that fails ends the test, which is right")]

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use sproobo_deploy::error::Transport;
use sproobo_deploy::http::{self, Error, Method, Request, Url, parse_url};
use sproobo_deploy::redact::Redactor;

use crate::support::cli::Sproobo;
use crate::support::server::{Act, Server};
use crate::wire::client::{KEY, options};

static NEXT: AtomicUsize = AtomicUsize::new(1);

/// A CA of our own, and a server on 127.0.0.1 with a certificate that it signed for `name`.
struct TlsServer {
    ca_pem: String,
    url: Url,
    server: Server,
}

impl TlsServer {
    fn start(name: &str) -> Self {
        let mut ca = CertificateParams::new(Vec::<String>::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Else two CAs of a test pass for each other until the signature is checked.
        ca.distinguished_name.push(
            DnType::CommonName,
            format!("CA {}", NEXT.fetch_add(1, Ordering::Relaxed)),
        );
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![name.to_owned()])
            .unwrap()
            .signed_by(&key, &ca)
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let server = Server::start_tls(config, |_| Act::Json(200, json!([])));
        Self {
            ca_pem: ca.pem(),
            url: Url::parse(&server.url).unwrap(),
            server,
        }
    }

    /// A GET with the key; the status, or the error.
    async fn get(&self, ca_cert: Option<&str>) -> Result<u16, Error> {
        let options = http::Options {
            ca_cert: ca_cert.map(|pem| pem.as_bytes().to_vec()),
            ..options()
        };
        get(&http::Client::new(options, Redactor::new()).unwrap(), &self.url).await
    }
}

async fn get(client: &http::Client, url: &Url) -> Result<u16, Error> {
    let mut request = Request::new(Method::GET, url.clone());
    let mut key = http::HeaderValue::from_static(KEY);
    key.set_sensitive(true);
    request.headers.insert("authorization", key);
    client.send(request).await.map(|answer| answer.status())
}

#[tokio::test]
async fn a_server_of_the_users_ca_is_trusted() {
    let server = TlsServer::start("127.0.0.1");
    assert_eq!(server.get(Some(&server.ca_pem)).await, Ok(200));
    assert!(server.server.texts()[0].contains(KEY));
}

/// A self-managed platform behind a company's own CA.
#[test]
fn the_binary_trusts_the_ca_of_its_option_and_no_other() {
    let (server, other) = (TlsServer::start("127.0.0.1"), TlsServer::start("127.0.0.1"));
    let file = |pem: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), pem).unwrap();
        file
    };
    let (ours, theirs) = (file(&server.ca_pem), file(&other.ca_pem));
    let sites = |ca: Option<&tempfile::NamedTempFile>| {
        let ca = ca.map(|file| format!("--ca-cert={}", file.path().display()));
        Sproobo::new(["sites".to_owned()].into_iter().chain(ca))
            .key()
            .env("SPROOBO_API_URL", server.url.as_str())
            .run()
    };
    sites(None).expect(7).says("--ca-cert");
    sites(Some(&theirs)).expect(7);
    assert!(server.server.requests().is_empty());
    sites(Some(&ours)).expect(0);
}

#[tokio::test]
async fn a_bundle_with_comments_and_several_certificates_is_read_whole() {
    let (one, other) = (TlsServer::start("127.0.0.1"), TlsServer::start("127.0.0.1"));
    let bundle = format!("# our CAs\n{}\n\n# the other\n{}", one.ca_pem, other.ca_pem);
    assert_eq!(one.get(Some(&bundle)).await, Ok(200));
    assert_eq!(other.get(Some(&bundle)).await, Ok(200));
}

#[tokio::test]
async fn a_server_of_an_unknown_ca_is_refused_and_sees_no_key() {
    let (server, other) = (TlsServer::start("127.0.0.1"), TlsServer::start("127.0.0.1"));
    for ca in [None, Some(other.ca_pem.as_str())] {
        let error = server.get(ca).await.unwrap_err();
        assert!(
            matches!(&error, Error::Transport(Transport::Certificate { .. })),
            "{error}"
        );
        assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    }
    assert!(server.server.requests().is_empty());
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let server = TlsServer::start("other.example");
    let error = server.get(Some(&server.ca_pem)).await.unwrap_err();
    assert!(
        matches!(&error, Error::Transport(Transport::Certificate { .. })),
        "{error}"
    );
    assert!(server.server.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_no_connection() {
    let plain = Server::always(Act::Json(200, json!({})));
    let url = Url::parse(&format!("https://{}/", plain.address)).unwrap();
    let client = http::Client::new(options(), Redactor::new()).unwrap();
    let error = get(&client, &url).await.unwrap_err();
    assert!(
        matches!(&error, Error::Transport(Transport::NotConnected { .. })),
        "{error}"
    );
    assert!(plain.texts().iter().all(|request| !request.contains(KEY)));
}

#[test]
fn a_bad_ca_file_is_an_error_before_any_request() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let key_only = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    for (pem, expected) in [
        (
            "",
            "the CA certificate can't be used: it holds no PEM block `BEGIN CERTIFICATE`",
        ),
        (
            key_only,
            "the CA certificate can't be used: it holds no PEM block `BEGIN CERTIFICATE`",
        ),
        (
            broken,
            "the CA certificate can't be used: certificate 1 is no X.509 certificate: ",
        ),
        (cut, "the CA certificate can't be used: certificate 1 is no PEM: "),
    ] {
        let options = http::Options {
            ca_cert: Some(pem.as_bytes().to_vec()),
            ..options()
        };
        let error = http::Client::new(options, Redactor::new()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn only_https_and_loopback_may_carry_a_key() {
    let may = |url: &str| http::may_carry_key(&Url::parse(url).unwrap());
    for fine in [
        "https://x.example",
        "http://localhost:1",
        "http://127.9.9.9",
        "http://[::1]:80",
    ] {
        assert!(may(fine), "{fine}");
    }
    for wrong in [
        "http://x.example",
        "http://localhost.x.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::ffff:10.0.0.1]",
        "ftp://localhost",
        "file:///x",
    ] {
        assert!(!may(wrong), "{wrong}");
    }
}

/// Runs one of the tests below in a process of its own, since the environment is a process's.
async fn in_a_child(test: &'static str, variables: Vec<(&'static str, String)>) {
    // The test runner's name of this module has no crate in front.
    let (_, module) = module_path!().split_once("::").unwrap();
    let child = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--ignored", "--nocapture", &format!("{module}::{test}")]);
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_ascii_lowercase());
        }
        command.envs(variables).output().unwrap()
    });
    let output = child.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn given(name: &str) -> Url {
    Url::parse(&std::env::var(name).expect("set by the parent test")).unwrap()
}

#[tokio::test]
async fn the_environments_proxy_is_used_but_never_for_this_machine() {
    let proxy = Server::always(Act::Raw(
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n".to_owned(),
    ));
    let server = Server::always(Act::Json(200, json!({})));
    let variables = vec![
        ("HTTPS_PROXY", format!("http://user:hunter2@{}", proxy.address)),
        ("HTTP_PROXY", proxy.url.clone()),
        ("NO_PROXY", "direct.invalid".to_owned()),
        ("SPROOBO_TEST_URL", server.url.clone()),
    ];
    in_a_child("child_with_a_proxy", variables).await;
    let requests = proxy.texts();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert!(requests[0].starts_with("CONNECT proxied.invalid:443 "), "{requests:?}");
    assert!(!requests[0].contains(KEY), "the key is for the other end of the tunnel");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
#[ignore = "run by the test above, with its environment"]
async fn child_with_a_proxy() {
    let client = http::Client::new(options(), Redactor::new()).unwrap();
    assert_eq!(get(&client, &given("SPROOBO_TEST_URL")).await, Ok(200));
    for host in ["https://proxied.invalid/", "https://direct.invalid/"] {
        let error = get(&client, &Url::parse(host).unwrap()).await.unwrap_err();
        assert!(
            matches!(&error, Error::Transport(Transport::NotConnected { .. })),
            "{error}"
        );
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn ssl_cert_file_is_honoured_and_no_store_at_all_is_no_error() {
    let server = TlsServer::start("127.0.0.1");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, &server.ca_pem).unwrap();
    let with = |file: String| {
        vec![
            ("SSL_CERT_FILE", file),
            ("SSL_CERT_DIR", directory.path().join("none").display().to_string()),
            ("SPROOBO_TEST_URL", server.url.to_string()),
        ]
    };
    in_a_child("child_with_a_store", with(file.display().to_string())).await;
    in_a_child("child_without_a_store", with("/nonexistent/ca.pem".to_owned())).await;
}

#[tokio::test]
#[ignore = "run by the test above, with its environment"]
async fn child_with_a_store() {
    let client = http::Client::new(options(), Redactor::new()).unwrap();
    assert_eq!(get(&client, &given("SPROOBO_TEST_URL")).await, Ok(200));
}

#[tokio::test]
#[ignore = "run by the test above, with its environment"]
async fn child_without_a_store() {
    let client = http::Client::new(options(), Redactor::new()).unwrap();
    let error = get(&client, &given("SPROOBO_TEST_URL")).await.unwrap_err();
    assert!(
        matches!(&error, Error::Transport(Transport::Certificate { .. })),
        "{error}"
    );
}

/// As the HTTP library takes it, which decides.
#[test]
fn no_proxy_lists_names_with_what_is_below_them_addresses_and_networks() {
    for (host, list, is_excepted) in [
        ("api.example.com", "example.com", true),
        ("api.example.com", "other.org, .EXAMPLE.com", true),
        ("example.com", ".example.com", true),
        ("api.example.com", "*", true),
        ("notexample.com", "example.com", false),
        ("example.com", "api.example.com", false),
        ("example.com", "", false),
        ("example.com", ",.", false),
        ("192.0.2.7", "192.0.2.0/24", true),
        ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7", "0.0.0.0/0", true),
        ("192.0.2.7", "192.0.2.8/31", false),
        ("192.0.2.7", "192.0.2.7/33", false),
        ("192.0.2.7", "192.0.2.7/x", false),
        ("192.0.2.7", "::/0", false),
        ("192.0.2.7", "*", false),
        ("[2001:db8::1]", "2001:db8::/32", true),
        ("[2001:db8::1]", "::/0", true),
        ("[2001:db8::1]", "2001:db8::2", false),
        ("[2001:db8::1]", "2001:db8::1/129", false),
    ] {
        let url = parse_url(&format!("https://{host}/")).unwrap();
        assert_eq!(http::is_excepted(&url, list), is_excepted, "{host} by {list:?}");
    }
}
