//! Measurements, each with its reference from the same run on the same machine.

use crate::{
    app,
    run::{Outcome, Steps, at, cargo, command, run, run_and_keep, target},
    setup, wasm,
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Runs the named benches, or all, and prints one table.
///
/// # Errors
/// Missing tools, a build that fails, or a bench that does.
pub(crate) fn bench(chosen: &[String]) -> Outcome {
    let mut steps = Steps::new(4);
    steps.step("tools and npm packages", || setup::prepare(setup::TEST))?;
    steps.step("core → wasm → app", || {
        wasm::build().and_then(|()| app::build())
    })?;
    steps.step("benches and relay (release)", || {
        run(cargo(&[
            "build",
            "--locked",
            "--release",
            "-p",
            "omamori-tests",
            "-p",
            "omamori-relay",
            "--bins",
        ]))
    })?;
    let (rows, failed) = steps.step("measuring", || measure(chosen))?;
    // What was measured is worth reading, also if something else failed.
    print_table(&rows);
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("these benches failed: {}", failed.join(", ")))
    }
}

/// The rows, and the benches that failed.
fn measure(chosen: &[String]) -> Outcome<(Vec<Row>, Vec<String>)> {
    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for (name, bench) in benches()? {
        if !chosen.is_empty() && !chosen.contains(&name) {
            continue;
        }
        eprintln!("  {name}");
        let (succeeded, printed) = run_and_keep(bench)?;
        rows.extend(printed.lines().filter_map(Row::parse));
        if !succeeded {
            failed.push(name);
        }
    }
    Ok((rows, failed))
}

/// Every `tests/src/bin/bench_*.rs`, then every `tests/bench/*.mjs`, then what is measured in a browser.
fn benches() -> Outcome<Vec<(String, Command)>> {
    let mut benches = Vec::new();
    for file in files(&at("tests/src/bin"), "rs")? {
        let name = stem(&file);
        if name.starts_with("bench_") {
            benches.push((
                name.clone(),
                command(&target().join("release").join(name).to_string_lossy(), &[]),
            ));
        }
    }
    for file in files(&at("tests/bench"), "mjs")? {
        benches.push((stem(&file), command("node", &[&file.to_string_lossy()])));
    }
    let mut browser = command("npm", &["run", "--silent", "bench"]);
    browser
        .current_dir(at("tests/browser"))
        .env("CARGO_TARGET_DIR", target());
    benches.push(("browser".to_owned(), browser));
    Ok(benches)
}

fn files(folder: &Path, extension: &str) -> Outcome<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    Ok(files)
}

fn stem(file: &Path) -> String {
    file.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// One measurement, as a bench prints it: a JSON object that ends its line. A test runner may put its dots before it.
struct Row {
    name: String,
    value: f64,
    unit: String,
    /// What it is compared with, and that figure in the same unit. An aim is a reference too.
    reference: Option<(String, f64)>,
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let object = line.get(line.find('{')?..)?;
        let object: Value = serde_json::from_str(object.trim()).ok()?;
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| object.get(name).and_then(Value::as_f64);
        let reference = text("reference").zip(number("reference_value"));
        Some(Self {
            name: text("name")?,
            value: number("value")?,
            unit: text("unit")?,
            reference,
        })
    }
}

fn print_table(rows: &[Row]) {
    println!("\n| what | measured | reference | figure | ratio |\n|---|---:|---|---:|---:|");
    for row in rows {
        let (reference, figure, ratio) = match &row.reference {
            Some((name, figure)) => (
                name.as_str(),
                figured(*figure, &row.unit),
                format!("{:.2}", row.value / figure),
            ),
            None => ("", String::new(), String::new()),
        };
        println!(
            "| {} | {} | {reference} | {figure} | {ratio} |",
            row.name,
            figured(row.value, &row.unit)
        );
    }
}

/// A figure with as many digits as mean something.
fn figured(value: f64, unit: &str) -> String {
    let magnitude = value.abs();
    let digits = if magnitude >= 100.0 {
        0
    } else if magnitude >= 1.0 {
        2
    } else {
        4
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bench_line_becomes_a_row_and_other_lines_do_not() {
        let row = Row::parse(
            r#"{"name":"load","value":50.5,"unit":"ms","reference":"Automerge::load","reference_value":48}"#,
        );
        let row = row.expect("a row");
        assert_eq!((row.name.as_str(), row.unit.as_str()), ("load", "ms"));
        assert_eq!(row.reference, Some(("Automerge::load".to_owned(), 48.0)));
        assert!(Row::parse("warming up").is_none());
        let after_dots = "\u{1b}[32m·\u{1b}[39m{\"name\":\"start\",\"value\":1.2,\"unit\":\"s\"}";
        assert!(Row::parse(after_dots).is_some());
    }

    #[test]
    fn figures_keep_the_digits_that_mean_something() {
        assert_eq!(figured(1234.5, "kB"), "1234 kB");
        assert_eq!(figured(12.345, "ms"), "12.35 ms");
        assert_eq!(figured(0.012_34, "ms"), "0.0123 ms");
    }
}
