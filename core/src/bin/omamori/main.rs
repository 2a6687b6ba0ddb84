//! `omamori`: the record on the command line, for coordinators, migration and long-term access. The same core as the app.

mod args;
mod card;
mod consent;
mod edit;
mod exchange;
mod failure;
mod files;
mod glass;
mod output;
mod path;
mod pdf;
mod print;
mod record;
mod show;
mod staff;
mod trust;
mod verify;

use args::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use output::Output;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut output = Output::new(arguments.json);
    match run(arguments.command, &mut output).and_then(|code| output.flush().map(|()| code)) {
        Ok(code) => code,
        // Whoever reads has had enough: `omamori show … | head`.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: Command, output: &mut Output) -> Result<ExitCode, Failure> {
    match command {
        Command::New(new) => record::new(&new, output)?,
        Command::Show(show) => show::show(&show, output)?,
        Command::Edit(edit) => edit::edit(edit, output)?,
        Command::Merge(merge) => record::merge(&merge, output)?,
        Command::Card(card) => card::card(&card, output)?,
        Command::Open(open) => card::open(&open, output)?,
        Command::Print(print) => print::print(&print, output)?,
        Command::Export(export) => exchange::export(&export, output)?,
        Command::Import(import) => exchange::import(&import, output)?,
        Command::Grant(grant) => trust::grant(&grant, output)?,
        Command::Revoke(revoke) => trust::revoke(&revoke, output)?,
        Command::Log(log) => trust::log(&log, output)?,
        Command::Quarantine(quarantine) => trust::quarantine(&quarantine, output)?,
        Command::Endorse(endorse) => trust::endorse(&endorse, output)?,
        Command::Restart(restart) => trust::restart(&restart, output)?,
        Command::Staff(staff) => staff::staff(&staff.act, output)?,
        Command::Glass(glass) => glass::glass(&glass, output)?,
        Command::Verify(verify) => return verify::verify(&verify, output),
    }
    Ok(ExitCode::SUCCESS)
}
