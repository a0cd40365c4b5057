//! TLS from PEM files: spoken, renewed, and nothing else.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    thread::sleep,
    time::Duration,
};

use axum::{body::Bytes, http::Request};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use sagwan::server::{ServerConfig, ServerError, TlsFiles};

use crate::{
    client::{Client, raw},
    world::{World, author, dataset, sign},
};

/// Writes a fresh self-signed certificate for localhost and gives it.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()
}

fn files(folder: &Path) -> TlsFiles {
    TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") }
}

/// A client that trusts this certificate alone.
fn trusting(world: &World, certificate: &CertificateDer<'_>) -> Client {
    let root = ureq::tls::Certificate::from_der(certificate).to_owned();
    let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::new_with_certs(&[root]));
    Client::with(format!("https://localhost:{}", world.address.port()), tls.build())
}

fn world() -> (World, tempfile::TempDir, CertificateDer<'static>) {
    let folder = tempfile::tempdir().unwrap();
    let certificate = certify(folder.path());
    let world = World::with(|config| config.tls = Some(files(folder.path())));
    (world, folder, certificate)
}

#[test]
fn tls_is_spoken_and_nothing_else() {
    let (world, _folder, certificate) = world();
    let client = trusting(&world, &certificate);
    let statement = sign(&author("user:engineer"), dataset("over-tls"));
    client.post("/entries", &[("content-type", "application/cose")], &statement).is(201);
    let other = certify(tempfile::tempdir().unwrap().path());
    assert!(trusting(&world, &other).try_get("/healthz").is_err(), "another certificate is not trusted");
    let said = raw(world.address, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(!said.contains("200 OK"), "{said}");
}

#[test]
fn a_hangup_renews_the_certificate_and_a_mistake_keeps_the_old_one() {
    let (world, folder, old) = world();
    trusting(&world, &old).try_get("/healthz").unwrap().is(200);
    let hangup = |notice: &str| {
        world.notices.lock().unwrap().clear();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP).unwrap();
        let told = (0..1_000).any(|_| {
            sleep(Duration::from_millis(10));
            world.notices.lock().unwrap().iter().any(|line| line.contains(notice))
        });
        assert!(told, "{notice}: {:?}", world.notices.lock().unwrap());
    };
    std::fs::write(folder.path().join("cert.pem"), "not a certificate").unwrap();
    hangup("nothing was reloaded");
    trusting(&world, &old).try_get("/healthz").unwrap().is(200);
    let new = certify(folder.path());
    hangup("were read again");
    trusting(&world, &new).try_get("/healthz").unwrap().is(200);
    assert!(trusting(&world, &old).try_get("/healthz").is_err());
}

#[test]
fn a_handshake_that_never_comes_loses_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let world = World::with(|config| {
        config.tls = Some(files(folder.path()));
        config.limits.handshake_ms = 300;
    });
    assert_eq!(raw(world.address, b""), "");
}

/// TLS on the client's side, HTTP/2 offered alone.
fn offering_http_2(certificate: CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

#[test]
fn http_2_is_spoken_where_it_is_asked_for() {
    let (world, _folder, certificate) = world();
    let name = ServerName::try_from("localhost").unwrap();
    let tcp = TcpStream::connect(world.address).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut stream = StreamOwned::new(ClientConnection::new(offering_http_2(certificate), name).unwrap(), tcp);
    // Preface, empty SETTINGS, and on stream 1 the headers :method GET, :scheme https, :path /healthz, :authority x.
    let headers = [&[0x82, 0x87, 0x04, 8][..], b"/healthz", &[0x01, 1], b"x"].concat();
    let frame = [&[0, 0, u8::try_from(headers.len()).unwrap(), 1, 5, 0, 0, 0, 1][..], &headers].concat();
    stream
        .write_all(&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[0, 0, 0, 4, 0, 0, 0, 0, 0][..], &frame].concat())
        .unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).unwrap();
        if head[3] == 1 {
            assert_eq!(payload[0], 0x88, "the static table's :status 200");
            break;
        }
    }
}

