//! What must hold of any input, each as a function of bytes. `cargo test` tries the seeds in `fuzz/corpus` and some
//! thousand inputs made from them; the fuzzer in `fuzz/` compiles this folder too, and searches on (docs/fuzzing.md).

mod contract;
mod evidence;
mod log_page;
mod redactor;
mod replies;
mod sanitize;
mod state_file;
mod values;

use arbitrary::{Arbitrary, Unstructured};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Panics where the bytes break a promise.
pub(crate) type Check = fn(&[u8]);

/// The targets, each with the name of its folder in `fuzz/corpus`.
pub(crate) const TARGETS: [(&str, Check); 8] = [
    ("contract", contract::check),
    ("evidence", evidence::check),
    ("log_page", log_page::check),
    ("redactor", redactor::check),
    ("replies", replies::check),
    ("sanitize", sanitize::check),
    ("state_file", state_file::check),
    ("values", values::check),
];

/// The bytes read as an input with parts; `None` if there are too few of them.
fn input<'a, T: Arbitrary<'a>>(data: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(data)).ok()
}

/// Runs a client against a server on loopback that answers once: with this status line and headers, and this body.
fn with_answer(head: &str, body: &[u8], client: impl AsyncFnOnce(String)) {
    let mut reply = format!(
        "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend(body);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let server = async {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 4096];
            // One read is enough: these requests are short.
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&reply).await;
            let _ = stream.shutdown().await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = server => {}
            () = client(base) => {}
        }
    });
}
