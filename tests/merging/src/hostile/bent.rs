//! Operations that no honest app makes: they touch what others said, bring shapes and types that no statement has, or stand where
//! nothing belongs.

use super::Shape;
use automerge::{
    ExpandedChange, ObjType, ScalarValue,
    legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType, SortedVec},
};

/// Adds to a change what is wrong with its operations, or takes away what they need.
pub(super) fn bend_operations(shape: Shape, change: &mut ExpandedChange, victim: &ExpandedChange) {
    let aims = Aims::of(change, victim);
    let operations = &mut change.operations;
    match shape {
        Shape::HasNoKind => operations.retain(|operation| operation.key != key("k")),
        Shape::HasTooManyCells => operations.extend(aims.too_many_cells()),
        Shape::NamesAnotherActorToo => operations.extend(aims.another_actor()),
        _ => {
            let bent = aims.at_others(shape);
            let bent = bent.or_else(|| aims.of_other_shapes(shape));
            let bent = bent.or_else(|| aims.of_other_types(shape));
            let bent = bent.or_else(|| aims.inserted_elsewhere(shape));
            operations.extend(bent.or_else(|| aims.filled_elsewhere(shape)));
        }
    }
}

/// What operations can be aimed at.
struct Aims {
    /// The change's own statement.
    own: ObjectId,
    /// Another's, and one of its fields.
    theirs: ObjectId,
    statement: OpId,
    field: OpId,
    /// All statements.
    list: ObjectId,
    /// What nobody ever made.
    nothing: OpId,
}

impl Aims {
    fn of(change: &ExpandedChange, victim: &ExpandedChange) -> Self {
        let (start, theirs) = (change.start_op.get(), victim.start_op.get());
        let statement = OpId(theirs, victim.actor_id.clone());
        let first = change.operations.first();
        Self {
            own: ObjectId::Id(OpId(start, change.actor_id.clone())),
            theirs: ObjectId::Id(statement.clone()),
            statement,
            field: OpId(theirs + 1, victim.actor_id.clone()),
            list: first.map_or(ObjectId::Root, |operation| operation.obj.clone()),
            nothing: OpId(start + 999_999, change.actor_id.clone()),
        }
    }

    fn at_others(&self, shape: Shape) -> Option<Op> {
        let field = || put(self.theirs.clone(), key("=text"), text());
        let instead_of = |what: &OpId| vec![what.clone()].into();
        Some(match shape {
            Shape::OverwritesAField => Op {
                pred: instead_of(&self.field),
                ..field()
            },
            Shape::OverwritesWithoutPredecessor => field(),
            Shape::DeletesAStatement => Op {
                action: OpType::Delete,
                pred: instead_of(&self.statement),
                ..put(self.list.clone(), element(&self.statement), text())
            },
            Shape::DeletesAField => Op {
                action: OpType::Delete,
                pred: instead_of(&self.field),
                ..field()
            },
            Shape::Increments => Op {
                action: OpType::Increment(i64::MAX),
                pred: instead_of(&self.field),
                ..put(self.theirs.clone(), key("t"), text())
            },
            _ => return None,
        })
    }

    fn of_other_shapes(&self, shape: Shape) -> Option<Op> {
        let nested = |kind| make(self.own.clone(), key("zz"), kind, false);
        Some(match shape {
            Shape::HidesTheListBehindAnother => {
                make(ObjectId::Root, key("statements"), ObjType::List, false)
            }
            Shape::NestsAMap => nested(ObjType::Map),
            Shape::NestsAList => nested(ObjType::List),
            Shape::NestsAText => nested(ObjType::Text),
            Shape::Marks => self.at_the_head(OpType::MarkBegin(MarkData {
                name: "bold".into(),
                value: text(),
                expand: true,
            })),
            Shape::EndsAMark => self.at_the_head(OpType::MarkEnd(true)),
            Shape::InsertsAScalar => self.at_the_head(OpType::Put(text())),
            _ => return None,
        })
    }

    fn of_other_types(&self, shape: Shape) -> Option<Op> {
        let pointer = |value: Vec<u8>| (key("a"), ScalarValue::Bytes(value));
        let (key, value) = match shape {
            Shape::Counts => (key("zz"), ScalarValue::counter(1)),
            Shape::HasNoType => (key("zz"), ScalarValue::Null),
            Shape::IsANumber => (key("zz"), ScalarValue::Int(i64::MIN)),
            Shape::IsNotANumber => (key("zz"), ScalarValue::F64(f64::NAN)),
            Shape::IsOfAFutureType => {
                let (type_code, bytes) = (13, vec![1, 2, 3]);
                (key("zz"), ScalarValue::Unknown { type_code, bytes })
            }
            Shape::IsEnormous => (key("zz"), ScalarValue::Bytes(vec![0x7f; (1 << 16) + 1])),
            Shape::FillsOneKeyTwice => (key("k"), text()),
            Shape::FillsOutOfOrder => (key("b"), text()),
            Shape::PointsAhead => {
                let counter = [0xff, 0xff, 0xff, 0x7f];
                pointer([&counter[..], &[0xa0; 16]].concat())
            }
            Shape::PointsAtGarbage => pointer(vec![1, 2, 3]),
            _ => return None,
        };
        Some(put(self.own.clone(), key, value))
    }

    fn inserted_elsewhere(&self, shape: Shape) -> Option<Op> {
        let behind = match shape {
            Shape::InsertsBehindAnother => &self.statement,
            Shape::InsertsBehindNothing => &self.nothing,
            _ => return None,
        };
        Some(make(self.list.clone(), element(behind), ObjType::Map, true))
    }

    fn filled_elsewhere(&self, shape: Shape) -> Option<Op> {
        Some(match shape {
            Shape::FillsWhatIsNotThere => put(ObjectId::Id(self.nothing.clone()), key("k"), text()),
            Shape::FillsTheRoot => put(ObjectId::Root, key("schema"), ScalarValue::Uint(99)),
            Shape::FillsTheListAsAMap => put(self.list.clone(), key("k"), text()),
            _ => return None,
        })
    }

    fn too_many_cells(&self) -> impl Iterator<Item = Op> {
        (0..300).map(|number| put(self.own.clone(), key(&format!("={number:03}")), text()))
    }

    fn another_actor(&self) -> [Op; 3] {
        let own = || make(self.list.clone(), Key::head(), ObjType::Map, true);
        [own(), put(self.theirs.clone(), key("zz"), text()), own()]
    }

    fn at_the_head(&self, action: OpType) -> Op {
        Op {
            action,
            insert: true,
            ..put(self.list.clone(), Key::head(), text())
        }
    }
}

fn text() -> ScalarValue {
    ScalarValue::Str("10.0".into())
}

fn key(key: &str) -> Key {
    Key::Map(key.into())
}

fn element(of: &OpId) -> Key {
    Key::Seq(ElementId::Id(of.clone()))
}

fn put(obj: ObjectId, key: Key, value: ScalarValue) -> Op {
    Op {
        action: OpType::Put(value),
        obj,
        key,
        pred: SortedVec::new(),
        insert: false,
    }
}

fn make(obj: ObjectId, key: Key, kind: ObjType, insert: bool) -> Op {
    Op {
        action: OpType::Make(kind),
        obj,
        key,
        pred: SortedVec::new(),
        insert,
    }
}
