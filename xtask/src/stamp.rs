//! Skips work whose inputs have not changed: a hash of the inputs is kept beside the output.

use crate::run::{Outcome, at, target};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

/// Does the work unless it was done from the same inputs (files or folders, relative to the root) and `output` is still there.
pub(crate) fn unless_done(
    name: &str,
    inputs: &[&str],
    output: &Path,
    work: impl FnOnce() -> Outcome,
) -> Outcome {
    let stamp = target().join("stamps").join(name);
    let now = hash(inputs)?;
    if output.exists() && fs::read_to_string(&stamp).is_ok_and(|then| then == now) {
        eprintln!("  {name}: unchanged");
        return Ok(());
    }
    work()?;
    let folder = stamp.parent().unwrap_or(&stamp);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&stamp, now))
        .map_err(|error| format!("{}: {error}", stamp.display()))
}

/// A hash of names and contents. It guards against needless work, not against people.
fn hash(inputs: &[&str]) -> Outcome<String> {
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        input.hash(&mut hasher);
        feed(&at(input), &mut hasher).map_err(|error| format!("{input}: {error}"))?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn feed(path: &Path, hasher: &mut DefaultHasher) -> std::io::Result<()> {
    if path.is_file() {
        return fs::read(path).map(|bytes| bytes.hash(hasher));
    }
    if !path.is_dir() {
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name() != "node_modules" {
            entry.file_name().hash(hasher);
            feed(&entry.path(), hasher)?;
        }
    }
    Ok(())
}
