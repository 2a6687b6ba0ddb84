//! What a record shows: first screen, card, sheet.

use super::Replica;
use crate::{
    card::{self, Card, MakeError},
    card_notice::CardNotice,
    compartment::Compartment,
    paper::Sheet,
    screen::{build::JAPAN, first::FirstScreen, label::Language},
    statement::Value,
    view::{FactView, Said, View},
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

    /// What is said of this device's cards from now on: those handed to somebody and recalled are withdrawn, and if `stale`,
    /// those made before now no longer show what stands. `before`: what was said last, of which nothing is taken back.
    pub fn card_notice(&self, before: Option<&CardNotice>, stale: bool, today: Date) -> CardNotice {
        let mut says = before.map(CardNotice::says).unwrap_or_default();
        if stale {
            let since = today.duration_since(date(1970, 1, 1)).as_hours() / 24;
            says.stale_below = says.stale_below.max(self.generation());
            says.stale_since = i32::try_from(since).unwrap_or_default();
        }
        says.withdrawn_below = says.withdrawn_below.max(self.recalled_below());
        CardNotice::sign(says, &self.keys.card_key())
    }

    /// Of the cards this device made, those below this generation were recalled.
    fn recalled_below(&self) -> u32 {
        let recalled = recalled(self.view()).filter_map(|fact| {
            let made = fact.fields.get("generation")?.values.first()?;
            let here = |said: &Said| said.author.device == self.device();
            let generation: u32 = match &made.value {
                Value::Text(text) if made.said.iter().any(here) => text.parse().ok()?,
                _ => return None,
            };
            generation.checked_add(1)
        });
        recalled.max().unwrap_or_default()
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

/// What was handed out on paper and taken back.
pub(super) fn recalled(view: &View) -> impl Iterator<Item = &FactView> {
    let papers = view.of_kind(Compartment::Consents, "paper-copy");
    papers.filter(|fact| fact.stands() && fact.fields.contains_key("withdrawn_on"))
}
