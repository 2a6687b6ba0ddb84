//! The suite that every [`Store`] must pass.

use super::{
    Admitted, Audience, Batch, BatchRefusal, Keep, ListOf, NotedAccess, PageBounds, Store,
    StoreError, quotas::Quotas,
};
use omamori_core::{
    card_notice::{CardNotice, Says},
    cose::SigningKey,
    id::{CompartmentTag, DeviceId, RecordId},
    log::{EntryKind, LogEntry},
};

const BOUNDS: PageBounds = PageBounds {
    entries: 100,
    bytes: 1 << 20,
    scanned: 1000,
};
const CARE: CompartmentTag = CompartmentTag::new([7; 16]);

/// Runs the suite. `open(quotas)` gives an empty store.
pub(super) fn all(open: &mut dyn FnMut(Quotas) -> Box<dyn Store>) {
    entries_are_numbered_from_one_in_order(&*open(Quotas::NONE));
    an_entry_sent_twice_keeps_its_position(&*open(Quotas::NONE));
    an_entry_twice_in_one_batch_is_stored_once(&*open(Quotas::NONE));
    records_are_numbered_apart(&*open(Quotas::NONE));
    a_record_begins_only_with_its_genesis(&*open(Quotas::NONE));
    a_refused_batch_does_not_harm_its_neighbours(&*open(Quotas::NONE));
    a_reader_sees_only_what_is_for_it(&*open(Quotas::NONE));
    pages_are_bounded_and_together_complete(&*open(Quotas::NONE));
    one_large_entry_still_makes_a_page(&*open(Quotas::NONE));
    a_reader_ahead_of_the_store_is_told_so(&*open(Quotas::NONE));
    operations_come_back_alone_and_in_order(&*open(Quotas::NONE));
    a_full_record_refuses_and_keeps_what_it_has(&*open(Quotas {
        record: 1000,
        ..Quotas::NONE
    }));
    a_full_record_still_takes_operations_and_keys_for_a_while(&*open(Quotas {
        record: 1000,
        record_ledger: 500,
        ..Quotas::NONE
    }));
    a_device_is_found_where_keys_lie_for_it(&*open(Quotas::NONE));
    a_mark_names_all_that_was_stored_before_it(&*open(Quotas::NONE));
    accesses_are_kept_by_record_in_order_and_the_oldest_go(&*open(Quotas::NONE));
    openings_of_cards_are_kept_by_key_and_only_where_there_is_a_notice(&*open(Quotas::NONE));
    writers_at_once_leave_no_gap(&*open(Quotas::NONE));
    a_cards_notice_never_goes_back(&*open(Quotas::NONE));
    notices_end_at_a_bound_and_those_kept_can_still_say_more(&*open(Quotas::NONE));
}

fn record(number: u8) -> RecordId {
    RecordId::new([number; 32])
}

fn entry(kind: EntryKind, audience: Audience, text: &str) -> Admitted {
    let entry = LogEntry {
        kind,
        bytes: text.as_bytes().to_vec(),
    };
    Admitted {
        hash: entry.hash(),
        kind,
        audience,
        bytes: entry.bytes,
        late: false,
    }
}

fn chunk(text: &str) -> Admitted {
    entry(EntryKind::Chunk, Audience::Compartment(CARE), text)
}

/// A batch that begins a record.
pub(crate) fn beginning(number: u8) -> Batch {
    let genesis = entry(
        EntryKind::Operation,
        Audience::Everyone,
        &format!("genesis {number}"),
    );
    Batch {
        record: record(number),
        begins: true,
        taken: 0,
        entries: vec![genesis],
    }
}

fn chunks(number: u8, texts: &[&str]) -> Batch {
    Batch {
        record: record(number),
        begins: false,
        taken: 0,
        entries: texts.iter().map(|text| chunk(text)).collect(),
    }
}

fn append(store: &dyn Store, batch: Batch) -> (Vec<u64>, Vec<bool>, u64) {
    let appended = store.append(&[batch]).unwrap().remove(0).unwrap();
    let (seqs, fresh) = appended.positions.iter().map(|p| (p.seq, p.fresh)).unzip();
    (seqs, fresh, appended.cursor)
}

