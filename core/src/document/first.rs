//! The frozen first change of a compartment: the same bytes on every device, or two devices that begin the same compartment
//! would hide one whole list from each other.

use super::change::ChangeError;
use crate::{
    compartment::Compartment,
    id::{ActorId, ChangeId, RecordId},
};
use automerge::{
    Change, ExpandedChange, ObjType, ScalarValue,
    legacy::{Key, ObjectId, Op, OpId, OpType, SortedVec},
};
use std::num::NonZeroU64;

/// The schema that this version writes. A later one is a further change of this kind, following the one before.
pub const SCHEMA: u32 = 1;

/// The change that makes the list of statements. A pure function of (record, compartment, schema version).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct First {
    change: Change,
}

impl First {
    pub(crate) fn new(record: &RecordId, compartment: Compartment) -> Self {
        let actor = automerge::ActorId::from(actor(record, compartment).as_bytes());
        let put = |key: &str, action| Op {
            action,
            obj: ObjectId::Root,
            key: Key::Map(key.into()),
            pred: SortedVec::new(),
            insert: false,
        };
        Self {
            change: Change::from(ExpandedChange {
                operations: vec![
                    put("statements", OpType::Make(ObjType::List)),
                    put("schema", OpType::Put(ScalarValue::Uint(SCHEMA.into()))),
                ],
                actor_id: actor,
                hash: None,
                seq: 1,
                start_op: NonZeroU64::MIN,
                time: 0,
                message: None,
                deps: Vec::new(),
                extra_bytes: Vec::new(),
                author: None,
            }),
        }
    }

    pub(crate) fn change(&self) -> &Change {
        &self.change
    }

    pub(crate) fn id(&self) -> ChangeId {
        ChangeId::new(self.change.hash().0)
    }

    pub(crate) fn actor(&self) -> Result<ActorId, ChangeError> {
        ActorId::try_from(self.change.actor_id().to_bytes()).map_err(|_| ChangeError::NotAChange)
    }

    /// The list that its first operation makes.
    pub(crate) fn list(&self) -> ObjectId {
        ObjectId::Id(OpId::new(1, self.change.actor_id()))
    }
}

/// Nobody's: no device's statements can ever be taken for the compartment's own beginning.
fn actor(record: &RecordId, compartment: Compartment) -> ActorId {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    context.update(b"omamori/1/first-change\0");
    context.update(record.as_bytes());
    context.update(compartment.name().as_bytes());
    context.update(&SCHEMA.to_be_bytes());
    let digest = context.finish();
    let mut bytes = [0; ActorId::LEN];
    bytes
        .iter_mut()
        .zip(digest.as_ref())
        .for_each(|(to, from)| *to = *from);
    ActorId::new(bytes)
}
