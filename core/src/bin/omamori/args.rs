//! What can be asked for.

use clap::{Args, Parser, Subcommand, ValueEnum};
use omamori_core::{compartment::Compartment, screen::label::Language, statement::Way};
use std::path::PathBuf;

const AFTER: &str = "\
The passphrase of a file is taken from OMAMORI_PASSPHRASE, or asked for.

Exit codes:
  0  done
  1  the record is not intact (verify)
  2  the command line makes no sense
  3  a file cannot be read or written
  4  not an omamori file, card or record, or damaged, or made by a newer version
  5  no passphrase, or not the right one
  6  the record does not take it: no right, no such fact, another child's record, a value of the wrong shape
  7  a program that is needed is not installed
  8  it does not fit";

/// The emergency record of a child who needs medical care at home.
#[derive(Debug, Parser)]
#[command(name = "omamori", version, after_help = AFTER)]
pub(crate) struct Arguments {
    /// Answer in JSON, errors too.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a record, empty or from the open JSON form.
    New(New),
    /// Read a record.
    Show(Show),
    /// Say something new in a record.
    Edit(Edit),
    /// Bring what another file of the same record knows into the first one.
    Merge(Merge),
    /// Make a card: a QR code that any camera opens.
    Card(Card),
    /// Open a card: its address or its digits, - for standard input.
    Open(Open),
    /// Print the sheet: two pages of A4 at most, with a card for the wallet.
    Print(Print),
    /// Write the open JSON form.
    Export(Export),
    /// Say everything in an open JSON document anew, in a record.
    Import(Import),
    /// Let somebody see the record, by their role.
    Grant(Grant),
    /// Take back a grant, or remove a device; new keys are made with it.
    Revoke(Revoke),
    /// What was done in the ledger, when, by whom, and is it in force?
    Log(Log),
    /// What was written by somebody after their removal and waits for a guardian's word.
    Quarantine(Quarantine),
    /// Answer for what waits: it is said again under your name.
    Endorse(Endorse),
    /// Begin a compartment anew: all that is in it as one entry, which whoever comes later can begin with. Nothing is hidden.
    Restart(Restart),
    /// An organisation's staff: its key, who joins, who leaves.
    Staff(Staff),
    /// Two officers of a municipality, who can open together what the family agreed to, and not alone.
    #[command(subcommand)]
    Glass(Glass),
    /// Who said what, and is it intact?
    Verify(Verify),
}

/// In the order in which it happens.
#[derive(Debug, Subcommand)]
pub(crate) enum Glass {
    /// Make keys for an officer, or for the municipality itself.
    Keys(GlassKeys),
    /// The municipality signs the list of its officers.
    List(GlassList),
    /// The family agrees to a list.
    Consent(GlassConsent),
    /// The family takes that back.
    Withdraw(GlassWithdraw),
    /// To whom the family agreed, and what was opened.
    Status(GlassStatus),
    /// Write what officers may hold beforehand: sealed, and opened by two of them only.
    HandOut(GlassHandOut),
    /// The first officer says why and until when, and hands their half to a second one.
    Ask(GlassAsk),
    /// The second officer agrees, and both can read.
    Open(GlassOpen),
}

