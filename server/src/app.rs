//! The web app as a table from address to bytes, read once at start: what is not in the table does not exist, so no address can
//! lead out of the folder, and a deployment that is half copied is never half served.

use crate::hash;
use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Files of an app, at most.
const MAX_FILES: usize = 10_000;

/// What a browser is told to do with its copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// The name contains a hash of the content: keep for ever.
    Forever,
    /// Ask every time whether it changed.
    Ask,
}

/// How the body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Brotli.
    Brotli,
    /// Gzip.
    Gzip,
    /// Not at all.
    Identity,
}

impl Encoding {
    /// Its name in HTTP.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }
}

/// One packing of one file.
#[derive(Debug, Clone)]
pub struct Variant {
    /// How it is packed.
    pub encoding: Encoding,
    /// The body.
    pub body: actix_web::web::Bytes,
    /// Changes exactly when the body does.
    pub etag: String,
}

/// One file.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its media type.
    pub media_type: &'static str,
    /// How long a copy is good.
    pub caching: Caching,
    /// Is it a service worker? It may then govern the whole site.
    pub is_service_worker: bool,
    /// Its packings, best first; the plain one last.
    pub variants: Vec<Variant>,
}

impl Asset {
    /// The best packing that `Accept-Encoding` allows.
    pub fn variant(&self, accepted: &str) -> Option<&Variant> {
        self.variants
            .iter()
            .find(|variant| {
                variant.encoding == Encoding::Identity || accepts(accepted, variant.encoding.name())
            })
            .or(self.variants.last())
    }
}

/// All files by address.
#[derive(Debug, Default)]
pub struct App(HashMap<String, Asset>);

impl App {
    /// Reads a folder. `NAME.br` and `NAME.gz` beside `NAME` are its packed forms.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read, or it has no `index.html`.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut app = Self::default();
        for file in files(folder)? {
            let packed = file
                .extension()
                .is_some_and(|end| end == "br" || end == "gz");
            if !packed {
                let (address, asset) = read_asset(folder, &file)?;
                app.0.insert(address, asset);
            }
        }
        for (address, file) in [("/", "/index.html"), ("/c", "/c.html")] {
            if let Some(asset) = app.0.get(file).cloned() {
                app.0.insert(address.to_owned(), asset);
            }
        }
        if app.0.contains_key("/") {
            Ok(app)
        } else {
            Err(io::Error::other(format!(
                "{}: no index.html",
                folder.display()
            )))
        }
    }

    /// What lies at an address.
    pub fn get(&self, address: &str) -> Option<&Asset> {
        self.0.get(address)
    }
}

/// All regular files below a folder. Links are not followed: they could lead out of it.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let in_folder = |error: io::Error| {
            io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
        };
        for entry in fs::read_dir(&folder).map_err(in_folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
        if found.len() > MAX_FILES {
            return Err(io::Error::other("too many files for a web app"));
        }
    }
    Ok(found)
}

fn read_asset(folder: &Path, file: &Path) -> io::Result<(String, Asset)> {
    let relative = file.strip_prefix(folder).map_err(io::Error::other)?;
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    let address = format!("/{}", parts.join("/"));
    let mut variants = Vec::new();
    for (encoding, ending) in [(Encoding::Brotli, ".br"), (Encoding::Gzip, ".gz")] {
        match fs::read(crate::store::sqlite::beside(file, ending)) {
            Ok(body) => variants.push(variant(encoding, body)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    variants.push(variant(Encoding::Identity, fs::read(file)?));
    let name = parts.last().map_or("", |name| name.as_ref());
    let asset = Asset {
        media_type: media_type(name),
        caching: if has_hash(&address) {
            Caching::Forever
        } else {
            Caching::Ask
        },
        is_service_worker: name == "sw.js" || name.ends_with("-sw.js"),
        variants,
    };
    Ok((address, asset))
}

fn variant(encoding: Encoding, body: Vec<u8>) -> Variant {
    Variant {
        encoding,
        etag: format!("\"{}\"", hash::short([body.as_slice()], 16)),
        body: body.into(),
    }
}

/// `/assets/NAME-HASH.EXT`, as Vite writes it: eight letters, digits, `-` or `_` before the extension.
fn has_hash(address: &str) -> bool {
    let Some(name) = address.strip_prefix("/assets/") else {
        return false;
    };
    let Some((stem, _)) = name.rsplit_once('.') else {
        return false;
    };
    let is_hash = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let split = stem
        .len()
        .checked_sub(9)
        .and_then(|at| stem.split_at_checked(at));
    split.is_some_and(|(_, end)| end.starts_with('-') && end.bytes().all(is_hash))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "txt" => "text/plain; charset=utf-8",
        "pdf" => "application/pdf",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Does `Accept-Encoding` name this packing, and not with `q=0`?
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        folder
    }

    #[test]
    fn the_two_pages_have_short_addresses() {
        let folder = folder(&["index.html", "c.html", "assets/a-AbCd_-12.js"]);
        let app = App::read(folder.path()).unwrap();
        assert_eq!(app.get("/c").unwrap().variants[0].body, "c.html");
        assert_eq!(app.get("/").unwrap().caching, Caching::Ask);
        assert_eq!(
            app.get("/assets/a-AbCd_-12.js").unwrap().caching,
            Caching::Forever
        );
    }

    #[test]
    fn only_a_hash_in_the_name_is_kept_for_ever() {
        for name in [
            "/assets/logo.svg",
            "/sw.js",
            "/a-AbCdEf12.js",
            "/assets/short-1234.js",
        ] {
            assert!(!has_hash(name), "{name}");
        }
    }

    #[test]
    fn links_out_of_the_folder_are_not_served() {
        let (folder, other) = (folder(&["index.html"]), folder(&["secret.txt"]));
        std::os::unix::fs::symlink(other.path(), folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink(
            other.path().join("secret.txt"),
            folder.path().join("secret.txt"),
        )
        .unwrap();
        let app = App::read(folder.path()).unwrap();
        assert!(app.get("/out/secret.txt").is_none() && app.get("/secret.txt").is_none());
    }

    #[test]
    fn a_browser_gets_the_smallest_form_it_understands() {
        let folder = folder(&["index.html", "index.html.br", "index.html.gz"]);
        let app = App::read(folder.path()).unwrap();
        let chosen = |accepted| app.get("/").unwrap().variant(accepted).unwrap().encoding;
        assert_eq!(chosen("gzip, deflate, br"), Encoding::Brotli);
        assert_eq!(chosen("gzip, br;q=0"), Encoding::Gzip);
        assert_eq!(chosen("GZIP;q=0.5"), Encoding::Gzip);
        assert_eq!(chosen(""), Encoding::Identity);
        assert!(app.get("/index.html.br").is_none());
    }

    #[test]
    fn a_folder_without_a_page_is_refused_at_start() {
        assert!(App::read(folder(&["other.html"]).path()).is_err());
    }
}
