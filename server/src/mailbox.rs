//! Two messages that pair two devices, passed on without being understood.
//!
//! A mailbox is named by a hash that only the two know, each of its slots is written once, and after a quarter of an hour it is
//! gone. It lives in memory: a restart only means holding the phones together again.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Bytes of one message.
pub const MAX_MESSAGE: usize = 4096;
/// Messages held at once: 64 MiB at most.
const MESSAGES: usize = 16_384;

/// Where a message lies: mailbox and slot.
pub type Place = ([u8; 32], u8);

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It lies there now.
    Left,
    /// The same message was there already.
    Same,
    /// Another message was there already, and stays.
    Taken,
    /// There is no room.
    Full,
}

struct Message {
    bytes: Vec<u8>,
    until: Instant,
}

/// All mailboxes.
pub struct Mailboxes {
    life: Duration,
    messages: Mutex<HashMap<Place, Message>>,
}

impl Mailboxes {
    /// Empty ones, whose messages live this long.
    pub fn new(life: Duration) -> Self {
        Self {
            life,
            messages: Mutex::default(),
        }
    }

    /// Leaves a message.
    pub fn put(&self, place: Place, bytes: &[u8], now: Instant) -> Put {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() >= MESSAGES {
            messages.retain(|_, message| message.until > now);
        }
        let full = messages.len() >= MESSAGES;
        let message = Message {
            bytes: bytes.to_vec(),
            until: now + self.life,
        };
        match messages.entry(place) {
            Entry::Occupied(there) if there.get().until > now => {
                if there.get().bytes == bytes {
                    Put::Same
                } else {
                    Put::Taken
                }
            }
            Entry::Occupied(mut expired) => {
                expired.insert(message);
                Put::Left
            }
            Entry::Vacant(_) if full => Put::Full,
            Entry::Vacant(free) => {
                free.insert(message);
                Put::Left
            }
        }
    }

    /// Reads a message.
    pub fn get(&self, place: &Place, now: Instant) -> Option<Vec<u8>> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages
            .get(place)
            .filter(|message| message.until > now)
            .map(|m| m.bytes.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(900);
    const PLACE: Place = ([1; 32], 1);

    #[test]
    fn what_was_left_first_stays() {
        let (boxes, now) = (Mailboxes::new(LIFE), Instant::now());
        assert_eq!(boxes.put(PLACE, b"keys", now), Put::Left);
        assert_eq!(boxes.put(PLACE, b"keys", now), Put::Same);
        assert_eq!(boxes.put(PLACE, b"other keys", now), Put::Taken);
        assert_eq!(boxes.get(&PLACE, now).unwrap(), b"keys");
        assert_eq!(boxes.get(&([1; 32], 2), now), None);
    }

    #[test]
    fn after_a_quarter_of_an_hour_it_is_gone() {
        let (boxes, now) = (Mailboxes::new(LIFE), Instant::now());
        boxes.put(PLACE, b"keys", now);
        assert_eq!(boxes.get(&PLACE, now + LIFE), None);
        assert_eq!(boxes.put(PLACE, b"other keys", now + LIFE), Put::Left);
    }

    #[test]
    fn many_messages_end_at_a_bound_and_room_comes_back() {
        let (boxes, now) = (Mailboxes::new(LIFE), Instant::now());
        let place = |n: usize| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&n.to_be_bytes());
            (id, 1)
        };
        for n in 0..MESSAGES {
            assert_eq!(boxes.put(place(n), b"", now), Put::Left);
        }
        assert_eq!(boxes.put(place(MESSAGES), b"", now), Put::Full);
        assert_eq!(boxes.put(place(MESSAGES), b"", now + LIFE), Put::Left);
    }
}
