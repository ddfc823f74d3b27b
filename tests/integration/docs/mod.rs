//! The documentation cannot go stale: its tables are compared with the source, its
//! transcripts are run again, its configuration and scripts are parsed, its links lead
//! somewhere.
//!
//! `UPDATE_README=1 cargo test --test integration docs` brings tables and transcripts
//! up to date instead.

mod links;
mod markdown;
mod proofs;
mod samples;
mod tables;
#[cfg(unix)]
mod transcripts;
mod words;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// One writer at a time.
static PAGES: Mutex<()> = Mutex::new(());

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A Markdown file, named as it is from the root.
struct Page {
    name: String,
    text: String,
}

/// Every Markdown file that people read.
fn pages() -> Vec<Page> {
    let in_folder = |folder: &str| {
        let files = std::fs::read_dir(root().join(folder)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let names = names.filter(|name| Path::new(name).extension().is_some_and(|end| end == "md"));
        names.map(|name| format!("{folder}{name}")).collect::<Vec<_>>()
    };
    let mut names = [in_folder(""), in_folder("docs/")].concat();
    names.sort();
    names.into_iter().map(|name| Page { text: read(&name), name }).collect()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap().replace("\r\n", "\n")
}

/// Compares every page with what `renew` makes of it, or writes that down.
fn check(renew: impl Fn(&[Page]) -> Vec<String>) {
    let update = std::env::var_os("UPDATE_README").is_some();
    let _one = update.then(|| PAGES.lock().unwrap_or_else(PoisonError::into_inner));
    let pages = pages();
    let renewed = renew(&pages);
    let stale: Vec<_> = pages.iter().zip(&renewed).filter(|(page, ought)| page.text != **ought).collect();
    if update {
        for (page, ought) in &stale {
            std::fs::write(root().join(&page.name), ought).unwrap();
        }
        return;
    }
    let report: Vec<_> = stale.iter().map(|(page, ought)| difference(page, ought)).collect();
    assert!(report.is_empty(), "{}\nRun: UPDATE_README=1 cargo test --test integration docs", report.join("\n"));
}

/// The first line in which a page is not what it ought to be.
fn difference(page: &Page, ought: &str) -> String {
    let at = page.text.lines().zip(ought.lines()).take_while(|(is, ought)| is == ought).count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(the end)").to_owned();
    format!("{} is stale from line {}:\n   is: {}\nought: {}", page.name, at + 1, line(&page.text), line(ought))
}
