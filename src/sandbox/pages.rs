//! The few HTML pages: what visitors of a site get, and where a dashboard link leads.

/// The page of a site: shows the commit that is live.
pub(super) fn live(site: &str, commit: &str, version: u64) -> String {
    page(
        site,
        &format!("<p>commit <code>{}</code>, version {version}</p>", escape(commit)),
    )
}

/// The page of a deployment.
pub(super) fn dashboard(id: &str, status: &str, commit: &str) -> String {
    page(
        id,
        &format!(
            "<p>status <b>{}</b>, commit <code>{}</code></p>",
            escape(status),
            escape(commit)
        ),
    )
}

/// The page of nothing.
pub(super) fn not_found() -> String {
    page("not found", "<p>There is no such page here.</p>")
}

fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body><h1>{title}</h1>\n{body}\n<p>This is the sandbox: nothing is deployed.</p></body></html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
