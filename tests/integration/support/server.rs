//! A hand-made HTTP server for what a polite one can't do: resets, cut bodies, drips, hangs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a hang or a drip lasts at most: the tests' own bound, longer than any limit that is tested.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
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
    /// Reads the request and closes without a word.
    Close,
    /// Reads the request and says nothing.
    Hang,
}

type Handler = Box<dyn FnMut(&Request) -> Act + Send>;

/// The running server; its thread ends with the process.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(handler: impl FnMut(&Request) -> Act + Send + 'static) -> Self {
        Self::start_on("127.0.0.1:0", handler)
    }

    pub(crate) fn start_on(address: &str, handler: impl FnMut(&Request) -> Act + Send + 'static) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let handler: Arc<Mutex<Handler>> = Arc::new(Mutex::new(Box::new(handler)));
        let seen = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (handler, seen) = (handler.clone(), seen.clone());
                std::thread::spawn(move || serve(stream, &handler, &seen));
            }
        });
        Self { url, requests }
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("the handler did not panic").clone()
    }

    /// Waits until a request with this method and path has come in.
    pub(crate) fn wait_for(&self, line: &str) {
        let begun = Instant::now();
        while self.count(line) == 0 {
            assert!(begun.elapsed() < PATIENCE, "no {line} but {:?}", self.requests());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// How many requests had this method and path.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.requests().iter().filter(|request| request.line() == line).count()
    }
}

fn serve(stream: TcpStream, handler: &Mutex<Handler>, seen: &Mutex<Vec<Request>>) {
    let Some(request) = read(&stream) else { return };
    let act = {
        let mut handler = handler.lock().expect("the handler did not panic");
        seen.lock().expect("no panic").push(request.clone());
        handler(&request)
    };
    // The client may be gone by now: what can't be written is no failure of the test.
    let _ = answer(stream, act);
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => break,
        }
    }
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path,
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

fn answer(mut stream: TcpStream, act: Act) -> std::io::Result<()> {
    let head = |status: u16, kind: &str, length: usize, more: &str| {
        format!(
            "HTTP/1.1 {status} Any\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n{more}\r\n"
        )
    };
    match act {
        Act::Json(status, body) => {
            let body = body.to_string();
            write!(stream, "{}{body}", head(status, "application/json", body.len(), ""))
        }
        Act::Html(status, body) => write!(stream, "{}{body}", head(status, "text/html", body.len(), "")),
        Act::Raw(bytes) => stream.write_all(bytes.as_bytes()),
        Act::Redirect(to) => write!(stream, "{}", head(302, "text/html", 0, &format!("location: {to}\r\n"))),
        Act::Drip => {
            write!(stream, "{}", head(200, "application/json", 100_000, ""))?;
            for _ in 0..PATIENCE.as_millis() / 100 {
                stream.write_all(b" ")?;
                std::thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        }
        Act::Close => Ok(()),
        Act::Hang => {
            // Ends when the client closes, or after the tests' patience.
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.read(&mut [0; 1]).map(|_| ())
        }
    }
}
