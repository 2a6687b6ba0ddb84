//! Headers on every answer: what a browser may not do with it.

use crate::config::Tls;
use actix_web::middleware::DefaultHeaders;

/// Answers that are no pages may do nothing at all.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";
const FEATURES: &str =
    "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()";

/// The headers. A handler that sets one of them itself keeps its own.
pub fn strict(tls: &Tls) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add(("Content-Security-Policy", NO_PAGE))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Permissions-Policy", FEATURES));
    match tls {
        Tls::Files { .. } => headers.add(("Strict-Transport-Security", "max-age=31536000")),
        // A certificate for development must not lock a browser out of plain HTTP on this machine for a year.
        Tls::Off | Tls::SelfSigned(_) => headers,
    }
}
