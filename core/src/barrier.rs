//! The barrier before Automerge: whatever comes from outside is tried on a scratch copy first, and the scratch is thrown away.
//!
//! Where a panic can be caught it is caught. Where it cannot (WebAssembly aborts), [`try_on_scratch`] is what a disposable worker
//! calls before the real one meets the changes; a [`Trial`] then asks that worker.

use crate::{
    document::{CompartmentDocument, change::ChangeError},
    id::ActorId,
};
use automerge::{
    ActorId as AutomergeActor, Automerge, Change, ObjType, ROOT, ReadDoc, transaction::Transactable,
};
use std::{
    cell::Cell,
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
