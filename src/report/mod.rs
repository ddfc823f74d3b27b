//! What is printed: results on stdout, everything else on stderr.
//!
//! Must not know HTTP, vendors or how results come about.