fn texts(store: &dyn Store, number: u8, after: u64) -> Vec<String> {
    let page = store
        .page(&record(number), after, BOUNDS, &|_| true)
        .unwrap()
        .unwrap();
    page.entries
        .into_iter()
        .map(|e| String::from_utf8(e.bytes).unwrap())
        .collect()
}

fn entries_are_numbered_from_one_in_order(store: &dyn Store) {
    assert_eq!(append(store, beginning(1)), (vec![1], vec![true], 1));
    assert_eq!(
        append(store, chunks(1, &["a", "b"])),
        (vec![2, 3], vec![true, true], 3)
    );
    assert_eq!(texts(store, 1, 0), ["genesis 1", "a", "b"]);
    assert_eq!(texts(store, 1, 2), ["b"]);
}

fn an_entry_sent_twice_keeps_its_position(store: &dyn Store) {
    append(store, beginning(1));
    append(store, chunks(1, &["a", "b"]));
    assert_eq!(append(store, chunks(1, &["b", "c", "a"])).0, [3, 4, 2]);
    assert_eq!(append(store, beginning(1)), (vec![1], vec![false], 4));
    assert_eq!(texts(store, 1, 0), ["genesis 1", "a", "b", "c"]);
}

fn an_entry_twice_in_one_batch_is_stored_once(store: &dyn Store) {
    append(store, beginning(1));
    assert_eq!(
        append(store, chunks(1, &["a", "a"])),
        (vec![2, 2], vec![true, false], 2)
    );
}

fn records_are_numbered_apart(store: &dyn Store) {
    append(store, beginning(1));
    append(store, beginning(2));
    assert_eq!(append(store, chunks(1, &["same"])).0, [2]);
    assert_eq!(append(store, chunks(2, &["same"])).0, [2]);
    assert_eq!(texts(store, 2, 1), ["same"]);
}

fn a_record_begins_only_with_its_genesis(store: &dyn Store) {
    let outcome = store.append(&[chunks(1, &["a"])]).unwrap();
    assert_eq!(outcome, [Err(BatchRefusal::NoSuchRecord)]);
    assert_eq!(store.page(&record(1), 0, BOUNDS, &|_| true).unwrap(), None);
    assert_eq!(store.operations(&record(1)).unwrap(), None);
}

fn a_refused_batch_does_not_harm_its_neighbours(store: &dyn Store) {
    let group = [beginning(1), chunks(9, &["lost"]), chunks(1, &["kept"])];
    let outcomes = store.append(&group).unwrap();
    assert!(outcomes[0].is_ok() && outcomes[1].is_err() && outcomes[2].is_ok());
    assert_eq!(texts(store, 1, 0), ["genesis 1", "kept"]);
}

fn a_reader_sees_only_what_is_for_it(store: &dyn Store) {
    let (nurse, mother) = (DeviceId::new([1; 32]), DeviceId::new([2; 32]));
    append(store, beginning(1));
    let mut batch = chunks(1, &["care"]);
    batch.entries.push(entry(
        EntryKind::Bundle,
        Audience::Device(nurse),
        "keys for the nurse",
    ));
    batch.entries.push(entry(
        EntryKind::Bundle,
        Audience::Device(mother),
        "keys for the mother",
    ));
    append(store, batch);
    let readable = |audience: &Audience| match audience {
        Audience::Everyone => true,
        Audience::Compartment(tag) => *tag != CARE,
        Audience::Device(device) => *device == nurse,
    };
    let page = store
        .page(&record(1), 0, BOUNDS, &readable)
        .unwrap()
        .unwrap();
    let seen: Vec<_> = page.entries.iter().map(|e| (e.seq, e.kind)).collect();
    assert_eq!(seen, [(1, EntryKind::Operation), (3, EntryKind::Bundle)]);
    assert_eq!((page.cursor, page.more), (4, false));
}

