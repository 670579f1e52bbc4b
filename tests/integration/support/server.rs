//! A scripted HTTP server for what a polite one can't do: resets, cut bodies, drips, hangs, floods.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

/// How long a hang or a drip lasts at most: the tests' own bound, longer than any limit that is tested.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    /// The body as JSON; null if it is none.
    pub(crate) body: Value,
    /// All of it: request line, headers, body.
    pub(crate) text: String,
}

impl Request {
    /// `METHOD path`, without the query.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap_or_default())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Answers with JSON.
    Json(u16, Value),
    /// Answers with a page.
    Html(u16, &'static str),
    /// Answers with exactly these bytes.
    Raw(String),
    /// Sends a redirect.
    Redirect(String),
    /// Sends a byte at a time and never ends.
    Drip,
    /// Sends as much as is taken, and never ends.
    Flood,
    /// Reads the request and closes without a word.
    Close,
    /// Reads the request and resets the connection.
    Reset,
    /// Reads the request and says nothing.
    Hang,
}

/// A whole answer with a content type.
pub(crate) fn reply(status: u16, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Any\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// An address where nobody listens, and nobody can as long as this is there: a port that was freed could be another
/// test's by the time it is asked.
pub(crate) struct Nobody {
    pub(crate) address: SocketAddr,
    _bound: tokio::net::TcpSocket,
}

pub(crate) fn nobody() -> Nobody {
    let bound = tokio::net::TcpSocket::new_v4().expect("a socket");
    bound
        .bind("127.0.0.1:0".parse().expect("an address"))
        .expect("a free port");
    Nobody {
        address: bound.local_addr().expect("its address"),
        _bound: bound,
    }
}

type Handler = Box<dyn FnMut(&Request) -> Act + Send>;

/// The running server; its thread ends with the process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Without a path.
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(handler: impl FnMut(&Request) -> Act + Send + 'static) -> Self {
        Self::start_on("127.0.0.1:0", handler)
    }

    /// Does the same with every request.
    pub(crate) fn always(act: Act) -> Self {
        Self::start(move |_| act.clone())
    }

    pub(crate) fn start_on(address: &str, handler: impl FnMut(&Request) -> Act + Send + 'static) -> Self {
        Self::listen(address, None, Box::new(handler))
    }

    /// Speaks TLS; a client that ends the handshake has sent no request.
    pub(crate) fn start_tls(config: ServerConfig, handler: impl FnMut(&Request) -> Act + Send + 'static) -> Self {
        Self::listen("127.0.0.1:0", Some(Arc::new(config)), Box::new(handler))
    }

    fn listen(address: &str, tls: Option<Arc<ServerConfig>>, handler: Handler) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let requests = Arc::new(Mutex::new(Vec::new()));
        let handler = Arc::new(Mutex::new(handler));
        let seen = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (tls, handler, seen) = (tls.clone(), handler.clone(), seen.clone());
                std::thread::spawn(move || match tls {
                    None => serve(&stream, &stream, &handler, &seen),
                    Some(config) => {
                        let connection = ServerConnection::new(config).expect("a usable configuration");
                        serve(StreamOwned::new(connection, &stream), &stream, &handler, &seen);
                    }
                });
            }
        });
        Self {
            address,
            url: format!("{scheme}://{address}"),
            requests,
        }
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("the handler did not panic").clone()
    }

    /// The same as they came, head and body.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.text).collect()
    }

    /// Waits until a request with this method and path has come in.
    pub(crate) fn wait_for(&self, line: &str) {
        self.wait_for_more(line, 0);
    }

    /// Waits until more than so many have come in.
    pub(crate) fn wait_for_more(&self, line: &str, before: usize) {
        let begun = Instant::now();
        while self.count(line) <= before {
            assert!(begun.elapsed() < PATIENCE, "no {line} but {:?}", self.requests());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// How many requests had this method and path.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.requests().iter().filter(|request| request.line() == line).count()
    }
}

/// Reads one request and acts. `stream` may be a layer over the `socket`.
fn serve(stream: impl Read + Write, socket: &TcpStream, handler: &Mutex<Handler>, seen: &Mutex<Vec<Request>>) {
    let mut stream = BufReader::new(stream);
    let Some(request) = read(&mut stream) else { return };
    let act = {
        let mut handler = handler.lock().expect("the handler did not panic");
        seen.lock().expect("no panic").push(request.clone());
        handler(&request)
    };
    // The client may be gone by now: what can't be written is no failure of the test.
    let _ = answer(stream.get_mut(), socket, act);
}

fn read(stream: &mut impl BufRead) -> Option<Request> {
    let mut text = String::new();
    let mut next_line = |stream: &mut _| {
        let begin = text.len();
        BufRead::read_line(stream, &mut text).ok()?;
        Some(text[begin..].trim_end().to_owned())
    };
    let line = next_line(stream)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    while let Some((name, value)) = next_line(stream)?.split_once(':') {
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    text.push_str(&String::from_utf8_lossy(&body));
    Some(Request {
        method,
        path,
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        text,
    })
}

fn answer(stream: &mut impl Write, mut socket: &TcpStream, act: Act) -> std::io::Result<()> {
    match act {
        Act::Json(status, body) => write!(stream, "{}", reply(status, "application/json", &body.to_string())),
        Act::Html(status, body) => write!(stream, "{}", reply(status, "text/html", body)),
        Act::Raw(bytes) => stream.write_all(bytes.as_bytes()),
        Act::Redirect(to) => write!(
            stream,
            "HTTP/1.1 302 Any\r\ncontent-length: 0\r\nconnection: close\r\nlocation: {to}\r\n\r\n"
        ),
        Act::Drip => {
            write!(
                stream,
                "HTTP/1.1 200 Any\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n"
            )?;
            for _ in 0..PATIENCE.as_millis() / 100 {
                stream.write_all(b" ")?;
                std::thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        }
        Act::Flood => {
            write!(stream, "HTTP/1.1 200 Any\r\ncontent-type: application/json\r\n\r\n")?;
            // Only the client can end this.
            loop {
                stream.write_all(&[b' '; 65536])?;
            }
        }
        Act::Close => Ok(()),
        Act::Reset => {
            // Closing with a zero linger sends RST.
            let socket = tokio::net::TcpSocket::from_std_stream(socket.try_clone()?);
            socket.set_zero_linger()
        }
        Act::Hang => {
            // Ends when the client closes, or after the tests' patience.
            socket.set_read_timeout(Some(PATIENCE))?;
            socket.read(&mut [0; 1]).map(|_| ())
        }
    }
}
