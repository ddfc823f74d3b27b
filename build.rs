//! Packs what the program carries as text: shell completions and JSON Schemas.
//!
//! They are generated from the command tree and from the types that are written, and
//! kept in the repository, where tests hold them to these. So the program needs no
//! generators, and is quick where shells ask for completions at every start.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let root = Path::new(&root);
    for (name, text) in files(&root.join("completions"))? {
        pack(&name, &text)?;
    }
    let mut schemas = Vec::new();
    for (name, text) in files(&root.join("schemas"))? {
        schemas.push(name.strip_suffix(".json").unwrap_or(&name).to_owned());
        schemas.push(String::from_utf8(text)?.replace("\r\n", "\n"));
    }
    pack("schemas", schemas.join("\0").as_bytes())
}

/// The files of a folder by name, without those below it.
fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut found = Vec::new();
    let all = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for file in all {
        let file = file?;
        if file.file_type()?.is_file() {
            found.push((file.file_name().to_string_lossy().into_owned(), fs::read(file.path())?));
        }
    }
    found.sort();
    Ok(found)
}

fn pack(name: &str, text: &[u8]) -> Result<(), Box<dyn Error>> {
    let path = Path::new(&env::var("OUT_DIR")?).join(format!("{name}.lz4"));
    Ok(fs::write(path, lz4_flex::compress_prepend_size(text))?)
}
