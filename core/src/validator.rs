//! What a foreign change must be before Automerge sees anything of it (design §5).
//!
//! Automerge 0.12 was not made for hostile input: some changes with a valid checksum panic, some apply cleanly and make the next
//! save unloadable, some silently win over what others said. So a change is read by our own reader, judged by the rules below,
//! and written again from what it says; only that goes on.

use crate::{
    document::{
        cells::{self, StatementError},
        change::{ChangeError, Draft},
        first::First,
        history::{History, Place},
        limits,
    },
    id::{ActorId, ChangeId},
    statement::{Statement, StatementId},
};
use automerge::Change;

/// Why a change is set aside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not an append of statements.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// One of its statements is not one.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It is written in the name of an actor that is not its author's.
    #[error("the change is of another actor")]
    Actor,
    /// The changes it follows are missing, unsorted or named twice.
    #[error("the change does not follow anything")]
    Follows,
    /// It does not directly follow its actor's previous change, or its number is not the next.
    #[error("the change is out of its actor's sequence")]
    Sequence,
    /// Its first operation is not numbered one more than the last one it follows, or its last one beyond the limit.
    #[error("the change numbers its operations wrongly")]
    Counter,
    /// Proof of misbehaviour: the actor wrote two changes in one place of its sequence. Never by accident: a restored
    /// backup writes under a new actor.
    #[error("an actor wrote two different changes as its change {sequence}")]
    Equivocation {
        /// Who.
        actor: ActorId,
        /// In which place.
        sequence: u64,
        /// The change that stands there.
        stands: ChangeId,
        /// The change that is refused.
        refused: ChangeId,
    },
    /// Automerge stumbled over it on the scratch copy, so it never met the document.
    #[error("the change breaks the scratch copy")]
    Scratch,
    /// Too many changes wait for others that never came. Bring it again later.
    #[error("too many changes are waiting")]
    Crowded,
}

/// Read, but not yet judged: what it follows may not have come yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReadChange {
    pub(crate) id: ChangeId,
    pub(crate) draft: Draft,
    pub(crate) change: Change,
    pub(crate) statements: Vec<Statement>,
}

impl ReadChange {
    pub(crate) fn place(&self) -> Place {
        Place {
            actor: self.draft.actor,
            sequence: self.draft.sequence,
            start: self.draft.start,
            end: self.draft.end(),
        }
    }

    /// What it follows, and what else its author had seen.
    pub(crate) fn parents(&self) -> Vec<ChangeId> {
        let seen = self.draft.statements.iter().flat_map(cells::seen);
        self.draft.follows.iter().copied().chain(seen).collect()
    }

    /// Whose change it claims to be, and which one.
    pub(crate) fn at(&self) -> (ActorId, u64) {
        (self.draft.actor, self.draft.sequence)
    }

    /// In this order changes claim their places: what is followed comes before what follows it.
    pub(crate) fn claim(&self) -> (u64, ChangeId) {
        (self.draft.start, self.id)
    }
}

/// What the history says about a change that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Already applied.
    Known,
    /// It may be applied.
    Ready,
    /// Something it follows has not come yet.
    Waits,
    /// It never can.
    Refused(Refusal),
}

/// Reads a change that `actor` is said to have written. What comes out was written by ourselves.
///
/// # Errors
/// [`Refusal`] if it is anything but an append of statements by that actor. Never panics.
pub(crate) fn read(bytes: &[u8], actor: &ActorId, first: &First) -> Result<ReadChange, Refusal> {
    let draft = Draft::read(bytes)?;
    if draft.actor != *actor {
        return Err(Refusal::Actor);
    }
    let read = accept(draft, first)?;
    if read.change.raw_bytes() != bytes {
        return Err(ChangeError::NotAnAppend.into());
    }
    Ok(read)
}

/// Checks what a draft says, and writes the change that says it.
///
/// # Errors
/// [`Refusal`] if an honest device would not have written it.
pub(crate) fn accept(draft: Draft, first: &First) -> Result<ReadChange, Refusal> {
    check_follows(&draft.follows)?;
    if draft.start == 0 || draft.sequence == 0 || draft.end() > limits::MAX_COUNTER {
        return Err(Refusal::Counter);
    }
    // The compartment's own beginning is nobody's.
    if draft.actor == first.actor()? {
        return Err(Refusal::Actor);
    }
    draft.statements.iter().try_for_each(cells::check)?;
    let change = draft.build(first)?;
    if change.raw_bytes().len() > limits::MAX_CHANGE_BYTES {
        return Err(ChangeError::TooLarge.into());
    }
    let statements = statements(&draft)?;
    let id = ChangeId::new(change.hash().0);
    Ok(ReadChange {
        id,
        draft,
        change,
        statements,
    })
}

/// The statements of a draft; those whose verb only a newer version knows are left out.
pub(crate) fn statements(draft: &Draft) -> Result<Vec<Statement>, StatementError> {
    draft
        .numbered()
        .filter_map(|(counter, cells)| {
            cells::read(
                StatementId {
                    counter,
                    actor: draft.actor,
                },
                cells,
            )
            .transpose()
        })
        .collect()
}

fn check_follows(follows: &[ChangeId]) -> Result<(), Refusal> {
    if follows.is_empty() || !follows.is_sorted_by(|a, b| a < b) {
        return Err(Refusal::Follows);
    }
    Ok(())
}

/// Judges a change by what came before it.
pub(crate) fn judge(read: &ReadChange, history: &History) -> Verdict {
    if history.get(&read.id).is_some() {
        return Verdict::Known;
    }
    let followed: Option<Vec<&Place>> = read
        .draft
        .follows
        .iter()
        .map(|id| history.get(id))
        .collect();
    let Some(followed) = followed else {
        return judge_in_part(read, history);
    };
    match check_place(&read.draft, &followed) {
        Err(refusal) => Verdict::Refused(refusal),
        Ok(()) => match history.at(&read.draft.actor, read.draft.sequence) {
            Some(stands) => Verdict::Refused(Refusal::Equivocation {
                actor: read.draft.actor,
                sequence: read.draft.sequence,
                stands: *stands,
                refused: read.id,
            }),
            None => Verdict::Ready,
        },
    }
}

/// Something it follows has not come. What has come must fit all the same.
fn judge_in_part(read: &ReadChange, history: &History) -> Verdict {
    let draft = &read.draft;
    let known = || draft.follows.iter().filter_map(|id| history.get(id));
    let mut own = known().filter(|place| place.actor == draft.actor);
    if own.any(|place| place.sequence + 1 != draft.sequence) {
        return Verdict::Refused(Refusal::Sequence);
    }
    if known().any(|place| place.end >= draft.start) {
        return Verdict::Refused(Refusal::Counter);
    }
    Verdict::Waits
}

fn check_place(draft: &Draft, followed: &[&Place]) -> Result<(), Refusal> {
    let own = followed.iter().filter(|place| place.actor == draft.actor);
    // Exactly one change of its own, the one before; none if it is the first.
    if !own
        .map(|place| place.sequence)
        .eq((draft.sequence > 1).then(|| draft.sequence - 1))
    {
        return Err(Refusal::Sequence);
    }
    let last = followed.iter().map(|place| place.end).max().unwrap_or(0);
    if draft.start != last + 1 {
        return Err(Refusal::Counter);
    }
    Ok(())
}
