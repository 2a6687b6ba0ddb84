//! A few simulated histories; `cargo xtask simulate` plays as many as wanted, and `cargo xtask test` two thousand.

use omamori_merging::simulation::{Covered, History, Sabotage, Step, play, play_sabotaged, shrunk};

#[test]
fn whatever_people_do_to_each_other_all_agree_somebody_manages_and_nobody_reads_on() {
    let mut covered = Covered::default();
    for seed in 1..=24 {
        let history = History::of(seed, 40);
        match play(&history) {
            Ok(found) => covered.add(&found),
            Err(_) => panic!("{:?}", shrunk(&history)),
        }
    }
    for what in [
        "remove-device",
        "void operations",
        "quarantined chunks",
        "rotate",
        "restart",
        "facts that are taken back",
        "records begun with snapshots",
    ] {
        assert!(covered.of(what) > 0, "no {what}: {covered}");
    }
}

#[test]
fn a_seed_is_the_same_history_every_time() {
    let history = History::of(17, 60);
    assert_eq!(history, History::of(17, 60));
    assert_eq!(play(&history), play(&history));
}

/// The mother's two phones remove each other; the one that loses wrote something that only a nurse can open.
#[test]
fn a_key_that_no_manager_was_given_comes_from_whoever_has_it() {
    use omamori_core::compartment::Compartment::{Care, Log};
    let mut history = History::of(183, 60);
    history.devices = 4;
    history.steps = vec![
        Step::Say(3, Care),
        Step::RemoveEachOther(0, 1),
        Step::Say(1, Log),
        Step::Revoke(0, 2, 16_603_674_413_503_705_240),
    ];
    assert_eq!(play(&history).map(|_| ()), Ok(()));
}

/// A nurse who does not know that her removal of the mother's second phone is void grants the mother more: the second phone
/// gets no key from her, so it is owed one.
#[test]
fn a_phone_that_was_thought_removed_gets_the_keys_it_missed() {
    use omamori_core::{compartment::Compartment::Care, ledger::rights::Right};
    let history = History {
        seed: 137,
        devices: 10,
        wide: true,
        barrier: false,
        steps: vec![
            Step::RemoveEachOther(1, 3),
            Step::Say(3, Care),
            Step::Grant(3, 0, Right::Confirm, 13_779_909_073_104_768_141),
        ],
    };
    assert_eq!(play(&history).map(|_| ()), Ok(()));
}

/// A nurse whom the family met, who was certified and ended: what is said under new keys is not for her, though she was met.
#[test]
fn staff_whom_a_family_met_reads_nothing_that_is_said_after_their_end() {
    use omamori_core::{compartment::Compartment::Care, ledger::rights::Right};
    let (mother, nurse, station) = (0, 9, 0);
    let history = |seed| History {
        seed,
        devices: 12,
        wide: false,
        barrier: false,
        steps: vec![
            Step::Employ(mother, station, Right::Write, nurse),
            Step::Join(station, mother, nurse),
            Step::EndStaff(mother, nurse),
            Step::Rotate(mother, Care),
            Step::Say(mother, Care),
        ],
    };
    for seed in 1..=4 {
        let covered = play(&history(seed));
        let closed = covered.map(|found| found.of("words that stayed closed to somebody removed"));
        assert_eq!(closed, Ok(1), "seed {seed}");
    }
}

#[test]
fn whatever_is_broken_at_the_end_is_found() {
    for (sabotage, often, noticed_by) in [
        (Sabotage::Forget, 8, &[""][..]),
        (Sabotage::Betray, 2, &[""][..]),
        (Sabotage::Invent, 8, &["should be shown"][..]),
        (Sabotage::Overlook, 1, &["but may not"][..]),
        (Sabotage::Withhold, 1, &["but cannot", "cannot go on"][..]),
        (
            Sabotage::Favour,
            1,
            &["somebody senior's", "void for no reason"][..],
        ),
        (Sabotage::Ungrant, 8, &["has another state"][..]),
        (Sabotage::Abandon, 10, &["without a manager"][..]),
        (Sabotage::Revive, 1, &["should be shown"][..]),
        (Sabotage::LeaveOut, 1, &["are lost by snapshots"][..]),
    ] {
        let mut found = 0;
        // Some of it can be broken in few histories only.
        for seed in 1..=400 {
            if found == often {
                break;
            }
            let history = History::of(seed, 40);
            match play_sabotaged(&history, sabotage) {
                Ok(Some(why)) => {
                    assert!(
                        noticed_by.iter().any(|by| why.contains(by)),
                        "seed {seed}: {why}"
                    );
                    found += 1;
                }
                Ok(None) => {}
                Err(why) => panic!("seed {seed}: {why}"),
            }
        }
        assert_eq!(found, often, "{sabotage:?} could be tried {found} times");
    }
}
