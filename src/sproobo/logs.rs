//! Logs: a list of lines in a reply, plain text, a JSON value a line; and logs that lie at an address of their own.

use serde_json::Value;

use super::client::Client;
use super::document::Format;
use super::log_page::{self, Last};
use super::operation::Operation;
use super::pointer::{begin, text, texts};
use super::read::Reader;
use super::reply;
use super::template::Values;
use crate::error::ApiError;
use crate::http::{Url, is_loopback};
use crate::model::{DeploymentId, LogLine, LogPage, SiteId};
use crate::sanitize;

/// The most that a page of a log may hold: 16 MiB.
const LOG_LIMIT: usize = 16 * 1024 * 1024;

impl Client {
    /// A page of a deployment's log; without a cursor the first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn logs(&self, site: &SiteId, id: &DeploymentId, cursor: Option<&str>) -> Result<LogPage, ApiError> {
        let values = self.of_deployment(site, id).with("cursor", cursor);
        let fields = &self.contract().parts.fields.logs;
        let format = fields.format.unwrap_or(Format::Json);
        let body = if fields.url.is_empty() && format == Format::Json {
            self.json_body(Operation::Logs, &values, LOG_LIMIT).await?
        } else if fields.url.is_empty() {
            self.log_body(&values).await?
        } else {
            let reply = self.fields(Operation::Logs, &values).await?;
            let address = texts(&reply, &fields.url)
                .into_iter()
                .find(|address| !address.is_empty());
            match address {
                Some(address) => self.elsewhere(&address).await?,
                // It is often named only once there is something to read.
                None => return Ok(LogPage::default()),
            }
        };
        // Beside the run: what takes a second of computing must hold up neither a signal nor another site.
        let client = self.clone();
        let read = tokio::task::spawn_blocking(move || client.reader().log_of(&body, format));
        read.await.unwrap_or(Err(ApiError::Incomplete { what: "readable log" }))
    }

    async fn log_body(&self, values: &Values) -> Result<Vec<u8>, ApiError> {
        let response = self.exchange(Operation::Logs, values, LOG_LIMIT).await?;
        reply::bytes(response, self.reader()).await
    }

    /// What lies at an address that a reply names. It gets no key, and no redirect is followed.
    async fn elsewhere(&self, address: &str) -> Result<Vec<u8>, ApiError> {
        let unusable = |detail: String| ApiError::Unusable {
            operation: Operation::Logs.name(),
            detail,
        };
        let url = Url::parse(address)
            .ok()
            .filter(|url| may_hold_a_log(url, self.contract().base_url()));
        let Some(url) = url else {
            return Err(unusable(
                "the reply's address of the log is neither a public https one nor on the API's host".to_owned(),
            ));
        };
        let response = self.http().keyless(url, LOG_LIMIT).await;
        let response = response.map_err(|error| reply::failure(error, Operation::Logs))?;
        reply::bytes(response, self.reader()).await
    }
}

/// Whether a log may be asked for there: over https at a host that is not plainly one of a network of ours, or at the
/// API's own host. An API that could name any address would make a CI job ask inside its own network.
fn may_hold_a_log(url: &Url, base_url: &Url) -> bool {
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    let is_same = url.host() == base_url.host() && url.scheme() == base_url.scheme();
    if is_same || (is_loopback(url) && is_loopback(base_url)) {
        return matches!(url.scheme(), "http" | "https");
    }
    url.scheme() == "https" && matches!(url.host(), Some(url::Host::Domain(name)) if is_public(name))
}

fn is_public(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let inner = [
        "localhost",
        "local",
        "internal",
        "lan",
        "home",
        "corp",
        "intranet",
        "arpa",
    ];
    name.rsplit_once('.').is_some_and(|(_, last)| !inner.contains(&last))
}

/// The last lines of a page.
impl Last<LogLine> {
    fn extend(&mut self, lines: Vec<LogLine>) {
        lines.into_iter().for_each(|line| self.push(line));
    }

    fn page(self, cursor: Option<String>) -> LogPage {
        LogPage {
            lines: self.kept.into(),
            skipped: self.skipped,
            cursor,
        }
    }
}

impl Reader<'_> {
    /// A page of a log: a list of texts or of objects, or one text.
    fn log_page(&self, body: &[u8]) -> Result<LogPage, ApiError> {
        let fields = &self.contract.parts.fields.logs;
        let page = log_page::read(body, &fields.items).map_err(|error| ApiError::Unreadable {
            status: 200,
            detail: self.clean(&error.to_string()),
        })?;
        let items = page.items.ok_or(ApiError::Incomplete { what: "log lines" })?;
        let mut kept = Last {
            skipped: items.skipped,
            ..Last::new()
        };
        for item in &items.kept {
            match item {
                Value::String(text) => kept.extend(self.lines(text)),
                item => kept.extend(self.item(item)),
            }
        }
        // One that no request carries would have the page read again and again.
        let is_carried = self
            .contract
            .entry(Operation::Logs)
            .is_some_and(|logs| logs.uses("cursor"));
        let cursor = text(&page.outline, &fields.cursor).filter(|cursor| is_carried && !cursor.is_empty());
        Ok(kept.page(cursor))
    }

    fn log_of(&self, body: &[u8], format: Format) -> Result<LogPage, ApiError> {
        if format == Format::Json {
            return self.log_page(body);
        }
        let whole = String::from_utf8_lossy(body);
        let mut kept = Last::new();
        if whole.trim().is_empty() {
            return Ok(kept.page(None));
        }
        if format == Format::Text {
            kept.extend(self.lines(&whole));
            return Ok(kept.page(None));
        }
        for line in whole.lines().filter(|line| !line.trim().is_empty()) {
            match log_page::item(line.as_bytes()) {
                Ok(item) => kept.extend(self.item(&item)),
                // The last one may be cut while it is written.
                Err(_) => kept.extend(self.lines(line)),
            }
        }
        Ok(kept.page(None))
    }

    fn item(&self, item: &Value) -> Vec<LogLine> {
        let fields = &self.contract.parts.fields.logs;
        // What has no text is shown as it came rather than dropped.
        let raw = text(item, &fields.text).unwrap_or_else(|| item.to_string());
        let time = begin(item, &fields.time);
        let mut lines = self.lines(&raw);
        lines.iter_mut().for_each(|line| line.time = time);
        lines
    }

    fn lines(&self, raw: &str) -> Vec<LogLine> {
        // Before it is cut into lines: a secret may reach over two.
        let text = self.redactor.redact(raw);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        text.split('\n')
            .map(|line| LogLine {
                time: None,
                text: sanitize::log_line(line.strip_suffix('\r').unwrap_or(line)).into_owned(),
            })
            .collect()
    }
}
