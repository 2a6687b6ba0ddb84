//! Which changes stand: a function of the set of changes that were brought, whatever their order.
//!
//! Changes are taken in the order of (first operation's counter, hash), which puts what is followed before what follows it. The
//! first to claim a place in its actor's sequence keeps it. A smaller hash alone could not decide between two claims, because
//! one of them may come to follow the other.

use super::{CompartmentDocument, history::History};
use crate::{
    barrier::{Candidate, Trial, TrialError},
    id::{ActorId, ChangeId, ChunkId},
    validator::{self, ReadChange, Refusal, Verdict},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Changes that may wait at once. Whoever sends more must first send what they follow.
const MAX_WAITING: usize = if cfg!(test) { 200 } else { 20_000 };

/// Changes that do not stand, with the chunk that carried them; `None` for one that stood before.
pub(super) type Pool = BTreeMap<ChangeId, Pooled>;

/// A change in the pool.
#[derive(Debug, Clone)]
pub(super) struct Pooled {
    pub(super) from: Option<ChunkId>,
    pub(super) read: ReadChange,
    /// Whether it was already said that another change holds its place.
    pub(super) told: bool,
}

/// What one round of judging found.
struct Staged {
    /// What stands, and what is ready.
    history: History,
    ready: Vec<Pooled>,
    /// Changes whose place another one claims first.
    displaced: BTreeSet<ChangeId>,
}

impl Staged {
    fn new(history: History) -> Self {
        Self {
            history,
            ready: Vec::new(),
            displaced: BTreeSet::new(),
        }
    }
}

/// What became of the changes that were brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admission {
    /// Every change that could be read among those brought, with the chunk or snapshot that carried it.
    pub brought: Vec<(ChunkId, ChangeId)>,
    /// Applied now, in causal order: new ones, and ones that had waited for them.
    pub applied: Vec<ChangeId>,
    /// Among those brought now, the ones that wait.
    pub waiting: Vec<ChangeId>,
    /// Set aside.
    pub refused: Vec<Refused>,
}

/// A change that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The chunk or snapshot that carried it.
    pub from: ChunkId,
    /// Its hash, if it is a change of ours at all.
    pub change: Option<ChangeId>,
    /// Why.
    pub why: Refusal,
}

/// Proof that an actor wrote two changes in one place of its sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fork {
    /// Who.
    pub actor: ActorId,
    /// In which place, from 1.
    pub sequence: u64,
    /// The two changes, ascending.
    pub changes: [ChangeId; 2],
}

/// Every place that more than one change claimed, with all that did.
pub(super) type Forks = BTreeMap<(ActorId, u64), BTreeSet<ChangeId>>;

/// One change that claims each place, among those that do not stand.
struct Places(HashMap<(ActorId, u64), ChangeId>);

impl Places {
    fn of(pool: &Pool) -> Self {
        Self(
            pool.values()
                .map(|pooled| (pooled.read.at(), pooled.read.id))
                .collect(),
        )
    }

    /// Notes a change, and names another one that claims its place. One is enough: they were all noted as they came, and
    /// naming each pair would let a thousand changes in one place cost a million proofs.
    fn rival(&mut self, read: &ReadChange, history: &History) -> Option<ChangeId> {
        let (actor, sequence) = read.at();
        let claims = *self.0.entry((actor, sequence)).or_insert(read.id);
        let stands = history.at(&actor, sequence).copied();
        stands.or(Some(claims)).filter(|rival| *rival != read.id)
    }
}

impl CompartmentDocument {
    /// Settles new changes together with those that wait.
    pub(super) fn settle(
        &mut self,
        new: Vec<Pooled>,
        trial: &mut dyn Trial,
        admission: &mut Admission,
    ) {
        let brought: Vec<ChangeId> = new.iter().map(|pooled| pooled.read.id).collect();
        let carried = new
            .iter()
            .filter_map(|pooled| Some((pooled.from?, pooled.read.id)));
        admission.brought.extend(carried);
        let mut places = Places::of(&self.pool);
        for pooled in new {
            if self.contains(&pooled.read.id) {
                continue;
            }
            // Whether a fork is seen must not depend on which of its branches stood when.
            if let Some(rival) = places.rival(&pooled.read, &self.history) {
                let claims = self.forks.entry(pooled.read.at()).or_default();
                claims.extend([rival, pooled.read.id]);
            }
            self.pool.insert(pooled.read.id, pooled);
        }
        self.take_ready(trial, admission);
        self.turn_away(&brought, admission);
        self.listen(&[]);
        admission.waiting = brought.into_iter().filter(|id| self.waits(id)).collect();
    }

    /// In the pool, and not because another change of its actor took its place.
    pub(super) fn waits(&self, id: &ChangeId) -> bool {
        self.pool
            .get(id)
            .is_some_and(|pooled| !self.forks.contains_key(&pooled.read.at()))
    }

    /// Of what came now and could not go in, what is too much. Whatever can go in does, however many others wait: else
    /// somebody could fill the waiting room and nobody's words would be taken any more.
    fn turn_away(&mut self, brought: &[ChangeId], admission: &mut Admission) {
        for id in brought.iter().rev() {
            if self.pool.len() <= MAX_WAITING {
                return;
            }
            if let Some(pooled) = self.pool.remove(id) {
                admission.refuse(&pooled, Refusal::Crowded);
            }
        }
    }