fn pages_are_bounded_and_together_complete(store: &dyn Store) {
    append(store, beginning(1));
    append(store, chunks(1, &["aaaa", "bbbb", "cccc", "dddd", "eeee"]));
    for bounds in [
        PageBounds {
            entries: 2,
            ..BOUNDS
        },
        PageBounds { bytes: 9, ..BOUNDS },
        PageBounds {
            scanned: 2,
            ..BOUNDS
        },
    ] {
        let (mut cursor, mut seen, mut pages) = (1, Vec::new(), 0);
        loop {
            let page = store
                .page(&record(1), cursor, bounds, &|_| true)
                .unwrap()
                .unwrap();
            assert!(page.entries.len() <= 2);
            seen.extend(page.entries.iter().map(|e| e.seq));
            (cursor, pages) = (page.cursor, pages + 1);
            if !page.more {
                break;
            }
        }
        assert_eq!((seen, pages), (vec![2, 3, 4, 5, 6], 3));
    }
}

fn one_large_entry_still_makes_a_page(store: &dyn Store) {
    append(store, beginning(1));
    let bounds = PageBounds { bytes: 1, ..BOUNDS };
    let page = store
        .page(&record(1), 0, bounds, &|_| true)
        .unwrap()
        .unwrap();
    assert_eq!((page.entries.len(), page.more), (1, false));
}

fn a_reader_ahead_of_the_store_is_told_so(store: &dyn Store) {
    append(store, beginning(1));
    let page = store
        .page(&record(1), 77, BOUNDS, &|_| true)
        .unwrap()
        .unwrap();
    assert_eq!((page.cursor, page.more, page.entries.len()), (1, false, 0));
}

fn operations_come_back_alone_and_in_order(store: &dyn Store) {
    append(store, beginning(1));
    let mut batch = chunks(1, &["a"]);
    batch
        .entries
        .push(entry(EntryKind::Operation, Audience::Everyone, "grant"));
    append(store, batch);
    let operations = store.operations(&record(1)).unwrap().unwrap();
    assert_eq!(operations, [b"genesis 1".to_vec(), b"grant".to_vec()]);
}

fn a_full_record_refuses_and_keeps_what_it_has(store: &dyn Store) {
    append(store, beginning(1));
    let large = "x".repeat(995);
    let outcome = store.append(&[chunks(1, &[&large])]).unwrap();
    assert_eq!(outcome, [Err(BatchRefusal::RecordFull)]);
    let most = "y".repeat(980);
    assert_eq!(append(store, chunks(1, &[&most])).0, [2]);
    assert_eq!(
        append(store, chunks(1, &[&most])).0,
        [2],
        "resending is not refused"
    );
}

fn a_full_record_still_takes_operations_and_keys_for_a_while(store: &dyn Store) {
    let nurse = Audience::Device(DeviceId::new([1; 32]));
    append(store, beginning(1));
    append(store, chunks(1, &[&"y".repeat(980)]));
    let removal = |text: &str| Batch {
        record: record(1),
        begins: false,
        taken: 0,
        entries: vec![
            entry(EntryKind::Operation, Audience::Everyone, text),
            entry(EntryKind::Bundle, nurse, &format!("keys for {text}")),
        ],
    };
    // What somebody removed brings takes nothing of that room.
    let mut late = removal(&"late".repeat(10));
    late.entries.remove(0);
    late.entries.iter_mut().for_each(|keys| keys.late = true);
    let refused = store.append(&[late]).unwrap();
    assert_eq!(refused, [Err(BatchRefusal::RecordFull)]);
    append(store, removal(&"r".repeat(200)));
    let refused = store.append(&[chunks(1, &["more"])]).unwrap();
    assert_eq!(refused, [Err(BatchRefusal::RecordFull)]);
    let too_many = store.append(&[removal(&"s".repeat(200))]).unwrap();
    assert_eq!(too_many, [Err(BatchRefusal::RecordFull)]);
}

