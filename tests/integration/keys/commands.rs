//! `keys`, through the binary: what is printed, what is sent, what is left behind.

#[cfg(unix)]
mod age;
#[cfg(unix)]
mod before_rotating;
mod check;
mod life;
#[cfg(unix)]
mod rotate;
mod scan;