    fn take_ready(&mut self, trial: &mut dyn Trial, admission: &mut Admission) {
        let mut staged = Staged::new(self.history.clone());
        let mut left: Vec<Pooled> = std::mem::take(&mut self.pool).into_values().collect();
        left.sort_by_key(|pooled| pooled.read.claim());
        // Twice: one that lies about its counter stands before what it follows, and would seem to wait.
        for _ in 0..2 {
            left = left
                .into_iter()
                .filter_map(|pooled| self.stage(pooled, &mut staged, admission))
                .collect();
        }
        left.into_iter().for_each(|pooled| self.back(pooled));
        if staged.displaced.is_empty() {
            let _all_tried = self.apply_tried(staged.ready, trial, admission);
        } else {
            staged
                .ready
                .into_iter()
                .for_each(|pooled| self.back(pooled));
            self.displace(&staged.displaced);
            self.take_ready(trial, admission);
        }
    }

    /// Judges one change by what stands and what is staged. It comes back if it cannot be placed now.
    fn stage(
        &mut self,
        mut pooled: Pooled,
        staged: &mut Staged,
        admission: &mut Admission,
    ) -> Option<Pooled> {
        match validator::judge(&pooled.read, &staged.history) {
            Verdict::Known => None,
            Verdict::Waits => Some(pooled),
            Verdict::Ready => {
                let read = &pooled.read;
                staged.history.insert(read.id, read.place(), &[]);
                staged.ready.push(pooled);
                None
            }
            Verdict::Refused(Refusal::Equivocation {
                actor,
                sequence,
                stands,
                refused,
            }) => {
                if !pooled.told {
                    let why = Refusal::Equivocation {
                        actor,
                        sequence,
                        stands,
                        refused,
                    };
                    admission.refuse(&pooled, why);
                    pooled.told = true;
                }
                let first = staged
                    .history
                    .get(&stands)
                    .map(|place| (place.start, stands));
                if first.is_some_and(|first| pooled.read.claim() < first) {
                    staged.displaced.insert(stands);
                }
                // Kept: whether it stands may change when more comes to be known.
                Some(pooled)
            }
            Verdict::Refused(why) => {
                admission.refuse(&pooled, why);
                None
            }
        }
    }

    fn back(&mut self, pooled: Pooled) {
        self.pool.insert(pooled.read.id, pooled);
    }

    /// Applies a batch that passes the trial. One that does not is halved, so that honest changes still go in.
    /// `false` when some of it could not be tried: then all that is left waits, or halving would begin again for ever.
    fn apply_tried(
        &mut self,
        mut batch: Vec<Pooled>,
        trial: &mut dyn Trial,
        admission: &mut Admission,
    ) -> bool {
        if batch.is_empty() {
            return true;
        }
        let changes: Vec<_> = batch
            .iter()
            .map(|pooled| pooled.read.change.clone())
            .collect();
        let verdict = trial.run(&Candidate::new(&self.automerge, &changes));
        match verdict {
            Ok(()) => {
                let ids: Vec<ChangeId> = batch.iter().map(|pooled| pooled.read.id).collect();
                // Automerge takes a batch whole or, on an error, not at all; and it took this one a moment ago.
                if self
                    .apply(batch.iter().map(|pooled| pooled.read.clone()).collect())
                    .is_ok()
                {
                    admission.applied.extend(ids);
                } else {
                    batch
                        .iter()
                        .for_each(|pooled| admission.refuse(pooled, Refusal::Scratch));
                }
                true
            }
            Err(TrialError::Unavailable) => {
                batch.into_iter().for_each(|pooled| self.back(pooled));
                false
            }
            Err(TrialError::Broken) => {
                let later = batch.split_off(batch.len() / 2);
                if batch.is_empty() {
                    later
                        .iter()
                        .for_each(|pooled| admission.refuse(pooled, Refusal::Scratch));
                    return true;
                }
                let all_tried = self.apply_tried(batch, trial, admission);
                later.into_iter().for_each(|pooled| self.back(pooled));
                if all_tried {
                    self.take_ready(trial, admission);
                }
                all_tried
            }
        }
    }

    /// Takes changes that lost their places out of the document, with all that follows them, by building it again without them.
    fn displace(&mut self, lost: &BTreeSet<ChangeId>) {
        let Ok(mut again) = self.begin_again() else {
            return;
        };
        let mut gone = lost.clone();
        let (mut stay, mut go) = (Vec::new(), Vec::new());
        for read in self.applied() {
            if gone.contains(&read.id) || read.draft.follows.iter().any(|id| gone.contains(id)) {
                gone.insert(read.id);
                go.push(Pooled {
                    from: None,
                    read,
                    told: false,
                });
            } else {
                stay.push(read);
            }
        }
        if again.apply(stay).is_ok() {
            *self = again;
            go.into_iter().for_each(|pooled| self.back(pooled));
        }
    }

    /// Every applied change but the first, in the order of their claims.
    fn applied(&self) -> Vec<ReadChange> {
        let mut applied: Vec<ReadChange> = self
            .automerge
            .get_changes(&[])
            .iter()
            .filter_map(|change| {
                let actor = ActorId::try_from(change.actor_id().to_bytes()).ok()?;
                validator::read(change.raw_bytes(), &actor, &self.first).ok()
            })
            .collect();
        applied.sort_by_key(ReadChange::claim);
        applied
    }
}

impl Admission {
    fn refuse(&mut self, pooled: &Pooled, why: Refusal) {
        if let Some(from) = pooled.from {
            self.refused.push(Refused {
                from,
                change: Some(pooled.read.id),
                why,
            });
        }
    }
}
