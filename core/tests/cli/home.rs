//! A folder with a family's files, and the binary in it.

use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

pub(crate) const CHILDREN: [&str; 4] = ["aoi", "haruto", "rin", "sota"];
pub(crate) const VIEWER: &str = "https://card.omamori.example/c#";

pub(crate) struct Home {
    pub(crate) folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .env("OMAMORI_PASSPHRASE", "ひみつ")
            .output()
            .unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_omamori"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env_remove("OMAMORI_PASSPHRASE");
        command
    }

    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[&["--json"], arguments].concat())).unwrap()
    }

    /// The exit code, and the code of the error for programs.
    pub(crate) fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(&[&["--json"], arguments].concat());
        assert!(!output.status.success(), "{arguments:?} should have failed");
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        (
            output.status.code().unwrap(),
            error["error"]["code"].as_str().unwrap().to_owned(),
        )
    }

    pub(crate) fn child(&self, name: &str) -> String {
        let file = format!("{name}.omamori");
        self.ok(&[
            "new",
            "--from",
            case(name).to_str().unwrap(),
            "--out",
            &file,
            "--guardian",
            "母",
        ]);
        file
    }
}

pub(crate) fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/cases/{name}.json"))
}

pub(crate) fn texts<'a>(screen: &'a Value, block: &str) -> Vec<&'a str> {
    let blocks = screen["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|b| b["kind"] == block);
    let lines = blocks.flat_map(|b| b["lines"].as_array().unwrap());
    lines
        .flat_map(|l| l["says"].as_array().unwrap())
        .map(|a| a["text"].as_str().unwrap())
        .collect()
}
