//! The barrier before Automerge: whatever comes from outside is tried on a scratch copy first, and the scratch is thrown away.
//!
//! Where a panic can be caught it is caught. Where it cannot (WebAssembly aborts), [`try_on_scratch`] is what a disposable worker
//! calls before the real one meets the changes; a [`Trial`] then asks that worker.

use crate::{
    cose::sha256,
    document::{CompartmentDocument, change::ChangeError},
    id::ActorId,
};
use automerge::{
    ActorId as AutomergeActor, Automerge, Change, ObjType, ROOT, ReadDoc, transaction::Transactable,
};
use std::{
    cell::Cell,
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

/// Tries changes before the document meets them.
pub trait Trial {
    /// Does the document survive these changes?
    ///
    /// # Errors
    /// [`TrialError`].
    fn run(&mut self, candidate: &Candidate<'_>) -> Result<(), TrialError>;
}

/// Why changes were not cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// The scratch copy broke: a panic, an error, or another document after saving and loading.
    #[error("the changes break the scratch copy")]
    Broken,
    /// Nobody could try them now. They wait.
    #[error("the changes could not be tried now")]
    Unavailable,
}

/// A document and the validated changes that want to go into it.
#[derive(Debug)]
pub struct Candidate<'a> {
    document: &'a Automerge,
    changes: &'a [Change],
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(document: &'a Automerge, changes: &'a [Change]) -> Self {
        Self { document, changes }
    }

    /// Names this very candidate: the hash of what the document holds and of the changes, in their order.
    pub fn id(&self) -> CandidateId {
        let mut heads = self.document.get_heads();
        heads.sort_unstable();
        let holds = heads.iter().flat_map(|hash| hash.0);
        let changes = self.changes.iter().flat_map(|change| change.hash().0);
        CandidateId(sha256(&[
            b"omamori/1/candidate",
            &(heads.len() as u64).to_be_bytes(),
            &holds.collect::<Vec<u8>>(),
            &changes.collect::<Vec<u8>>(),
        ]))
    }

    /// The document as [`try_on_scratch`] takes it.
    pub fn saved(&self) -> Vec<u8> {
        save(self.document)
    }

    /// The changes as [`try_on_scratch`] takes them.
    pub fn changes(&self) -> Vec<Vec<u8>> {
        self.changes
            .iter()
            .map(|change| change.raw_bytes().to_vec())
            .collect()
    }
}

/// The trial in this very thread, behind `catch_unwind`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scratch;

impl Trial for Scratch {
    fn run(&mut self, candidate: &Candidate<'_>) -> Result<(), TrialError> {
        guarded(|| run_through(candidate.document.clone(), candidate.changes))
            .ok_or(TrialError::Broken)
    }
}

/// The name of a candidate, for [`Elsewhere`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidateId(pub [u8; 32]);

/// What [`Elsewhere`] wants tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Which candidate the verdict will be about.
    pub candidate: CandidateId,
    /// The document, for [`try_on_scratch`].
    pub saved: Vec<u8>,
    /// The changes, for [`try_on_scratch`].
    pub changes: Vec<Vec<u8>>,
}

/// The trial in another process or worker, which answers later: whatever has no verdict yet waits, and becomes a question.
/// Receiving again with the verdicts goes on where it stopped.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    /// Verdicts so far: does the document survive the candidate?
    pub verdicts: BTreeMap<CandidateId, bool>,
    /// Asked and not answered.
    pub questions: Vec<Question>,
}

impl Trial for Elsewhere {
    fn run(&mut self, candidate: &Candidate<'_>) -> Result<(), TrialError> {
        let id = candidate.id();
        match self.verdicts.get(&id) {
            Some(true) => Ok(()),
            Some(false) => Err(TrialError::Broken),
            None => {
                self.questions.push(Question {
                    candidate: id,
                    saved: candidate.saved(),
                    changes: candidate.changes(),
                });
                Err(TrialError::Unavailable)
            }
        }
    }
}

