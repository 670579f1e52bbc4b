//! Which hosts `NO_PROXY` excepts: the HTTP library decides it for itself, and does not tell.

use std::net::IpAddr;

use url::{Host, Url};

/// Whether a URL's host is excepted by such a list: names, which stand for their sub-domains too, addresses, networks
/// (`10.0.0.0/8`), with commas between them. `*` stands for every name, and for no address.
#[must_use]
pub fn is_excepted(url: &Url, no_proxy: &str) -> bool {
    let excepts = |entry: &str| match url.host() {
        Some(Host::Domain(name)) => has_domain(name, entry),
        Some(Host::Ipv4(address)) => has_address(address.into(), entry),
        Some(Host::Ipv6(address)) => has_address(address.into(), entry),
        None => false,
    };
    no_proxy.split(',').map(str::trim).any(excepts)
}

fn has_domain(name: &str, entry: &str) -> bool {
    let (name, domain) = (name.to_ascii_lowercase(), entry.to_ascii_lowercase());
    let domain = domain.strip_prefix('.').unwrap_or(&domain);
    let above = name.strip_suffix(domain).filter(|_| !domain.is_empty());
    entry == "*" || above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

fn has_address(address: IpAddr, entry: &str) -> bool {
    let (network, length) = match entry.split_once('/') {
        Some((network, length)) => (network, length.parse().ok()),
        None => (entry, Some(u32::MAX)),
    };
    let (difference, bits) = match (address, network.parse()) {
        (IpAddr::V4(one), Ok(IpAddr::V4(other))) => (u128::from(u32::from(one) ^ u32::from(other)), 32),
        (IpAddr::V6(one), Ok(IpAddr::V6(other))) => (u128::from(one) ^ u128::from(other), 128),
        _ => return false,
    };
    // Only the network's part of an address counts; its length can't be more than there is.
    match length {
        Some(u32::MAX) => difference == 0,
        Some(length @ ..=128) if length <= bits => difference.checked_shr(bits - length).unwrap_or(0) == 0,
        _ => false,
    }
}
