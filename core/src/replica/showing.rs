//! What a record shows: first screen, card, sheet.

use super::Replica;
use crate::{
    card::{self, Card, MakeError},
    card_notice::{CardNotice, Says},
    paper::Sheet,
    screen::{build::JAPAN, first::FirstScreen, label::Language},
};
use jiff::civil::{Date, date};

impl Replica {
    /// The first screen, with the dates of Japan.
    pub fn first_screen(&self) -> FirstScreen {
        FirstScreen::from_view(self.view(), JAPAN)
    }

    /// A card of the first screen, signed with a key that only this device can derive. `viewer` is the address before the digits, `https://HOST/c#`.
    ///
    /// # Errors
    /// [`MakeError`].
    pub fn card(&self, viewer: &str, printed_on: Date) -> Result<Card, MakeError> {
        card::make(
            &self.first_screen(),
            printed_on,
            self.generation(),
            viewer,
            &self.keys.card_key(),
        )
    }

    /// Says of this device's cards that those made before now no longer show what stands. `before`: what was said last, of which
    /// nothing is taken back.
    pub fn cards_are_stale(&self, before: Option<&CardNotice>, today: Date) -> CardNotice {
        let before = before.map(CardNotice::says).unwrap_or_default();
        let since = today.duration_since(date(1970, 1, 1)).as_hours() / 24;
        let says = Says {
            stale_below: before.stale_below.max(self.generation()),
            stale_since: i32::try_from(since).unwrap_or_default(),
            ..before
        };
        CardNotice::sign(says, &self.keys.card_key())
    }

    /// The sheet of the first screen, with a card on it if one can be made.
    pub fn sheet(&self, viewer: &str, printed_on: Date, language: Language) -> Sheet {
        let card = self.card(viewer, printed_on).ok();
        Sheet::new(
            &self.first_screen(),
            card.as_ref(),
            self.generation(),
            printed_on,
            language,
        )
    }
}