/// One request over an HTTP/2 connection of its own: the body is sent whole, then the answer is read whole.
async fn post_http_2(
    address: SocketAddr,
    config: Arc<ClientConfig>,
    request: Request<()>,
    mut body: Bytes,
) -> Result<u16, h2::Error> {
    let tcp = tokio::net::TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let tls = tokio_rustls::TlsConnector::from(config).connect(name, tcp).await.unwrap();
    let (mut client, connection) = h2::client::handshake(tls).await?;
    let connection = tokio::spawn(connection);
    let (answer, mut stream) = client.send_request(request, false)?;
    while !body.is_empty() {
        stream.reserve_capacity(body.len());
        let room = std::future::poll_fn(|cx| stream.poll_capacity(cx)).await.unwrap()?;
        let chunk = body.split_to(room.min(body.len()));
        stream.send_data(chunk, body.is_empty())?;
    }
    let answer = answer.await?;
    let (status, mut body) = (answer.status().as_u16(), answer.into_body());
    while let Some(chunk) = body.data().await {
        body.flow_control().release_capacity(chunk?.len())?;
    }
    drop(client);
    connection.abort();
    Ok(status)
}

#[test]
fn http_2_answers_a_request_that_it_refuses_before_it_has_read_the_body() {
    let (world, _folder, certificate) = world();
    let config = offering_http_2(certificate);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bad = ("authorization", "Bearer nobody-knows-it");
    for (path, (name, value), status) in [
        ("/api/v1/events", bad, 401),
        ("/api/v1/statements", ("content-type", "text/plain"), 415),
        ("/nothing/here", bad, 404),
        ("/api/v1/records", bad, 405),
    ] {
        let url = format!("https://localhost:{}{path}", world.address.port());
        let request = || Request::post(&url).header(name, value).body(()).unwrap();
        let answers = (0..50).map(|_| {
            let body = Bytes::from(vec![b' '; 200_000]);
            runtime.block_on(post_http_2(world.address, Arc::clone(&config), request(), body))
        });
        let lost: Vec<_> = answers.filter(|answer| !matches!(answer, Ok(found) if *found == status)).collect();
        assert!(lost.is_empty(), "{path}: {} of 50 lost, such as {:?}", lost.len(), lost[0]);
    }
}

#[test]
fn http_2_answers_a_peer_beyond_its_rate() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = certify(folder.path());
    let world = World::with(|config| {
        config.tls = Some(files(folder.path()));
        config.limits.peer_rate = 1;
    });
    let config = offering_http_2(certificate);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limited = (0..500).any(|_| {
        let url = format!("https://localhost:{}/nothing/here", world.address.port());
        let request = Request::post(url).body(()).unwrap();
        let body = Bytes::from(vec![b' '; 200_000]);
        runtime.block_on(post_http_2(world.address, Arc::clone(&config), request, body)).unwrap() == 429
    });
    assert!(limited);
}

#[test]
fn what_cannot_be_served_is_said_before_anything_listens() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let refused = |change: &dyn Fn(&mut ServerConfig)| {
        let home = tempfile::tempdir().unwrap();
        let (ledger, _) = crate::world::ledger(&home);
        let mut config = ServerConfig { listen: ([127, 0, 0, 1], 0).into(), ..ServerConfig::default() };
        change(&mut config);
        let runtime = sagwan::server::runtime(&config).unwrap();
        let ready = |_| panic!("it listens");
        runtime.block_on(sagwan::server::serve(ledger, config, ready, std::future::pending())).unwrap_err()
    };
    let good = files(folder.path());
    let plain = refused(&|config| config.listen = ([0, 0, 0, 0], 0).into());
    assert!(matches!(plain, ServerError::Plaintext { .. }), "{plain}");
    let missing = refused(&|config| config.tls = Some(TlsFiles { key: "/none.pem".into(), ..good.clone() }));
    assert!(missing.to_string().contains("/none.pem"), "{missing}");
    let swapped = TlsFiles { certificate: good.key.clone(), key: good.certificate.clone() };
    let swapped = refused(&|config| config.tls = Some(swapped.clone()));
    assert!(matches!(swapped, ServerError::Content { .. }), "{swapped}");
    let other = tempfile::tempdir().unwrap();
    certify(other.path());
    let mixed = TlsFiles { key: other.path().join("key.pem"), ..good.clone() };
    let mixed = refused(&|config| config.tls = Some(mixed.clone()));
    assert!(matches!(mixed, ServerError::Content { .. }), "{mixed}");
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = refused(&|config| config.listen = taken.local_addr().unwrap());
    assert!(matches!(taken, ServerError::Listen { .. }), "{taken}");
}