fn a_device_is_found_where_keys_lie_for_it(store: &dyn Store) {
    let (kit, other) = (DeviceId::new([5; 32]), DeviceId::new([6; 32]));
    let keys = |device, text: &str| entry(EntryKind::Bundle, Audience::Device(device), text);
    let mut batches = [1, 2, 3].map(beginning);
    batches[0].entries.extend([keys(kit, "a"), keys(kit, "b")]);
    batches[1].entries.push(keys(other, "c"));
    batches[2].entries.push(keys(kit, "d"));
    store.append(&batches).unwrap();
    let mut found = store.records_of(&kit, 16).unwrap();
    found.sort_unstable();
    assert_eq!(found, [record(1), record(3)]);
    assert_eq!(store.records_of(&kit, 1).unwrap().len(), 1);
    assert!(
        store
            .records_of(&DeviceId::new([7; 32]), 16)
            .unwrap()
            .is_empty()
    );
}

fn a_mark_names_all_that_was_stored_before_it(store: &dyn Store) {
    for number in [1, 2] {
        append(store, beginning(number));
    }
    let mark = |number, seq| store.mark(&record(number), seq).unwrap();
    assert_eq!((mark(1, 0), mark(1, 2)), (Some([0; 16]), None));
    append(store, chunks(1, &["a", "b"]));
    let (first, second, third) = (mark(1, 1), mark(1, 2), mark(1, 3));
    assert!(first != second && second != third && first != mark(2, 1));
    let appended = store
        .append(&[chunks(1, &["c", "a"])])
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!((mark(1, 3), mark(1, 4)), (third, Some(appended.mark)));
    let page = store.page(
        &record(1),
        1,
        PageBounds {
            entries: 2,
            ..BOUNDS
        },
        &|_| true,
    );
    let page = page.unwrap().unwrap();
    assert_eq!((page.cursor, Some(page.mark)), (3, third));
    assert_eq!(store.mark(&record(9), 0).unwrap(), None);
}

fn accesses_are_kept_by_record_in_order_and_the_oldest_go(store: &dyn Store) {
    for number in [1, 2] {
        append(store, beginning(number));
    }
    let access = |of: u8, number: u64| NotedAccess {
        list: ListOf::Record(record(of)),
        number,
        bytes: format!("{of} {number}").into_bytes(),
    };
    let keep = Keep { record: 3, card: 0 };
    let text = |(number, bytes): (u64, Vec<u8>)| (number, String::from_utf8(bytes).unwrap());
    assert_eq!(store.last_access(&ListOf::Record(record(1))).unwrap(), None);
    let (first, second) = ([access(1, 1), access(2, 1), access(9, 1)], [access(1, 2)]);
    store.note_accesses(&first, keep).unwrap();
    store.note_accesses(&second, keep).unwrap();
    let last = |of| {
        store
            .last_access(&ListOf::Record(record(of)))
            .unwrap()
            .map(text)
    };
    assert_eq!(last(1), Some((2, "1 2".to_owned())));
    assert_eq!((last(2), last(9)), (Some((1, "2 1".to_owned())), None));
    // A number is given once: two notes of one place would be two stories.
    assert!(store.note_accesses(&second, keep).is_err());
    let more: Vec<_> = (3..=6).map(|number| access(1, number)).collect();
    store.note_accesses(&more, keep).unwrap();
    let numbers = |after, limit| {
        let kept = store
            .accesses(&ListOf::Record(record(1)), after, limit)
            .unwrap();
        kept.into_iter()
            .map(|(number, _)| number)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (numbers(0, 9), numbers(4, 9), numbers(0, 2)),
        (vec![4, 5, 6], vec![5, 6], vec![4, 5])
    );
    assert_eq!(
        store.accesses(&ListOf::Record(record(9)), 0, 9).unwrap(),
        []
    );
}

