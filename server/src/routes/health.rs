//! `GET /healthz`: the process answers. `GET /readyz`: it can read and write.

use super::Shared;
use crate::problem::{Kind, Problem};
use actix_web::web;

pub(super) async fn alive() -> &'static str {
    "alive\n"
}

pub(super) async fn ready(relay: Shared) -> Result<&'static str, Problem> {
    if !relay.writer.is_running() {
        return Err(Kind::StorageFailed.into());
    }
    let store = relay.store.clone();
    web::block(move || store.check()).await??;
    Ok("ready\n")
}
