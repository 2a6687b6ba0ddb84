//! Answers: text for people, JSON for programs. A reader who closes the pipe is no error of ours.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, BufWriter, Stdout, Write};

pub(crate) struct Output {
    json: bool,
    out: BufWriter<Stdout>,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            out: BufWriter::new(io::stdout()),
        }
    }

    /// The answer: one JSON document, or a text.
    pub(crate) fn answer(
        &mut self,
        answer: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            let json = serde_json::to_string_pretty(answer)
                .map_err(|e| Failure::Encoding(e.to_string()))?;
            self.line(&json)
        } else {
            self.line(text().trim_end())
        }
    }

    /// A text that is the answer either way.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.out, "{text}").map_err(Failure::Output)
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::Output)
    }

    /// On standard error, so that it never ends up in a document.
    pub(crate) fn failure(&self, failure: &Failure) {
        let text = if self.json {
            serde_json::json!({ "error": { "code": failure.code(), "detail": failure.to_string() } }).to_string()
        } else {
            format!("omamori: {failure}")
        };
        // If even that cannot be written, the exit code speaks.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
