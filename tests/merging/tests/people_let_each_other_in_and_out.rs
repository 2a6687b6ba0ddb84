//! A few simulated histories; `cargo xtask simulate` plays as many as wanted.

use omamori_merging::simulation::{Covered, play, shrunk, steps};

#[test]
fn whatever_people_do_to_each_other_all_agree_somebody_manages_and_nobody_reads_on() {
    let mut covered = Covered::default();
    for seed in 1..=12 {
        let history = steps(seed, 40);
        match play(seed, &history) {
            Ok(found) => covered.add(&found),
            Err(_) => panic!("seed {seed}: {:?}", shrunk(seed, &history)),
        }
    }
    for what in [
        "devices removed",
        "void operations",
        "quarantined chunks",
        "rotations",
    ] {
        assert!(
            covered.0.get(what).is_some_and(|count| *count > 0),
            "{covered}"
        );
    }
}
