//! A phone with a real record that keeps it in step with a relay, by the same protocol as the app.

use super::{Client, Page, client};
use crate::{home, seeded::Seeded};
use omamori_core::{
    edit::Edit,
    log::{EntryHash, LogEntry},
    replica::Replica,
};
use std::collections::BTreeSet;

/// A record on a phone, and how far it is with the relay.
pub struct Phone {
    /// The record.
    pub replica: Replica,
    /// How often the relay was found set back to an older state.
    pub resent: usize,
    client: Client,
    sent: BTreeSet<EntryHash>,
    cursor: u64,
    scope: String,
    known: Option<(u64, String)>,
    registered: bool,
}

/// The relay's log is not the one this phone knows.
struct OlderState;

impl Phone {
    /// A mother's and a nurse's, who reads and writes with her.
    pub fn of_mother_and_nurse(client: &Client, rng: &mut Seeded) -> (Self, Self) {
        let mut mother = home::mother(rng);
        let nurse = home::nurse(&mut mother, rng);
        (
            Self::new(mother, client.clone()),
            Self::new(nurse, client.clone()),
        )
    }

    /// Somebody's phone that has not met the relay yet.
    pub fn new(replica: Replica, client: Client) -> Self {
        Self {
            replica,
            resent: 0,
            client,
            sent: BTreeSet::new(),
            cursor: 0,
            scope: String::new(),
            known: None,
            registered: false,
        }
    }

    /// From now on the relay is at another address.
    pub fn moves_to(&mut self, client: Client) {
        self.client = client;
    }

    /// Says one thing, on the phone alone.
    pub fn say(&mut self, edit: Edit, rng: &mut Seeded) -> LogEntry {
        crate::home::say(&mut self.replica, edit, rng)
    }

    /// Pushes what the relay lacks and pulls what is new.
    pub fn sync(&mut self) {
        if self.exchange(true).is_err() {
            self.forget();
            self.resent += 1;
            assert!(self.exchange(true).is_ok(), "another story each time");
        }
    }

    /// Pushes, and then the network is gone.
    pub fn push_only(&mut self) {
        assert!(self.exchange(false).is_ok());
    }

    fn exchange(&mut self, pulls: bool) -> Result<(), OlderState> {
        self.register();
        let token = self
            .client
            .token_of(&self.replica.record(), self.replica.keys());
        self.push(&token)?;
        if pulls {
            while self.pull(&token)? {}
            self.push(&token)?;
        }
        Ok(())
    }

    fn register(&mut self) {
        let record = self.replica.record();
        let mut entries = self.replica.entries().iter();
        let genesis = entries.find(|entry| entry.hash().0 == *record.as_bytes());
        if let (false, Some(genesis)) = (self.registered, genesis) {
            let path = format!("/v1/records/{record}");
            self.client.ask("POST", &path, &[], &genesis.bytes).good();
        }
        self.registered = true;
    }

    fn push(&mut self, token: &str) -> Result<(), OlderState> {
        let entries = self.replica.entries().iter();
        let unsent: Vec<_> = entries
            .filter(|entry| !self.sent.contains(&entry.hash()))
            .cloned()
            .collect();
        if unsent.is_empty() {
            return Ok(());
        }
        let answer = self.client.push_known(
            &self.replica.record(),
            token,
            &unsent,
            self.known.as_ref().map_or(0, |(at, _)| *at),
        );
        let pushed = Client::pushed(answer);
        assert_eq!(pushed.refused, []);
        self.recognise(pushed.cursor, pushed.mark, pushed.known)?;
        self.sent.extend(unsent.iter().map(LogEntry::hash));
        Ok(())
    }

    /// `true`: there is more.
    fn pull(&mut self, token: &str) -> Result<bool, OlderState> {
        let known = self.known.as_ref().map_or(0, |(at, _)| *at);
        let query = format!("after={}&limit=20&known={known}", self.cursor);
        let answer = self
            .client
            .pull_answer(&self.replica.record(), token, &query);
        let page: Page = client::page(&answer.good().body);
        let entries = page.log();
        self.recognise(page.cursor, page.mark, page.known)?;
        if self.cursor > 0 && page.scope != self.scope {
            (self.cursor, self.scope) = (0, page.scope);
            return Ok(true);
        }
        self.sent.extend(entries.iter().map(LogEntry::hash));
        let received = self.replica.receive(entries);
        received.push_again.iter().for_each(|hash| {
            self.sent.remove(hash);
        });
        (self.cursor, self.scope) = (page.cursor, page.scope);
        Ok(page.more)
    }

    fn recognise(
        &mut self,
        cursor: u64,
        mark: String,
        known: Option<String>,
    ) -> Result<(), OlderState> {
        match &self.known {
            Some((_, before)) if known.as_ref() != Some(before) => return Err(OlderState),
            Some((at, _)) if *at >= cursor => {}
            _ => self.known = Some((cursor, mark)),
        }
        Ok(())
    }

    /// As after the answer "no such record".
    pub fn starts_over(&mut self) {
        self.forget();
    }

    fn forget(&mut self) {
        self.sent.clear();
        self.known = None;
        (self.cursor, self.registered) = (0, false);
    }
}
