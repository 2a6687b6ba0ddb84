//! The messages that pair two devices, passed on without being understood.
//!
//! A mailbox is named by a hash of what the two know, each of its slots is written once, and after its time it is gone: a quarter of an
//! hour where two phones are held together, a day where they are far apart. It lives in memory: after a restart the phones leave
//! their messages again.

use crate::rate::{network, site};
use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Messages held at once in all mailboxes of a kind: 64 MiB at most.
const MESSAGES: usize = 16_384;

/// How many times the share of one network a whole site of IPv6 may fill.
const OF_SITE: usize = 4;

/// What a kind of mailbox takes.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Bytes of one message.
    pub message: usize,
    /// Slots, counted from 1.
    pub slots: u8,
}

/// Two phones that are held together.
pub const PAIRING: Kind = Kind {
    message: 4096,
    slots: 2,
};
/// Two phones that are far apart.
pub const INVITATION: Kind = Kind {
    message: 2048,
    slots: 3,
};

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
    /// This network has left too many.
    TooMany,
}

struct Message {
    bytes: Vec<u8>,
    until: Instant,
    from: Option<IpAddr>,
}

/// All mailboxes of one kind.
pub struct Mailboxes {
    /// What they take.
    pub kind: Kind,
    life: Duration,
    of_one: usize,
    messages: Mutex<HashMap<Place, Message>>,
}

impl Mailboxes {
    /// Empty ones, whose messages live so long, and of which one network may fill so many slots.
    pub fn new(kind: Kind, life: Duration, of_one: usize) -> Self {
        Self {
            kind,
            life,
            of_one,
            messages: Mutex::default(),
        }
    }

    /// Leaves a message that came from an address.
    pub fn put(&self, place: Place, bytes: &[u8], from: Option<IpAddr>, now: Instant) -> Put {
        let from = from.map(network);
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() >= MESSAGES {
            messages.retain(|_, message| message.until > now);
        }
        let full = messages.len() >= MESSAGES;
        // Counted anew each time: how often an address may ask at all is limited before.
        let here = messages
            .values()
            .filter(|m| m.from == from && m.until > now);
        let many = from.is_some() && here.count() >= self.of_one;
        // Whoever has a /48 has 65,536 networks: all of them together get a few times what one does.
        let whole = from.map(site);
        let of_site = messages
            .values()
            .filter(|m| m.from.map(site) == whole && m.until > now);
        let many =
            many || (whole.is_some() && of_site.count() >= self.of_one.saturating_mul(OF_SITE));
        let message = Message {
            bytes: bytes.to_vec(),
            until: now + self.life,
            from,
        };
        match messages.entry(place) {
            Entry::Occupied(there) if there.get().until > now => {
                if there.get().bytes == bytes {
                    Put::Same
                } else {
                    Put::Taken
                }
            }
            _ if many => Put::TooMany,
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

    fn boxes() -> Mailboxes {
        Mailboxes::new(PAIRING, LIFE, MESSAGES)
    }

    fn place(n: usize) -> Place {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&n.to_be_bytes());
        (id, 1)
    }

    #[test]
    fn what_was_left_first_stays() {
        let (boxes, now) = (boxes(), Instant::now());
        assert_eq!(boxes.put(PLACE, b"keys", None, now), Put::Left);
        assert_eq!(boxes.put(PLACE, b"keys", None, now), Put::Same);
        assert_eq!(boxes.put(PLACE, b"other keys", None, now), Put::Taken);
        assert_eq!(boxes.get(&PLACE, now).unwrap(), b"keys");
        assert_eq!(boxes.get(&([1; 32], 2), now), None);
    }

    #[test]
    fn after_a_quarter_of_an_hour_it_is_gone() {
        let (boxes, now) = (boxes(), Instant::now());
        boxes.put(PLACE, b"keys", None, now);
        assert_eq!(boxes.get(&PLACE, now + LIFE), None);
        assert_eq!(boxes.put(PLACE, b"other keys", None, now + LIFE), Put::Left);
    }

    #[test]
    fn many_messages_end_at_a_bound_and_room_comes_back() {
        let (boxes, now) = (boxes(), Instant::now());
        for n in 0..MESSAGES {
            assert_eq!(boxes.put(place(n), b"", None, now), Put::Left);
        }
        assert_eq!(boxes.put(place(MESSAGES), b"", None, now), Put::Full);
        assert_eq!(boxes.put(place(MESSAGES), b"", None, now + LIFE), Put::Left);
    }

    #[test]
    fn a_site_with_many_networks_leaves_room_for_others() {
        let (boxes, now) = (Mailboxes::new(INVITATION, LIFE, 2), Instant::now());
        let of_site = |n: usize| Some(format!("2001:db8:1:{n:x}::1").parse().unwrap());
        for n in 0..2 * OF_SITE {
            assert_eq!(boxes.put(place(n), b"", of_site(n), now), Put::Left);
        }
        assert_eq!(boxes.put(place(100), b"", of_site(100), now), Put::TooMany);
        let other_site = Some("2001:db8:2::1".parse().unwrap());
        assert_eq!(boxes.put(place(100), b"", other_site, now), Put::Left);
    }

    #[test]
    fn one_network_fills_its_share_and_no_more() {
        let (boxes, now) = (Mailboxes::new(INVITATION, LIFE, 3), Instant::now());
        let home = Some("2001:db8::1".parse().unwrap());
        let same_home = Some("2001:db8::2".parse().unwrap());
        for n in 0..3 {
            assert_eq!(boxes.put(place(n), b"", home, now), Put::Left);
        }
        assert_eq!(boxes.put(place(3), b"", same_home, now), Put::TooMany);
        // What lies there already may be said again, others are not touched, and room comes back.
        assert_eq!(boxes.put(place(2), b"", home, now), Put::Same);
        let elsewhere = Some("192.0.2.1".parse().unwrap());
        assert_eq!(boxes.put(place(3), b"", elsewhere, now), Put::Left);
        assert_eq!(boxes.put(place(4), b"", home, now + LIFE), Put::Left);
    }
}
