//! Tests against real sockets on loopback.