/// A trial, and whether it ever could not be held.
pub(crate) struct Watched<'a> {
    trial: &'a mut dyn Trial,
    pub(crate) unavailable: bool,
}

impl<'a> Watched<'a> {
    pub(crate) fn new(trial: &'a mut dyn Trial) -> Self {
        Self {
            trial,
            unavailable: false,
        }
    }
}

impl Trial for Watched<'_> {
    fn run(&mut self, candidate: &Candidate<'_>) -> Result<(), TrialError> {
        let verdict = self.trial.run(candidate);
        self.unavailable |= verdict == Err(TrialError::Unavailable);
        verdict
    }
}

/// The trial as a pure function, for a disposable worker: it may abort, and then the changes are not cleared.
///
/// # Errors
/// [`TrialError::Broken`].
pub fn try_on_scratch(saved: &[u8], changes: &[Vec<u8>]) -> Result<(), TrialError> {
    guarded(|| {
        let document = Automerge::load(saved).ok()?;
        let changes = changes
            .iter()
            .map(|bytes| Change::from_bytes(bytes.clone()).ok())
            .collect::<Option<Vec<_>>>()?;
        run_through(document, &changes)
    })
    .ok_or(TrialError::Broken)
}

/// Apply, save, load, the same heads, edit, save, load: some changes break only the next save or the next honest edit.
fn run_through(mut scratch: Automerge, changes: &[Change]) -> Option<()> {
    scratch.apply_changes(changes.to_vec()).ok()?;
    let mut loaded = load_again(&scratch)?;
    edit(&mut loaded)?;
    load_again(&loaded).map(|_| ())
}

fn load_again(document: &Automerge) -> Option<Automerge> {
    let loaded = Automerge::load(&save(document)).ok()?;
    (loaded.get_heads() == document.get_heads()).then_some(loaded)
}

fn edit(document: &mut Automerge) -> Option<()> {
    const NOBODY: [u8; ActorId::LEN] = [0; ActorId::LEN];
    document.set_actor(AutomergeActor::from(NOBODY.as_slice()));
    let (_, list) = document.get(ROOT, "statements").ok()??;
    let mut transaction = document.transaction();
    let map = transaction.insert_object(&list, 0, ObjType::Map).ok()?;
    transaction.put(&map, "k", "trial").ok()?;
    transaction.commit().0.map(|_| ())
}

/// Loads what this device saved.
pub(crate) fn load(saved: &[u8]) -> Result<Automerge, ChangeError> {
    guarded(|| Automerge::load(saved).ok()).ok_or(ChangeError::NotAChange)
}

/// Saves without what waits outside the document.
pub(crate) fn save(document: &Automerge) -> Vec<u8> {
    document.save_with_options(automerge::SaveOptions {
        deflate: true,
        retain_orphans: false,
    })
}

thread_local! {
    static TRYING: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic. What it touches must be thrown away if it does.
fn guarded<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    keep_panics_quiet();
    let before = TRYING.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    TRYING.set(before);
    outcome.ok().flatten()
}

/// A panic message of Automerge may quote what a family wrote: inside a trial nothing is printed, elsewhere as before.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !TRYING.get() {
                before(info);
            }
        }));
    });
}

/// For executables: a panic anywhere says where it happened and nothing of what it was about.
pub fn say_only_where_it_panicked() {
    panic::set_hook(Box::new(|info| {
        if !TRYING.get() {
            let place = info
                .location()
                .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
            eprintln!("omamori stopped at {place}; nothing that was saved is lost");
        }
    }));
}

