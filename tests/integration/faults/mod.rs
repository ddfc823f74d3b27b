//! A network, a vendor and a proxy that fail, and a program that must not lie.

mod every;
mod plan;
mod record;
mod server;
mod storm;
