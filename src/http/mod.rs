//! The one place that builds an HTTP client: TLS, proxies, time-outs, bounded bodies, no redirects.
