//! How many openings a device may tell in a day: a list that one device fills would lose what others did.

use crate::token::Caller;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Devices counted at once. Only devices of a record tell anything.
const DEVICES: usize = 100_000;

/// Counts of today, since the relay's last start.
pub struct Tellings {
    a_day: u32,
    today: Mutex<(u64, HashMap<Caller, u32>)>,
}

impl Tellings {
    /// A limit.
    pub fn new(a_day: u32) -> Self {
        Self {
            a_day,
            today: Mutex::default(),
        }
    }

    /// May this device tell so many more? If so, they count. `now`: seconds since 1970.
    pub fn allows(&self, device: Caller, more: usize, now: u64) -> bool {
        let day = now / 86_400;
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.0 != day {
            *today = (day, HashMap::new());
        }
        let counted = &mut today.1;
        let before = counted.get(&device).copied().unwrap_or_default();
        let after = before.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        let allowed =
            after <= self.a_day && (counted.len() < DEVICES || counted.contains_key(&device));
        if allowed {
            counted.insert(device, after);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omamori_core::id::{DeviceId, RecordId};

    const DAY: u64 = 86_400;

    fn phone(number: u8) -> Caller {
        Caller {
            record: RecordId::new([1; 32]),
            device: DeviceId::new([number; 32]),
        }
    }

    #[test]
    fn a_phone_that_tells_too_much_waits_for_tomorrow_and_keeps_nobody_else_from_telling() {
        let tellings = Tellings::new(5);
        assert!(tellings.allows(phone(1), 3, DAY));
        assert!(!tellings.allows(phone(1), 3, DAY + 1));
        assert!(tellings.allows(phone(1), 2, DAY + 2));
        assert!(tellings.allows(phone(2), 5, DAY + 3));
        assert!(!tellings.allows(phone(1), 1, 2 * DAY - 1));
        assert!(tellings.allows(phone(1), 5, 2 * DAY));
    }
}