#[derive(Debug, Args)]
pub(crate) struct GlassKeys {
    /// The file to write, under a passphrase.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// The public half, for whoever makes the list.
    #[arg(long)]
    pub(crate) public: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct GlassList {
    /// The municipality's keys.
    #[arg(long)]
    pub(crate) keys: PathBuf,
    /// What the municipality is called.
    #[arg(long)]
    pub(crate) name: String,
    /// Grows with every list.
    #[arg(long, default_value_t = 1)]
    pub(crate) generation: u64,
    /// `NAME,OFFICE,FILE` with the public half of their keys; two at least.
    #[arg(long, required = true)]
    pub(crate) officer: Vec<String>,
    /// The file to write.
    #[arg(long)]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct GlassConsent {
    pub(crate) file: PathBuf,
    /// The municipality's list.
    #[arg(long)]
    pub(crate) list: PathBuf,
    /// Last day (YYYY-MM-DD).
    #[arg(long)]
    pub(crate) until: Option<jiff::civil::Date>,
}

#[derive(Debug, Args)]
pub(crate) struct GlassWithdraw {
    pub(crate) file: PathBuf,
    /// The municipality, as `status` names it.
    #[arg(long)]
    pub(crate) municipality: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct GlassStatus {
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct GlassHandOut {
    pub(crate) file: PathBuf,
    /// The municipality, as `status` names it.
    #[arg(long)]
    pub(crate) municipality: String,
    /// The file to write (.omamori-glass).
    #[arg(long)]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct GlassAsk {
    /// What was handed out.
    pub(crate) file: PathBuf,
    /// The first officer's keys.
    #[arg(long)]
    pub(crate) keys: PathBuf,
    /// The second officer, by name as on the list.
    #[arg(long)]
    pub(crate) with: String,
    /// Why it has to be opened. The family reads this.
    #[arg(long)]
    pub(crate) reason: String,
    /// Until so many hours from now.
    #[arg(long, default_value_t = 24)]
    pub(crate) hours: u32,
    /// The file to write, for the second officer.
    #[arg(long)]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct GlassOpen {
    /// What was handed out.
    pub(crate) file: PathBuf,
    /// The second officer's keys.
    #[arg(long)]
    pub(crate) keys: PathBuf,
    /// What the first officer handed over.
    #[arg(long)]
    pub(crate) release: PathBuf,
    /// Write here what tells the family: any file of the record takes it with `merge`.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[arg(long, value_enum, default_value_t = Lang::Ja)]
    pub(crate) lang: Lang,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("keys").required(true)))]
pub(crate) struct Grant {
    pub(crate) file: PathBuf,
    /// A role, such as visiting-nurse, day-service, school-nurse. A wrong one lists them all.
    #[arg(long = "as", value_name = "ROLE")]
    pub(crate) role: String,
    /// What the person is called.
    #[arg(long)]
    pub(crate) name: String,
    /// Where they work.
    #[arg(long, default_value = "")]
    pub(crate) organisation: String,
    /// Grant to an organisation: the file that `staff key` wrote for families. The person is one of its staff, who can read
    /// once `staff join` certified them.
    #[arg(long, value_name = "FILE")]
    pub(crate) organisation_key: Option<PathBuf>,
    /// Leave out a compartment that the role proposes.
    #[arg(long)]
    pub(crate) without: Vec<Compartment>,
    /// Last day (YYYY-MM-DD).
    #[arg(long)]
    pub(crate) until: Option<jiff::civil::Date>,
    /// They may pass it on, as far as it goes.
    #[arg(long)]
    pub(crate) delegate: bool,
    /// Write a consent (同意書) with it, given by this person: its salted hash stands in the grant.
    #[arg(long, value_name = "NAME")]
    pub(crate) agreed_by: Option<String>,
    /// In the consent: what for. Without it, as the app words it: everyday support and emergencies.
    #[arg(long, requires = "agreed_by", value_name = "TEXT")]
    pub(crate) purpose: Option<String>,
    /// In the consent: how it is kept. Without it, as the app words it.
    #[arg(long, requires = "agreed_by", value_name = "TEXT")]
    pub(crate) custody: Option<String>,
    /// In the consent: how it is withdrawn, and what then stays. Without it, as the app words it.
    #[arg(long, requires = "agreed_by", value_name = "TEXT")]
    pub(crate) withdrawal: Option<String>,
    /// In the consent: who explained it.
    #[arg(long, requires = "agreed_by", value_name = "NAME")]
    pub(crate) explained_by: Option<String>,
    /// A file with their public keys.
    #[arg(long, value_name = "FILE", group = "keys")]
    pub(crate) to: Option<PathBuf>,
    /// Make keys for them, and write them a file of their own under the same passphrase.
    #[arg(long, value_name = "FILE", group = "keys")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Staff {
    #[command(subcommand)]
    pub(crate) act: StaffAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StaffAct {
    /// Make an organisation's key for one child: a secret file for whoever manages the staff, and one for the family.
    Key {
        /// The secret half, under the passphrase.
        #[arg(long)]
        out: PathBuf,
        /// The half that the family grants to.
        #[arg(long)]
        public: PathBuf,
    },
    /// Certify somebody with the organisation's key: oneself, or a new colleague, who gets the keys this file has.
    Join(StaffJoin),
    /// End somebody who left: what they write later waits for a guardian's word.
    End {
        /// A colleague's file of the record.
        file: PathBuf,
        /// The organisation's secret file.
        #[arg(long)]
        key: PathBuf,
        /// The person's first device.
        #[arg(long)]
        device: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StaffJoin {
    /// One's own file of the record.
    pub(crate) file: PathBuf,
    /// The organisation's secret file.
    #[arg(long)]
    pub(crate) key: PathBuf,
    /// What the colleague is called. Without: certify oneself.
    #[arg(long, requires = "out")]
    pub(crate) name: Option<String>,
    /// What the organisation is called.
    #[arg(long, default_value = "")]
    pub(crate) organisation: String,
    /// Last day of the certificate (YYYY-MM-DD).
    #[arg(long)]
    pub(crate) until: Option<jiff::civil::Date>,
    /// Make keys for the colleague, and write them a file of their own under the same passphrase.
    #[arg(long, requires = "name")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    pub(crate) file: PathBuf,
    /// The grant, as `log` names it.
    #[arg(long, required_unless_present = "device")]
    pub(crate) grant: Option<String>,
    /// A device that is lost or retired.
    #[arg(long, conflicts_with = "grant")]
    pub(crate) device: Option<String>,
    /// The grant's last day is past: say that it has ended.
    #[arg(long, requires = "grant")]
    pub(crate) expired: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Log {
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Quarantine {
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Endorse {
    pub(crate) file: PathBuf,
    /// A chunk, as `quarantine` names it.
    #[arg(long, required = true)]
    pub(crate) chunk: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Restart {
    pub(crate) file: PathBuf,
    /// Which.
    #[arg(long)]
    pub(crate) compartment: Compartment,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// A record in the open JSON form; - for standard input.
    #[arg(long)]
    pub(crate) from: Option<PathBuf>,
    /// The file to write. One that is there already is not touched.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// What the person is called who writes.
    #[arg(long, default_value = "保護者")]
    pub(crate) guardian: String,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    pub(crate) file: PathBuf,
    #[arg(long, value_enum, default_value_t = View::Clinician)]
    pub(crate) view: View,
    #[arg(long, value_enum, default_value_t = Lang::Ja)]
    pub(crate) lang: Lang,
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    pub(crate) file: PathBuf,
    /// `COMPARTMENT.KIND.FIELD=VALUE`, where there are several `COMPARTMENT.KIND[N].FIELD=VALUE` (counted from 1 as shown, or
    /// by the fact's id), and `COMPARTMENT.KIND[+].FIELD=VALUE` for a new one. Lists: a JSON array.
    #[arg(
        long = "set",
        value_name = "PATH=VALUE",
        required_unless_present = "patch"
    )]
    pub(crate) set: Vec<String>,
    /// A JSON array of edits, as the app writes them; - for standard input.
    #[arg(long, conflicts_with = "set")]
    pub(crate) patch: Option<PathBuf>,
    /// How you know: seen, told, or copied from a document.
    #[arg(long, value_enum, default_value_t = Knows::Observed)]
    pub(crate) how: Knows,
    /// Who told it, or who issued the document.
    #[arg(long)]
    pub(crate) by: Option<String>,
    /// The document it is copied from.
    #[arg(long)]
    pub(crate) document: Option<String>,
    /// Date of the document, the talk or the observation.
    #[arg(long)]
    pub(crate) date: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The file that learns.
    pub(crate) file: PathBuf,
    /// The file it learns from; it is not changed.
    pub(crate) other: PathBuf,
    /// Write here instead of into the first file.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

/// The viewer's address.
#[derive(Debug, Args)]
pub(crate) struct Viewer {
    /// Where the viewer is served: the digits of the card come after it.
    #[arg(
        long,
        env = "OMAMORI_VIEWER",
        default_value = "https://card.omamori.example/c#",
        value_name = "URL"
    )]
    pub(crate) viewer: String,
    /// Day of printing (YYYY-MM-DD) instead of today.
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<jiff::civil::Date>,
}

#[derive(Debug, Args)]
pub(crate) struct Card {
    pub(crate) file: PathBuf,
    /// Write the code as .png or .svg.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) viewer: Viewer,
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// What the camera read.
    pub(crate) url: String,
    #[arg(long, value_enum, default_value_t = Lang::Ja)]
    pub(crate) lang: Lang,
}

#[derive(Debug, Args)]
pub(crate) struct Print {
    pub(crate) file: PathBuf,
    /// Write here: .pdf needs Chromium or Chrome on this machine, .html does not.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[arg(long, value_enum, default_value_t = Lang::Ja)]
    pub(crate) lang: Lang,
    #[command(flatten)]
    pub(crate) viewer: Viewer,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    pub(crate) file: PathBuf,
    /// Write here instead of to standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Only these compartments.
    #[arg(long)]
    pub(crate) compartment: Vec<Compartment>,
    /// Tell who signed each statement. For reading: an import signs everything anew.
    #[arg(long)]
    pub(crate) authors: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    pub(crate) file: PathBuf,
    /// A record in the open JSON form; - for standard input.
    #[arg(long)]
    pub(crate) from: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    pub(crate) file: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum View {
    Clinician,
    Nurse,
    Family,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Lang {
    Ja,
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ja => Self::Ja,
            Lang::En => Self::En,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Knows {
    Observed,
    Told,
    Transcribed,
}

impl From<Knows> for Way {
    fn from(knows: Knows) -> Self {
        match knows {
            Knows::Observed => Self::Observed,
            Knows::Told => Self::Told,
            Knows::Transcribed => Self::Transcribed,
        }
    }
}
