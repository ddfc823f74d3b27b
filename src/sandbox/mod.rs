//! The vendors' APIs inside the process, on a loopback port.
