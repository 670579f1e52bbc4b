//! Who can reach a sandbox, and what it survives.

use super::*;
use proptest::prelude::*;

/// Sends bytes as they are and reads until the sandbox closes the connection.
async fn raw(rig: &Rig, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(rig.sandbox.address()).await.unwrap();
    // The sandbox may refuse and close before it has taken everything.
    let _ = stream.write_all(request).await;
    let _ = stream.shutdown().await;
    all_of(&mut stream).await
}

/// What comes until the connection ends, however it does.
async fn all_of(stream: &mut TcpStream) -> String {
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    String::from_utf8_lossy(&reply).into_owned()
}

#[tokio::test]
async fn it_refuses_to_listen_beyond_loopback() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let listen = address.parse().unwrap();
        let error = start(Options {
            listen,
            ..Options::default()
        })
        .await
        .unwrap_err();
        assert!(matches!(error, StartError::NotLoopback(refused) if refused == listen));
        assert!(error.to_string().contains("loopback only"), "{error}");
    }
}

#[tokio::test]
async fn a_taken_address_is_named_in_the_error() {
    let rig = Rig::new(Scenario::Success).await;
    let listen = rig.sandbox.address();
    let error = start(Options {
        listen,
        ..Options::default()
    })
    .await
    .unwrap_err();
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
}

#[tokio::test]
async fn it_answers_only_to_loopback_names() {
    let rig = Rig::new(Scenario::Success).await;
    for host in [
        "127.0.0.1",
        "127.0.0.1:80",
        "localhost:1",
        "LOCALHOST",
        "[::1]:99",
        "127.9.9.9",
    ] {
        let reply = raw(
            &rig,
            format!("GET /live/demo HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes(),
        )
        .await;
        assert!(reply.starts_with("HTTP/1.1 200 "), "{host}: {reply}");
    }
    for host in [
        "Host: evil.example",
        "Host: 127.0.0.1.evil.example",
        "Host: localhost.evil.example",
        "Host: 127.0.0.1@evil.example",
        "Host: evil.example@127.0.0.1",
        "Host: 192.168.0.1",
        "Host: ",
        "X-None: here",
        "Host: 127.0.0.1\r\nHost: evil.example",
    ] {
        let reply = raw(&rig, format!("GET /live/demo HTTP/1.1\r\n{host}\r\n\r\n").as_bytes()).await;
        assert!(reply.starts_with("HTTP/1.1 421 "), "{host}: {reply}");
        assert!(reply.contains("host_not_loopback"), "{host}: {reply}");
    }
    let absolute = b"GET http://evil.example/live/demo HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    assert!(raw(&rig, absolute).await.starts_with("HTTP/1.1 421 "));
}

#[tokio::test]
async fn after_the_shutdown_nobody_answers() {
    // An address of its own, so that no other test can be given the port once it is free.
    let host = if cfg!(target_os = "linux") {
        "127.77.77.77"
    } else {
        "127.0.0.1"
    };
    let rig = Rig::with(Options {
        listen: format!("{host}:0").parse().unwrap(),
        ..Options::default()
    })
    .await;
    let address = rig.sandbox.address();
    let mut open = TcpStream::connect(address).await.unwrap();
    rig.get("/sites").await;
    rig.sandbox.shutdown().await;
    // Between its fork and its exec, a process that another test starts holds every socket of this one, the closed ones too:
    // the system may still take a connection then, which nobody accepts and which ends with the exec.
    if let Ok(mut late) = TcpStream::connect(address).await {
        let _ = late
            .write_all(b"GET /live/demo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await;
        assert_eq!(all_of(&mut late).await, "");
    }
    assert_eq!(all_of(&mut open).await, "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever comes, the next honest request is answered.
    #[test]
    fn no_bytes_bring_it_down(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        path in "[A-Za-z0-9%._~:@/-]{0,30}",
        query in "[A-Za-z0-9%&=+-]{0,30}",
        body in ".{0,200}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let rig = Rig::new(Scenario::Success).await;
            raw(&rig, &bytes).await;
            let key = rig.sandbox.key().expose();
            for (method, prefix) in [
                ("GET", "/"),
                ("GET", "/api/sites/demo/deployments/dep_demo_1/logs"),
                ("POST", "/api/sites/demo/deployments"),
                ("POST", "/api/sites/demo/deployments/"),
                ("POST", "/api/api-keys"),
                ("DELETE", "/api/api-keys/"),
            ] {
                let path = if prefix.ends_with('/') { path.as_str() } else { "" };
                let request = format!(
                    "{method} {prefix}{path}?cursor={query}&limit={query} HTTP/1.1\r\nHost: localhost\r\n\
                     Authorization: Bearer {key}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let reply = raw(&rig, request.as_bytes()).await;
                // A handler that panics closes the connection without a word.
                assert!(reply.starts_with("HTTP/1.1 "), "{request:?}: {reply:?}");
            }
            assert_eq!(rig.get("/sites").await.0, StatusCode::OK);
        });
    }
}
