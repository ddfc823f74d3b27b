//! Packs what the program carries as text: shell completions.
//!
//! They are generated from the command tree and kept in the repository, where a test
//! holds them to it, because generating them takes longer than all else that
//! `jobctl completions` does, and shells run it at every start.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let out = env::var("OUT_DIR")?;
    println!("cargo::rerun-if-changed=completions");
    for file in fs::read_dir(Path::new(&root).join("completions"))? {
        let file = file?;
        let packed = lz4_flex::compress_prepend_size(&fs::read(file.path())?);
        let name = file.file_name();
        fs::write(Path::new(&out).join(format!("{}.lz4", name.display())), packed)?;
    }
    Ok(())
}
