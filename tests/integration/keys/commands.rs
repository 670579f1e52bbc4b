//! `keys`, through the binary: what is printed, what is sent, what is left behind.

#[cfg(unix)]
mod age;
mod check;
mod life;
#[cfg(unix)]
mod rotate;
mod scan;