impl CompartmentDocument {
    /// Whether the document as it is now survives saving, loading and an edit: for checks after the fact.
    ///
    /// # Errors
    /// [`TrialError::Broken`].
    pub fn try_as_it_is(&self) -> Result<(), TrialError> {
        Scratch.run(&Candidate::new(self.automerge(), &[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        compartment::Compartment,
        device::DeviceKeys,
        edit::Edit,
        log::LogEntry,
        replica::{Received, Replica},
        seeded::Seeded,
        statement::{How, UnixMillis, Value},
    };

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

    /// A mother with two phones, and what the first one said that the second has not heard.
    fn two_phones(texts: &[&str]) -> (Replica, Vec<LogEntry>) {
        let rng = &mut Seeded::new(11);
        let keys = DeviceKeys::generate(rng);
        let (mut first, _) = Replica::create(keys, "母", NOW, rng).unwrap();
        let phone = DeviceKeys::generate(rng);
        first.add_device(phone.public(), "母", NOW, rng).unwrap();
        let mut second = Replica::join(phone, first.record());
        second.receive(first.entries().to_vec());
        let said = texts
            .iter()
            .flat_map(|text| first.edit(&[sentence(text)], NOW, rng).unwrap())
            .collect();
        (second, said)
    }

    fn sentence(text: &str) -> Edit {
        Edit::Add {
            compartment: Compartment::Log,
            kind: "entry".to_owned(),
            fields: [("situation".to_owned(), Value::Text(text.to_owned()))].into(),
            how: How::default(),
        }
    }

    /// Receives as an app does whose trials are held elsewhere, by `survives`.
    fn receive(
        phone: &mut Replica,
        mut entries: Vec<LogEntry>,
        survives: impl Fn(&Question) -> bool,
    ) -> Vec<Received> {
        let mut trial = Elsewhere::default();
        let mut rounds = Vec::new();
        loop {
            rounds.push(phone.receive_with(std::mem::take(&mut entries), &mut trial));
            assert!(rounds.len() < 50, "the trial goes on for ever");
            if trial.questions.is_empty() {
                return rounds;
            }
            for question in std::mem::take(&mut trial.questions) {
                trial
                    .verdicts
                    .insert(question.candidate, survives(&question));
            }
        }
    }

    fn said(phone: &Replica) -> usize {
        phone.view().of_kind(Compartment::Log, "entry").count()
    }

    #[test]
    fn what_is_tried_elsewhere_waits_for_its_verdict_and_then_goes_in_at_once() {
        let (mut phone, entries) = two_phones(&["吸引", "注入", "入浴"]);
        let rounds = receive(&mut phone, entries, |question| {
            try_on_scratch(&question.saved, &question.changes).is_ok()
        });
        assert_eq!(rounds.len(), 2);
        assert!(rounds[0].accepted.is_empty() && !rounds[0].changed);
        assert_eq!(rounds[0].waiting.len(), 3);
        assert_eq!(rounds[1].accepted.len(), 3);
        assert_eq!(said(&phone), 3);
        assert!(phone.integrity().intact);
    }

    #[test]
    fn one_change_that_fails_elsewhere_is_found_and_set_aside_and_what_stood_before_it_goes_in() {
        let (mut phone, entries) = two_phones(&["吸引", "注入", "これで止まる"]);
        let fails = |question: &Question| {
            let poison = "これで止まる".as_bytes();
            let holds = |bytes: &Vec<u8>| bytes.windows(poison.len()).any(|part| part == poison);
            !question.changes.iter().any(holds)
        };
        let rounds = receive(&mut phone, entries, fails);
        let refused: Vec<_> = rounds.iter().flat_map(|round| &round.refused).collect();
        assert_eq!(refused.len(), 1, "{rounds:?}");
        assert_eq!(refused[0].why.code(), "failed-trial");
        assert_eq!(said(&phone), 2);
        assert_eq!(phone.integrity().set_aside.len(), 1);
    }

    #[test]
    fn what_nobody_could_try_is_neither_shown_nor_lost() {
        let (mut phone, entries) = two_phones(&["吸引"]);
        phone.receive_with(entries, &mut Elsewhere::default());
        assert_eq!(said(&phone), 0);
        assert_eq!(phone.integrity().waiting.len(), 1);
        receive(&mut phone, Vec::new(), |_| true);
        assert_eq!(said(&phone), 1);
    }
}