fn openings_of_cards_are_kept_by_key_and_only_where_there_is_a_notice(store: &dyn Store) {
    let notice = |key: u8| CardNotice::sign(Says::default(), &SigningKey::from_seed(&[key; 32]));
    let [first, second, unknown] = [1, 2, 9].map(|key| notice(key).id());
    for key in [1, 2] {
        assert!(store.keep_notice(&notice(key)).unwrap());
    }
    let opening = |card, number: u64| NotedAccess {
        list: ListOf::Card(card),
        number,
        bytes: number.to_string().into_bytes(),
    };
    let keep = Keep { record: 0, card: 4 };
    let note = |accesses: &[NotedAccess]| store.note_accesses(accesses, keep);
    let numbers = |card, after| {
        let kept = store.accesses(&ListOf::Card(card), after, 9).unwrap();
        kept.into_iter()
            .map(|(number, _)| number)
            .collect::<Vec<_>>()
    };
    note(&[opening(first, 1), opening(second, 1), opening(unknown, 1)]).unwrap();
    assert!(
        note(&[opening(first, 1)]).is_err(),
        "a number is given once"
    );
    let more: Vec<_> = (2..=6).map(|number| opening(first, number)).collect();
    note(&more).unwrap();
    assert_eq!(
        (numbers(first, 0), numbers(first, 4)),
        (vec![3, 4, 5, 6], vec![5, 6])
    );
    assert_eq!((numbers(second, 0), numbers(unknown, 0)), (vec![1], vec![]));
    let last = store.last_access(&ListOf::Card(first)).unwrap();
    assert_eq!(last, Some((6, b"6".to_vec())));
    // Five lie there, eight may: then the oldest of all go, and whatever stays of a card has no gap.
    let others: Vec<_> = (2..=6).map(|number| opening(second, number)).collect();
    let long = Keep {
        record: 0,
        card: 20,
    };
    store.note_accesses(&others, long).unwrap();
    assert_eq!(numbers(first, 0), [4, 5, 6]);
    assert_eq!(numbers(second, 0), [2, 3, 4, 5, 6]);
    let others: Vec<_> = (7..=12).map(|number| opening(second, number)).collect();
    store.note_accesses(&others, long).unwrap();
    assert_eq!(numbers(second, 0), [5, 6, 7, 8, 9, 10, 11, 12]);
    // All of the first went, and the next still follows its last.
    assert_eq!(numbers(first, 0), [0; 0]);
    assert_eq!(store.last_access(&ListOf::Card(first)).unwrap(), last);
    note(&[opening(first, 7)]).unwrap();
    assert_eq!(
        (numbers(first, 0), numbers(second, 5)),
        (vec![7], (6..=12).collect())
    );
}

fn writers_at_once_leave_no_gap(store: &dyn Store) {
    append(store, beginning(1));
    std::thread::scope(|scope| {
        for writer in 0..4 {
            scope.spawn(move || {
                for turn in 0..25 {
                    append(store, chunks(1, &[&format!("{writer} {turn}")]));
                }
            });
        }
    });
    let page = store.page(
        &record(1),
        0,
        PageBounds {
            entries: 1000,
            ..BOUNDS
        },
        &|_| true,
    );
    let seqs: Vec<_> = page
        .unwrap()
        .unwrap()
        .entries
        .iter()
        .map(|e| e.seq)
        .collect();
    assert_eq!(seqs, (1..=101).collect::<Vec<_>>());
}

fn notice(key: u8, stale_below: u32) -> CardNotice {
    let says = Says {
        stale_below,
        ..Says::default()
    };
    CardNotice::sign(says, &SigningKey::from_seed(&[key; 32]))
}

fn a_cards_notice_never_goes_back(store: &dyn Store) {
    let (first, second) = (notice(1, 5), notice(1, 8));
    assert_eq!(store.notice(&first.id()).unwrap(), None);
    assert!(store.keep_notice(&first).unwrap());
    assert!(store.keep_notice(&second).unwrap());
    for again in [first, second] {
        assert!(!store.keep_notice(&again).unwrap());
    }
    assert_eq!(store.notice(&first.id()).unwrap().unwrap(), second.bytes());
    assert_eq!(store.notice(&notice(2, 1).id()).unwrap(), None);
}

fn notices_end_at_a_bound_and_those_kept_can_still_say_more(store: &dyn Store) {
    let full = (0..100).find(|key| store.keep_notice(&notice(*key, 1)).is_err());
    assert!(full.is_some_and(|key| key > 0));
    assert!(matches!(
        store.keep_notice(&notice(200, 1)),
        Err(StoreError::Full)
    ));
    assert!(store.keep_notice(&notice(0, 2)).unwrap());
}
