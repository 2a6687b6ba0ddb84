//! From HTML to PDF by the browser that is installed, without a window and without a network.

use crate::failure::Failure;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const NAMES: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
];
const MAC: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const PATIENCE: Duration = Duration::from_secs(90);

/// A PDF of a page.
pub(crate) fn from_html(html: &str) -> Result<Vec<u8>, Failure> {
    let browser = browser().ok_or(Failure::NoBrowser)?;
    let broken = |error: io::Error| Failure::Browser(browser.clone(), error.to_string());
    let folder = tempfile::tempdir().map_err(broken)?;
    let (page, pdf) = (
        folder.path().join("sheet.html"),
        folder.path().join("sheet.pdf"),
    );
    fs::write(&page, html).map_err(broken)?;
    // Inside containers and for root the sandbox cannot start. The page is our own, escaped, and loads nothing.
    for sandbox in [None, Some("--no-sandbox")] {
        run(&browser, folder.path(), &page, &pdf, sandbox).map_err(broken)?;
        if let Ok(bytes) = fs::read(&pdf)
            && bytes.starts_with(b"%PDF")
        {
            return Ok(bytes);
        }
    }
    Err(Failure::Browser(browser, "it ended without one".to_owned()))
}

fn run(
    browser: &Path,
    folder: &Path,
    page: &Path,
    pdf: &Path,
    sandbox: Option<&str>,
) -> io::Result<()> {
    let mut profile = std::ffi::OsString::from("--user-data-dir=");
    profile.push(folder.join("profile"));
    let mut target = std::ffi::OsString::from("--print-to-pdf=");
    target.push(pdf);
    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--disable-gpu",
            "--no-pdf-header-footer",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args(sandbox)
        .args([&profile, &target])
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let begun = Instant::now();
    while child.try_wait()?.is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn browser() -> Option<PathBuf> {
    if let Some(named) = env::var_os("OMAMORI_CHROMIUM") {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let folders: Vec<_> = env::var_os("PATH")
        .iter()
        .flat_map(env::split_paths)
        .collect();
    let in_path = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    in_path
        .chain(MAC.map(PathBuf::from))
        .find(|path| path.is_file())
}

/// Pages of a PDF as Chromium writes it: every page is an object that says so.
pub(crate) fn pages(pdf: &[u8]) -> usize {
    const MARK: &[u8] = b"/Type /Page";
    pdf.windows(MARK.len() + 1)
        .filter(|w| w.starts_with(MARK) && w.last() != Some(&b's'))
        .count()
}
