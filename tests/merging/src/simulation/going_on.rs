//! Whether people can go on: what somebody says who knows everything reaches everybody who may read it, and nobody else.
//!
//! It asks nothing of what the core believes to be owed: whoever was forgotten cannot read, whoever holds keys for too long can.

use super::{
    heard::{Oracle, is_shown},
    random::Random,
    sealed::reads,
    step::SHARED,
    words::{KIND, Written, fields},
    world::{Played, World, readers},
};
use omamori_core::{
    compartment::Compartment,
    edit::Edit,
    id::CompartmentTag,
    ledger::{Ledger, State, rights::Right},
    log::ParsedEntry,
    statement::How,
};

impl World {
    /// Everybody says something more wherever they may, all learn it, and exactly those read it who may.
    pub(super) fn check_going_on(&mut self, ledger: &Ledger) -> Played {
        let mut last = Vec::new();
        for (who, compartment) in self.sayable(ledger.state())? {
            last.push(self.say_last(who, compartment, ledger)?);
        }
        self.spread()?;
        let oracle = Oracle::new(self, ledger);
        for written in &last {
            self.check_reach(&oracle, ledger.state(), written)?;
        }
        self.covered.note("last words", last.len());
        Ok(())
    }

    /// Who may say something, and where: in what is shared; and beyond that, where nobody ever wrote, one who manages it.
    fn sayable(&self, state: &State) -> Played<Vec<(usize, Compartment)>> {
        let mut sayable = Vec::new();
        for compartment in SHARED {
            let tag = self.shared_tag(compartment)?;
            for (who, phone) in self.phones.iter().enumerate() {
                if state.may(&phone.replica.device(), &tag, Right::Append) {
                    sayable.push((who, compartment));
                }
            }
        }
        for compartment in Compartment::ALL {
            let mut phones = self.phones.iter();
            let manager =
                phones.position(|phone| phone.replica.right(compartment) == Some(Right::Manage));
            if let (Some(who), false) = (manager, SHARED.contains(&compartment)) {
                sayable.push((who, compartment));
            }
        }
        Ok(sayable)
    }

    pub(super) fn shared_tag(&self, compartment: Compartment) -> Played<CompartmentTag> {
        let mut written = self.written.iter();
        let first = written.find(|written| written.compartment == compartment);
        Ok(first.ok_or("nothing was ever shared")?.tag)
    }

    fn say_last(
        &mut self,
        who: usize,
        compartment: Compartment,
        ledger: &Ledger,
    ) -> Played<Written> {
        let (words, now) = (format!("last-{}-{who}", self.all.len()), self.now());
        let edit = Edit::Add {
            compartment,
            kind: KIND.to_owned(),
            fields: fields(&words),
            how: How::default(),
        };
        let before = self.said_before(who, compartment)?;
        let phone = self.phones.get_mut(who).ok_or("no such device")?;
        let author = phone.replica.device();
        let made = phone
            .replica
            .edit(&[edit], now, &mut Random(&mut self.dice))
            .map_err(|why| format!("device {who} cannot go on in {compartment}: {why}"))?;
        self.note_own(who)?;
        let new = self.said_since(who, compartment, &before)?;
        let [said] = new.as_slice() else {
            return Err(format!("last words that say {} things", new.len()));
        };
        let [entry] = made.as_slice() else {
            return Err(format!("device {who} still had something to complete"));
        };
        let Ok(ParsedEntry::Chunk(chunk)) = entry.parse() else {
            return Err("an edit without a chunk".to_owned());
        };
        let header = chunk.header();
        if header.heads != ledger.heads() {
            return Err(format!("device {who} does not cite all it knows"));
        }
        let readers = readers(ledger.state(), &header.compartment);
        let by = (author, compartment);
        Ok(Written::new(said, by, (chunk.id(), header), readers))
    }

    fn check_reach(&self, oracle: &Oracle<'_>, state: &State, written: &Written) -> Played {
        let (words, of) = (&written.text, written.compartment);
        for (number, phone) in self.phones.iter().enumerate() {
            let device = phone.replica.device();
            let reads = reads(&phone.replica, of, words);
            if state.may(&device, &written.tag, Right::Read) {
                if !reads {
                    return Err(format!(
                        "device {number} may read {words} of {of}, but cannot"
                    ));
                }
                if !is_shown(&phone.replica, written) {
                    return Err(format!("device {number} does not show {words} of {of}"));
                }
            } else if reads && !self.was_met(oracle, state, written, &device) {
                return Err(format!(
                    "device {number} reads {words} of {of}, but may not; {}",
                    self.givers(written.chunk, &device)
                ));
            }
        }
        Ok(())
    }
}
