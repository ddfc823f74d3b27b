//! Packs what the program carries as text, shell completions and JSON Schemas, and has
//! it linked so that it starts quickly.
//!
//! The texts are generated from the command tree and from the types that are written, and
//! kept in the repository, where tests hold them to these. So the program needs no
//! generators, and is quick where shells ask for completions at every start.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
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
    pack("schemas", schemas.join("\0").as_bytes())?;
    let is_static = env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|features| features.contains("crt-static"));
    if env::var("CARGO_CFG_TARGET_OS")? == "linux" && env::var("CARGO_CFG_TARGET_ENV")? == "gnu" && !is_static {
        link_for_a_quick_start()?;
    }
    Ok(())
}

/// Leaves out what the dynamic loader would do at each start: a fifth of the time of a
/// short call. The unwinder becomes part of the program instead of one more library to
/// load, and addresses are fixed instead of being put right one by one (Go's linker, and
/// so `gh` and `kubectl`, does the same; docs/security.md says what that gives up).
fn link_for_a_quick_start() -> Result<(), Box<dyn Error>> {
    println!("cargo::rustc-link-arg-bins=-no-pie");
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    // A path where the compiler has such a file, else the name again.
    let unwinder = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output();
    let unwinder = unwinder.map(|told| PathBuf::from(String::from_utf8_lossy(&told.stdout).trim()));
    if unwinder.is_ok_and(|path| path.is_absolute()) {
        // The standard library asks for libgcc_s, wherever that is found first.
        let out = env::var("OUT_DIR")?;
        fs::write(Path::new(&out).join("libgcc_s.so"), "INPUT(-lgcc_eh)\n")?;
        println!("cargo::rustc-link-arg-bins=-L{out}");
    }
    Ok(())
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
